// Connections that a balancer on the way has forgotten without a word, and what is asked of them after a rest.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { connectForCommands, connectForMessages } from '../../../src/redis/connections.ts';
import { keyClaimKey, VERIFIED_RUN_ID } from '../../../src/redis/keys.ts';
import { NotSentError, runIdOf, VerifiedPool } from '../../../src/redis/verified-pool.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { startRedis, type TestRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const REST_MS = 2200;
/** 200 ms on a machine that is not busy with other tests. Without a sign of life it takes a second or more. */
const AT_ONCE_MS = 500;
const NEVER_MS = 600_000;

const rest = (ms = REST_MS) => new Promise((resolve) => setTimeout(resolve, ms));

async function timed<T>(work: Promise<T>): Promise<{ result: T; tookMs: number }> {
  const startMs = performance.now();
  return { result: await work, tookMs: performance.now() - startMs };
}

async function startVerified(t: TestContext): Promise<TestRedis> {
  const redis = await startRedis(t);
  await redis.cli('SET', VERIFIED_RUN_ID, runIdOf(String(await redis.cli('INFO', 'server'))) as string);
  return redis;
}

async function openPool(
  t: TestContext,
  url: string,
  options: { name?: string; pingMs?: number; connections?: number } = {},
) {
  const counts = { usable: 0, lost: 0 };
  const pool = new VerifiedPool({
    server: url,
    name: options.name ?? 'pool',
    metrics: createMetrics().redisPools.named('decisions'),
    connections: options.connections ?? 2,
    socketTimeoutMs: 1000,
    commandTimeoutMs: 2500,
    isOurs: () => true,
    pingMs: options.pingMs ?? NEVER_MS,
    onUsable: () => {
      counts.usable += 1;
    },
    onLost: () => {
      counts.lost += 1;
    },
  });
  t.after(() => pool.close());
  await waitFor('all connections are usable', () => pool.figures().usable === pool.size);
  return { pool, counts };
}

/** Ids of connections in the proxied client's name. */
async function clientIds(redis: TestRedis, name: string): Promise<string[]> {
  const list = String(await redis.cli('CLIENT', 'LIST'));
  return [...list.matchAll(/^id=(\d+) .* name=(\S+) /gm)]
    .filter(([, , n]) => n?.includes(name))
    .map(([, id]) => id ?? '');
}

let claims = 0;
/** A script that leaves something behind: each claim has a key of its own. */
function claim(pool: VerifiedPool, lane: number) {
  claims += 1;
  const key = keyClaimKey('1', `claim-${claims}`);
  const call = pool.run(lane, 'claim-key', [key], ['7', 60_000]);
  assert.ok(call, 'a connection is usable');
  return { key, call };
}

