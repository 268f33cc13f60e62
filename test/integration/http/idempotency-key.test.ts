// Idempotency-Key on issue, against the whole server.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createCoupon } from '../../../src/coupons/create.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { startApp } from '../../support/app.ts';
import { issue } from '../../support/ask.ts';
import { connectStores, silent } from '../../support/coupon-stores.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

/** The longest there may be. */
const KEY = `a-key:${'~'.repeat(249)}`;

async function setUp(t: TestContext) {
  const redis = await startRedis(t);
  const mysqlUrl = await freshDatabase(t);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl, env: { WORKERS: '2' } });
  const { database, redis: commands } = connectStores(t, redis.url, mysqlUrl);
  const newCoupon = async (totalStock: number): Promise<number> => {
    const id = await createCoupon(database, { name: 'other', totalStock, discountType: 'FIXED', discountAmount: 1 });
    await preloadCoupon({ redis: commands, database, log: silent }, id);
    return id;
  };
  // A connection for each request, so that both workers are asked.
  const ask = (coupon: number, user: number, key?: string) =>
    issue(app.url, coupon, user, { connection: 'close', ...(key === undefined ? {} : { 'idempotency-key': key }) });
  return { app, redis, database, newCoupon, ask };
}

test('the same key gets the original answer from every worker, also when the row is in MySQL', async (t) => {
  const { ask, database, app } = await setUp(t);
  await ask(1, 1);
  const first = await ask(1, 2, KEY);
  assert.equal(first.status, 201);
  assert.equal(first.headers.get('idempotent-replayed'), null);
  const repeat = async () => {
    for (let n = 0; n < 10; n++) {
      const again = await ask(1, 2, KEY);
      assert.equal(again.status, 201);
      assert.equal(again.headers.get('idempotent-replayed'), 'true');
      assert.deepEqual(again.body, first.body);
    }
  };
  await repeat();
  await waitFor('the row is written', async () => {
    const rows = await database.query('SELECT id FROM user_coupon WHERE user_id = 2');
    return rows.length === 1;
  });
  await repeat();
  for (const pid of app.pids('http')) process.kill(pid, 'SIGKILL');
  await waitFor('new workers serve', () => repeat().then(() => true));
  assert.equal((await ask(1, 2, 'another-key')).code, 'ALREADY_ISSUED_COUPON');
  assert.equal((await ask(1, 2)).code, 'ALREADY_ISSUED_COUPON');
  assert.equal((await ask(1, 3, KEY)).status, 201, 'a key belongs to its user');
});

test('one hundred at once under one key are one grant', async (t) => {
  const { ask } = await setUp(t);
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask(1, 5, 'burst')));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
  assert.equal(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null).length, 1);
  assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
});

test('the same key for another coupon is refused, and nothing is issued', async (t) => {
  const { ask, newCoupon, redis } = await setUp(t);
  const other = await newCoupon(5);
  assert.equal((await ask(1, 7, 'one-key')).status, 201);
  const reused = await ask(other, 7, 'one-key');
  assert.deepEqual([reused.status, reused.code], [422, 'IDEMPOTENCY_KEY_REUSED']);
  assert.equal(await redis.cli('SISMEMBER', `issue:coupon:${other}`, '7'), 0);
  assert.equal((await ask(other, 7, 'another')).status, 201);
  assert.equal((await ask(1, 7, 'one-key')).status, 201);
  const both = await Promise.all([ask(1, 8, 'race'), ask(other, 8, 'race')]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 422]);
  assert.ok(Number(await redis.cli('PTTL', 'couponrush:key:7:one-key')) > 86_000_000);
});

test('a holder who repeats the key after sold-out still gets the original answer', async (t) => {
  const { ask, newCoupon } = await setUp(t);
  const coupon = await newCoupon(1);
  const first = await ask(coupon, 1, 'k');
  for (let n = 0; n < 20; n++) assert.equal((await ask(coupon, 9, 'k')).code, 'OUT_OF_STOCK_COUPON');
  const again = await ask(coupon, 1, 'k');
  assert.deepEqual([again.status, again.body], [201, first.body]);
  assert.equal((await ask(coupon, 1)).code, 'ALREADY_ISSUED_COUPON');
});

test('a key for a coupon that does not exist leaves nothing in Redis', async (t) => {
  const { ask, redis } = await setUp(t);
  assert.equal((await ask(999, 1, 'nobody')).code, 'NOT_FOUND_COUPON');
  assert.deepEqual(await redis.cli('KEYS', 'couponrush:key:*'), []);
});

test('what a lost Redis remembered of keys is forgotten: the holder is told so', async (t) => {
  const { ask, redis, database } = await setUp(t);
  assert.equal((await ask(1, 1, 'k')).status, 201);
  await waitFor('the row is written', async () => (await database.query('SELECT id FROM user_coupon')).length === 1);
  await redis.cli('FLUSHALL');
  const answer = await waitFor('the coupon is rebuilt', async () => {
    const { code, status } = await ask(1, 1, 'k');
    return status === 503 ? null : code;
  });
  assert.equal(answer, 'ALREADY_ISSUED_COUPON');
});
