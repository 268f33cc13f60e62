// Sold-out knowledge in HTTP workers, against the whole server: what it costs Redis, and what makes it go away.
import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import autocannon from 'autocannon';
import { Generators, type LoadOrder } from '../../../bench/measure/generators.ts';
import { type App, startApp } from '../../support/app.ts';
import { issue } from '../../support/ask.ts';
import { commandsDuring } from '../../support/commands-during.ts';
import { freshDatabase, startRedis, type TestRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const STOCK = 5;
/** Promised: a change is known within a second, also without a message of it. */
const HEALED_WITHIN_MS = 1000;

interface SceneOptions {
  readonly env?: Record<string, string>;
  readonly workers?: number;
  readonly redis?: TestRedis;
  readonly redisUrl?: string;
}

/** Coupon 1 with a small stock that users 1 to 5 have used up. */
async function soldOut(t: TestContext, { env = {}, workers = 1, ...given }: SceneOptions = {}) {
  const redis = given.redis ?? (await startRedis(t));
  const redisUrl = given.redisUrl ?? redis.url;
  const mysqlUrl = await freshDatabase(t);
  const app = await startApp(t, { redisUrl, mysqlUrl, env: { WORKERS: String(workers), ...env } });
  await redis.cli('SET', 'coupon:1:stock', STOCK);
  for (let user = 1; user <= STOCK; user++) assert.equal((await issue(app.url, 1, user)).status, 201);
  return { redis, app, ask: async (user: number) => (await issue(app.url, 1, user)).code || 'issued' };
}

const total = (counts: Map<string, number>) => [...counts.values()].reduce((sum, calls) => sum + calls, 0);

/** Requests of strangers, `amount` of them, each a new user. @returns answers by status */
async function strangers(app: App, amount: number, connections = 50): Promise<Record<string, unknown>> {
  let user = 1_000_000;
  const result = await autocannon({
    url: `${app.url}/api/v2/me/coupons/1/issue`,
    method: 'POST',
    connections,
    amount,
    requests: [
      {
        setupRequest: (request) => ({
          ...request,
          headers: { ...request.headers, 'commerce-user-id': String(++user) },
        }),
      },
    ],
  });
  return { '4xx': result['4xx'], '2xx': result['2xx'], '5xx': result['5xx'], errors: result.errors };
}

/** Until no request of ours reaches Redis, whichever worker has it. */
async function known({ redis, app }: { redis: TestRedis; app: App }): Promise<void> {
  await waitFor('the workers know that the coupon is sold out', async () => {
    const counts = await commandsDuring(redis, () =>
      Promise.all(Array.from({ length: 30 }, () => issue(app.url, 1, 9, { connection: 'close' }))),
    );
    return (counts.get('smismember') ?? 0) === 0;
  });
}

/** A proxy that can swallow what Redis says on connections that listen to channels, without closing them. */
async function startMessageCutter(t: TestContext, redisPort: number): Promise<{ url: string; cut(): void }> {
  let swallowing = false;
  const server = createServer((client) => {
    const redis = connect(redisPort, '127.0.0.1');
    let listens = false;
    client.on('data', (bytes) => {
      listens ||= bytes.toString('latin1').toLowerCase().includes('\r\nsubscribe\r\n');
      redis.write(bytes);
    });
    redis.on('data', (bytes) => (swallowing && listens) || client.write(bytes));
    for (const [one, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
  });
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      swallowing = true;
    },
  };
}

test('100,000 requests after sold-out, and all else then, cost Redis fewer than 25 commands a second', async (t) => {
  const scene = await soldOut(t, { workers: 4 });
  const generators = await Generators.start(1);
  t.after(() => generators.stop());
  await known(scene);
  await waitFor('the last coupons are written, and nobody looks at them any more', async () => {
    const counts = await commandsDuring(scene.redis, () => new Promise((resolve) => setTimeout(resolve, 1000)));
    return (counts.get('evalsha') ?? 0) === 0 && (counts.get('eval') ?? 0) === 0;
  });
  const order: LoadOrder = {
    port: scene.app.port,
    couponIds: [1],
    load: { kind: 'open', connections: 50, ratePerSecond: 25_000, seconds: 4 },
  };
  const startMs = performance.now();
  const counts = await commandsDuring(scene.redis, async () => {
    const { refused, granted, unavailable, unexpected, failed } = await generators.run(order);
    const answers = { refused, granted, unavailable, unexpected, failed };
    assert.deepEqual(answers, { refused: 100_000, granted: 0, unavailable: 0, unexpected: 0, failed: 0 });
    for (let user = 1; user <= STOCK; user++) assert.equal(await scene.ask(user), 'ALREADY_ISSUED_COUPON');
  });
  const seconds = (performance.now() - startMs) / 1000;
  const told = [...counts].filter(([, calls]) => calls > 0).map(([name, calls]) => `${name} ${calls}`);
  t.diagnostic(`${total(counts)} commands in ${seconds.toFixed(1)} s: ${told.join(', ')}`);
  assert.equal(counts.get('smismember') ?? 0, 0, 'no decision was asked of Redis');
  assert.ok(total(counts) < 25 * seconds, `${total(counts)} commands`);
});

test('switched off, each batch is asked of Redis', async (t) => {
  const { redis, app, ask } = await soldOut(t, { env: { COUPONRUSH_SOLD_OUT_KNOWLEDGE: 'off' } });
  assert.equal(await ask(9), 'OUT_OF_STOCK_COUPON');
  const counts = await commandsDuring(redis, () => strangers(app, 200, 1));
  assert.equal(counts.get('smismember'), 200);
});

test('with more holders than the bound, each batch is asked of Redis', async (t) => {
  const { redis, app, ask } = await soldOut(t, { env: { COUPONRUSH_SOLD_OUT_HOLDERS_MAX: String(STOCK - 1) } });
  assert.equal(await ask(9), 'OUT_OF_STOCK_COUPON');
  const counts = await commandsDuring(redis, () => strangers(app, 100, 1));
  assert.equal(counts.get('smismember'), 100);
  assert.equal(await ask(1), 'ALREADY_ISSUED_COUPON');
});

test('any change in Redis is known at once, also one by hand', async (t) => {
  const scene = await soldOut(t);
  const { redis, ask } = scene;
  const changes: [string, (string | number)[][], string][] = [
    ['a pause', [['HSET', 'coupon:1:meta', 'state', 'paused']], 'NOT_OPEN_COUPON'],
    ['the closing', [['HSET', 'coupon:1:meta', 'state', 'closed']], 'EXPIRED_COUPON'],
    ['a restock by hand', [['SET', 'coupon:1:stock', STOCK + 1]], 'issued'],
  ];
  for (const [what, commands, code] of changes) {
    await redis.cli('HSET', 'coupon:1:meta', 'state', 'open');
    await known(scene);
    assert.equal(await ask(77), 'OUT_OF_STOCK_COUPON');
    for (const [name, ...rest] of commands) await redis.cli(name as string, ...rest);
    const changedMs = performance.now();
    assert.equal(await waitFor(what, async () => ((await ask(77)) === code ? code : null)), code);
    const tookMs = performance.now() - changedMs;
    t.diagnostic(`${what}: ${tookMs.toFixed(1)} ms`);
    assert.ok(tookMs < HEALED_WITHIN_MS / 4);
  }
});

test('who got the last coupon from another worker is a holder for all of them', async (t) => {
  const scene = await soldOut(t, { workers: 2 });
  const { redis, ask } = scene;
  for (let user = 100; user < 110; user++) {
    await known(scene);
    await redis.cli('SET', 'coupon:1:stock', STOCK + user - 99);
    await waitFor('the restock is known', async () => (await ask(user)) === 'issued');
    for (let n = 0; n < 20; n++) assert.equal(await ask(user), 'ALREADY_ISSUED_COUPON');
    assert.equal(await ask(9), 'OUT_OF_STOCK_COUPON');
  }
});

test('when the messages of changes are cut off silently, a change is known within a second', async (t) => {
  const redis = await startRedis(t);
  const proxy = await startMessageCutter(t, redis.port);
  const scene = await soldOut(t, { redis, redisUrl: proxy.url });
  await known(scene);
  const keepAsking = setInterval(() => void scene.ask(1).catch(() => {}), 20);
  t.after(async () => clearInterval(keepAsking));
  proxy.cut();
  await redis.cli('SET', 'coupon:1:stock', STOCK + 1);
  const changedMs = performance.now();
  await waitFor('the restock is known', async () => (await scene.ask(50)) === 'issued', { everyMs: 5 });
  const tookMs = performance.now() - changedMs;
  t.diagnostic(`${tookMs.toFixed(0)} ms`);
  assert.ok(tookMs > 50, 'the message was cut off');
  assert.ok(tookMs < HEALED_WITHIN_MS + 50);
});

test('a Redis that was emptied or restarted is not answered for', async (t) => {
  const scene = await soldOut(t);
  const { redis, ask } = scene;
  await known(scene);
  await redis.cli('FLUSHALL');
  // The word of it travels beside the question, and may come after it.
  await waitFor('the worker has heard of it', async () => (await ask(50)) !== 'OUT_OF_STOCK_COUPON', {
    withinMs: 250,
    everyMs: 1,
  });
  await waitFor('the coupon is rebuilt', async () => (await ask(1)) === 'ALREADY_ISSUED_COUPON', { withinMs: 15_000 });
  await redis.restart();
  const seen = new Set<string>();
  await waitFor(
    'the coupon is decided again',
    async () => {
      seen.add(await ask(1));
      return seen.has('ALREADY_ISSUED_COUPON');
    },
    { withinMs: 15_000 },
  );
  assert.ok(
    [...seen].every((code) => ['ALREADY_ISSUED_COUPON', 'NOT_READY'].includes(code)),
    [...seen].join(),
  );
});

test('it closes by the clock', async (t) => {
  const scene = await soldOut(t);
  const { redis, ask } = scene;
  const [seconds] = (await redis.cli('TIME')) as string[];
  const closesAtMs = Number(seconds) * 1000 + 3000;
  await redis.cli('HSET', 'coupon:1:meta', 'closesAt', closesAtMs);
  await known(scene);
  assert.equal(await ask(9), 'OUT_OF_STOCK_COUPON');
  await waitFor('the coupon is closed', async () => (await ask(9)) === 'EXPIRED_COUPON', { everyMs: 5 });
  const [later, micros] = (await redis.cli('TIME')) as string[];
  const lateMs = Number(later) * 1000 + Number(micros) / 1000 - closesAtMs;
  assert.ok(lateMs >= 0 && lateMs < 250, `${lateMs} ms after closesAt`);
});