test('pools', { concurrency: true }, async (t) => {
  const redis = await startVerified(t);

  const forgotten = t.test(
    'after a rest, all lanes of a forgotten pool answer at once and no request is refused',
    async (t) => {
      const proxy = await FaultProxy.start(t, redis.port);
      const { pool, counts } = await openPool(t, proxy.urlOf(redis.url));
      for (let round = 0; round < 2; round++) {
        await rest();
        proxy.forget();
        const before = { ...counts };
        const calls = [0, 1, 0, 1].map((lane) => timed(claim(pool, lane).call));
        const usable = setInterval(() => assert.ok(pool.usable), 1);
        for (const { result, tookMs } of await Promise.all(calls)) {
          assert.equal(result, '7');
          assert.ok(tookMs < AT_ONCE_MS, `${tookMs} ms`);
        }
        clearInterval(usable);
        t.diagnostic(
          `slowest of four: ${Math.round(Math.max(...(await Promise.all(calls)).map((call) => call.tookMs)))} ms`,
        );
        // Also a moment later: what was replaced fails then.
        await rest(300);
        assert.deepEqual([counts.usable - before.usable, counts.lost - before.lost], [2, 2], 'each was replaced once');
      }
    },
  );

  const renewed = t.test('one that is found dead renews the others that rested', async (t) => {
    const proxy = await FaultProxy.start(t, redis.port);
    const { pool } = await openPool(t, proxy.urlOf(redis.url), { name: 'four', connections: 4 });
    const before = await clientIds(redis, '-four-');
    assert.equal(before.length, 4);
    await rest();
    proxy.forget();
    await claim(pool, 0).call;
    await waitFor('four new ones', async () => {
      const fresh = (await clientIds(redis, '-four-')).filter((id) => !before.includes(id));
      return fresh.length === 4;
    });
    const { tookMs } = await timed(claim(pool, 3).call);
    assert.ok(tookMs < AT_ONCE_MS / 4, `${tookMs} ms`);
  });

  const reset = t.test('a connection that is reset by its first byte after a rest is replaced as well', async (t) => {
    const proxy = await FaultProxy.start(t, redis.port);
    const { pool } = await openPool(t, proxy.urlOf(redis.url), { connections: 1 });
    await rest();
    proxy.resets(1);
    const { call } = claim(pool, 0);
    await rest(20);
    await proxy.heal();
    const { tookMs } = await timed(call);
    assert.ok(tookMs < AT_ONCE_MS, `${tookMs} ms`);
  });

  const unsent = t.test('with no way to Redis nothing is sent, and the caller knows it', async (t) => {
    const proxy = await FaultProxy.start(t, redis.port);
    const { pool } = await openPool(t, proxy.urlOf(redis.url));
    await rest();
    proxy.blackhole();
    const { key, call } = claim(pool, 0);
    const startMs = performance.now();
    await assert.rejects(call, NotSentError);
    assert.ok(performance.now() - startMs < 1300);
    await proxy.heal();
    await waitFor('the pool is usable again', () => pool.figures().usable === 2);
    await rest(100);
    assert.equal(await redis.cli('EXISTS', key), 0);
    assert.equal(await claim(pool, 0).call, '7');
  });

  const pinged = t.test('connections at rest are pinged: kept alive, and renewed if they are forgotten', async (t) => {
    const proxy = await FaultProxy.start(t, redis.port);
    const { pool } = await openPool(t, proxy.urlOf(redis.url), { name: 'pinged pool', pingMs: 200 });
    const messages = connectForMessages(proxy.urlOf(redis.url), 'pinged messages', 200);
    const commands = connectForCommands(proxy.urlOf(redis.url), 'pinged commands', 1000, 200);
    t.after(() => [messages, commands].map((each) => each.disconnect()));
    const heard: string[] = [];
    messages.on('message', (_channel, text: string) => heard.push(text));
    messages.on('ready', () => void messages.subscribe('couponrush:changes'));
    const ids = () => clientIds(redis, '-pinged-');
    await waitFor('all are connected', async () => (await ids()).length === 4);
    const first = await ids();
    proxy.forgetAfter(3500);
    await rest(5000);
    assert.deepEqual((await ids()).sort(), first.sort(), 'kept alive');

    proxy.forget();
    await waitFor(
      'all are new, without a command of a caller',
      async () => (await ids()).filter((id) => !first.includes(id)).length === 4,
      { withinMs: 4500 },
    );
    assert.ok(pool.usable);
    await waitFor('messages arrive again', async () => {
      await redis.cli('PUBLISH', 'couponrush:changes', 'hello');
      return heard.includes('hello');
    });
  });

  const commanded = t.test(
    'commands and pipelines after a rest are held until the connection lives, in order',
    async (t) => {
      const proxy = await FaultProxy.start(t, redis.port);
      const commands = connectForCommands(proxy.urlOf(redis.url), 'held commands', 1000, NEVER_MS);
      t.after(() => commands.disconnect());
      await commands.del('held');
      await rest();
      proxy.forget();
      const pushes = ['a', 'b', 'c'].map((value) => commands.rpush('held', value));
      const piped = commands.pipeline().rpush('held', 'd').lrange('held', 0, -1).exec();
      const { result, tookMs } = await timed(Promise.all([...pushes, piped]));
      assert.deepEqual(result.slice(0, 3), [1, 2, 3]);
      assert.deepEqual((await piped)?.[1]?.[1], ['a', 'b', 'c', 'd']);
      assert.ok(tookMs < AT_ONCE_MS, `${tookMs} ms`);
      await rest();
      assert.ok((await timed(commands.llen('held'))).tookMs < AT_ONCE_MS / 4, 'one that lives is not renewed');
    },
  );

  await Promise.all([forgotten, renewed, reset, unsent, pinged, commanded]);
});

test('a Redis that is only slow after a rest is waited for: no request is refused', async (t) => {
  const redis = await startVerified(t);
  const { pool } = await openPool(t, redis.url);
  await rest();
  await redis.freeze();
  const { call } = claim(pool, 0);
  for (const untilMs = performance.now() + 400; performance.now() < untilMs; await rest(5)) assert.ok(pool.usable);
  await redis.resume();
  assert.equal(await call, '7');
  assert.ok(pool.usable);
});
