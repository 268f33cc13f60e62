// What users and the public can read, against the whole server.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createCoupon } from '../../../src/coupons/create.ts';
import { startApp } from '../../support/app.ts';
import { issue, request } from '../../support/ask.ts';
import { commandsDuring } from '../../support/commands-during.ts';
import { connectDatabase, insertRows, newCoupon } from '../../support/coupon-stores.ts';
import { freshDatabase, startMysql, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

async function setUp(t: TestContext, { ownMysql = false, env = {} as Record<string, string> } = {}) {
  const redis = await startRedis(t);
  const mysql = ownMysql ? await startMysql(t) : null;
  const mysqlUrl = mysql?.mysqlUrl ?? (await freshDatabase(t));
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl, env: { WORKERS: '1', ...env } });
  const database = connectDatabase(t, mysqlUrl);
  const mine = (user: number, query = '') =>
    request(app.url, `/api/v2/me/coupons${query}`, { headers: { 'commerce-user-id': String(user) } });
  const view = (coupon: number | string) => request(app.url, `/api/v2/coupons/${coupon}`);
  return { app, redis, mysql, database, mine, view };
}

interface Page {
  readonly coupons: readonly { readonly id: number; readonly couponId: number }[];
  readonly lastId: number | null;
  readonly hasNext: boolean;
}

test("a user's coupons come newest first, page by page, and nobody else's", async (t) => {
  const { app, database, mine } = await setUp(t);
  const ids: number[] = [];
  for (let n = 0; n < 7; n++) {
    ids.push(await newCoupon(database, 10, { expiredAt: new Date('2040-01-01T00:00:00Z') }));
    await insertRows(database, ids[n] as number, [8, 7, 9]);
  }
  assert.equal((await issue(app.url, 1, 7)).status, 201);
  await waitFor('the row is written', async () => ((await mine(7)).body as unknown as Page).coupons.length === 8);
  const seen: number[] = [];
  let query = '?size=3';
  for (const count of [3, 3, 2]) {
    const page = (await mine(7, query)).body as unknown as Page;
    assert.equal(page.coupons.length, count);
    assert.equal(page.hasNext, count === 3);
    seen.push(...page.coupons.map(({ couponId }) => couponId));
    query = `?lastId=${page.lastId}&size=3`;
  }
  assert.deepEqual(seen, [1, ...ids.toReversed()]);
  const [newest, older] = ((await mine(7, '?size=2')).body as { coupons: Record<string, unknown>[] }).coupons;
  assert.deepEqual(
    { ...newest, id: 0, issuedAt: '' },
    {
      id: 0,
      couponId: 1,
      name: 'Demo coupon',
      sequence: 1,
      status: 'ISSUED',
      discountType: 'FIXED',
      discountAmount: 1000,
      issuedAt: '',
      expiredAt: null,
    },
  );
  assert.match(String(newest?.issuedAt), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(older?.sequence, 2);
  assert.deepEqual((await mine(1234)).body, { coupons: [], lastId: null, hasNext: false });
  assert.deepEqual((await mine(7, '?lastId=1')).body, { coupons: [], lastId: null, hasNext: false });
});

test('a malformed page is refused', async (t) => {
  const { app, mine } = await setUp(t);
  for (const query of [
    'size=0',
    'size=101',
    'size=-1',
    'size=1e1',
    'size=',
    'size=5&size=6',
    'lastId=0',
    'lastId=abc',
    'lastId=9007199254740992',
    'lastId=1&lastId=2',
    "lastId=1'--",
  ]) {
    const answer = await mine(7, `?${query}`);
    assert.deepEqual([answer.status, answer.code], [400, 'BAD_REQUEST'], query);
  }
  assert.equal((await mine(7, '?lastId=%31&size=100&other=x')).status, 200);
  assert.equal((await request(app.url, '/api/v2/me/coupons')).code, 'UNAUTHENTICATED_USER');
});

test('the public view follows the coupon', async (t) => {
  const { app, redis, database, view } = await setUp(t);
  const first = await view(1);
  const { serverTime, ...body } = first.body;
  assert.match(String(serverTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(body, {
    couponId: 1,
    name: 'Demo coupon',
    discountType: 'FIXED',
    discountAmount: 1000,
    state: 'OPEN',
    opensAt: null,
    closesAt: null,
    total: 1000,
    remaining: 1000,
  });
  assert.equal(first.headers.get('cache-control'), 'public, max-age=1');
  await redis.cli('SET', 'coupon:1:stock', 2);
  await issue(app.url, 1, 1);
  const field = (name: string) => async () => (await view(1)).body[name];
  await waitFor('one is left', async () => (await field('remaining')()) === 1);
  await issue(app.url, 1, 2);
  await waitFor('it is sold out', async () => (await field('state')()) === 'SOLD_OUT');
  await redis.cli('HSET', 'coupon:1:meta', 'state', 'paused');
  await waitFor('it is paused', async () => (await field('state')()) === 'PAUSED');
  await redis.cli('HSET', 'coupon:1:meta', 'state', 'open', 'opensAt', Date.UTC(2040, 0));
  await waitFor('it opens later', async () => (await field('state')()) === 'SCHEDULED');
  assert.equal(await field('opensAt')(), '2040-01-01T00:00:00.000Z');
  await redis.cli('HSET', 'coupon:1:meta', 'opensAt', 0, 'closesAt', 1);
  await waitFor('it is closed', async () => (await field('state')()) === 'CLOSED');

  const draft = await createCoupon(database, {
    name: 'draft',
    totalStock: 7,
    discountType: 'FIXED',
    discountAmount: 1,
    opensAt: new Date('2040-01-01T00:00:00Z'),
  });
  const ofDraft = await view(draft);
  assert.equal(ofDraft.code, 'NOT_FOUND_COUPON', 'it is not announced yet');
  assert.deepEqual(ofDraft.body, (await view(999)).body, 'nothing tells a draft from an id that does not exist');
  assert.equal((await view('01')).code, 'BAD_REQUEST');
});

test('the state of the public view is right at its serverTime, also while the view is kept', async (t) => {
  const { redis, view } = await setUp(t);
  const redisMs = async () => {
    const [seconds, micros] = (await redis.cli('TIME')) as [string, string];
    return Number(seconds) * 1000 + Number(micros) / 1000;
  };
  const opensAtMs = Math.ceil(await redisMs()) + 1500;
  await redis.cli('HSET', 'coupon:1:meta', 'opensAt', opensAtMs);
  await waitFor('the change is seen', async () => (await view(1)).body.state === 'SCHEDULED');
  let lastMs = 0;
  await waitFor('it opens', async () => {
    const { state, serverTime } = (await view(1)).body;
    const serverMs = Date.parse(String(serverTime));
    assert.equal(state, serverMs < opensAtMs ? 'SCHEDULED' : 'OPEN', `at ${serverMs - opensAtMs} ms`);
    assert.ok(serverMs <= (await redisMs()), 'it is never ahead of the clock that decides');
    lastMs = serverMs;
    return state === 'OPEN';
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const later = Date.parse(String((await view(1)).body.serverTime)) - lastMs;
  assert.ok(later >= 50, `${later} ms later: a kept view does not stop the clock`);
});

test('a crowd that looks at a coupon costs Redis one look a second and worker', async (t) => {
  const { app, redis, view } = await setUp(t);
  await view(1);
  const startMs = performance.now();
  const commands = await commandsDuring(redis, () => Promise.all(Array.from({ length: 500 }, () => view(1))));
  const seconds = (performance.now() - startMs) / 1000;
  // The persister looks as well, once a second, with one or two of them.
  assert.ok((commands.get('scard') ?? 0) <= 3 * (Math.ceil(seconds) + 1));
  assert.ok(app.pids('http').length === 1);
});

test('without MySQL the public view is what Redis knows, and the rest is not known now', async (t) => {
  const { app, redis, mysql, view, mine } = await setUp(t, { ownMysql: true });
  await issue(app.url, 1, 5);
  assert.equal((await view(1)).body.name, 'Demo coupon');
  await mysql?.kill();
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.equal((await view(1)).body.name, 'Demo coupon', 'as it was read last');
  await redis.cli('SET', 'coupon:77:stock', 5);
  await redis.cli('HSET', 'coupon:77:meta', 'state', 'open', 'opensAt', 0, 'closesAt', 0, 'total', 5);
  const neverRead = await view(77);
  assert.deepEqual(
    [neverRead.status, neverRead.body.remaining, neverRead.body.name, neverRead.body.discountType],
    [200, 5, null, null],
  );
  for (const answer of [await view(998), await mine(5)]) {
    assert.deepEqual([answer.status, answer.code], [503, 'NOT_READY']);
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  }
  assert.equal((await issue(app.url, 1, 6)).status, 201);
});

test('reads that hang are bounded, and issuing goes on', async (t) => {
  const { app, database, mine } = await setUp(t, {
    env: { COUPONRUSH_READS_MAX: '5', COUPONRUSH_READ_TIMEOUT_MS: '3000' },
  });
  await mine(1);
  await database.transaction(async (tx) => {
    await tx.query('LOCK TABLES user_coupon WRITE');
    const hanging = Array.from({ length: 5 }, () => mine(1));
    const refused = await waitFor('the bound is reached', async () => {
      const answer = await Promise.race([
        mine(2),
        new Promise<null>((resolve) => setTimeout(() => resolve(null), 200)),
      ]);
      return answer?.code === 'OVERLOADED' ? answer : null;
    });
    assert.equal(refused.status, 503);
    const startMs = performance.now();
    assert.equal((await issue(app.url, 1, 77)).status, 201);
    assert.ok(performance.now() - startMs < 500);
    await tx.query('UNLOCK TABLES');
    await Promise.all(hanging);
  });
  assert.equal((await mine(1)).status, 200);
});
