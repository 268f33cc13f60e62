// Rows of many coupons go together, and what one coupon lacks concerns no other.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CONSUMER_GROUP, couponKeys } from '../../../src/redis/keys.ts';
import type { Database } from '../../../src/store/database.ts';
import { usersToSqlList } from '../../../src/user-id.ts';
import {
  assertRows,
  connectRedis,
  createCoupon,
  grant,
  holdCoupon,
  openMigrated,
  persisterConfig,
  startPersister,
  waitForEmptyOutbox,
} from '../../support/handover.ts';
import { freshDatabase, startMysql, startRedis } from '../../support/servers.ts';
import { userIdOf } from '../../support/user-ids.ts';

const USERS = [1, 2, 3];
const LOCKED = 1;
const POISONED = 10;
const FENCED = 20;
const ABSENT = 30;

/** Coupons 1 to `coupons` with a grant of each, and a persister that has not started. */
async function setUp(t: TestContext, { coupons, ownMysql = false }: { coupons: number; ownMysql?: boolean }) {
  const server = await startRedis(t, { settings: { appendfsync: 'no' } });
  const mysqlUrl = ownMysql ? (await startMysql(t)).mysqlUrl : await freshDatabase(t);
  const database = await openMigrated(t, mysqlUrl);
  const redis = connectRedis(t, server.url);
  for (let couponId = 1; couponId <= coupons; couponId++) await createCoupon(database, couponId, 100);
  const grantAll = async (users = USERS, firstSequence = 1) => {
    for (let couponId = 1; couponId <= coupons; couponId++) {
      await grant(redis, { couponId, users, firstSequence, entryRows: 1 });
    }
  };
  const start = (name = 'first') =>
    startPersister(t, persisterConfig(server.url, mysqlUrl, { COUPONRUSH_PERSISTER_NAME: name }));
  return { database, redis, grantAll, start };
}

async function readCommits(database: Database): Promise<number> {
  const [row] = await database.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Com_commit'");
  return Number(row?.Value);
}

test('three rows of each of a hundred coupons take few transactions', async (t) => {
  const { database, redis, grantAll, start } = await setUp(t, { coupons: 100, ownMysql: true });
  await grantAll();
  const before = await readCommits(database);
  const persister = start();
  for (let couponId = 1; couponId <= 100; couponId++) await waitForEmptyOutbox(redis, couponId);
  const commits = (await readCommits(database)) - before;
  t.diagnostic(`300 rows of 100 coupons in ${commits} transactions`);
  // Two reads of up to 400 entries, and batches of up to 100 coupons.
  assert.ok(commits <= 10, `${commits} transactions`);
  for (let couponId = 1; couponId <= 100; couponId++) await assertRows(database, { couponId, users: USERS });
  assert.equal(persister.status().writtenRows, 300);
});

test('of fifty coupons, a bad row, a lost epoch, a locked and an absent coupon stop no other', async (t) => {
  const { database, redis, grantAll, start } = await setUp(t, { coupons: 50 });
  const bad = `coupon_id <> ${POISONED} OR user_id <> ${usersToSqlList(userIdOf(2))}`;
  await database.execute(`ALTER TABLE user_coupon ADD CONSTRAINT poison CHECK (${bad})`);
  await database.execute('UPDATE coupon SET epoch = 1 WHERE id = ?', [FENCED]);
  await database.execute('DELETE FROM coupon WHERE id = ?', [ABSENT]);
  const letGo = await holdCoupon(t, database);
  await grantAll();
  const persister = start();
  const others = Array.from({ length: 50 }, (_, index) => index + 1).filter(
    (couponId) => ![LOCKED, POISONED, FENCED, ABSENT].includes(couponId),
  );
  // A lock is waited for 3 s: nobody else waits with it.
  for (const couponId of others) await waitForEmptyOutbox(redis, couponId, 2500);
  for (const couponId of others) await assertRows(database, { couponId, users: USERS });
  await waitForEmptyOutbox(redis, POISONED, 5000);
  assert.equal(await redis.xlen(couponKeys(POISONED).dead), 1);
  await waitForEmptyOutbox(redis, ABSENT, 5000);
  assert.equal(await redis.xlen(couponKeys(ABSENT).dead), 3);
  await assertRows(database, { couponId: LOCKED, users: [] });
  await assertRows(database, { couponId: FENCED, users: [] });
  await letGo();
  await waitForEmptyOutbox(redis, LOCKED, 2500);
  await assertRows(database, { couponId: LOCKED, users: USERS });
  await redis.hset(couponKeys(FENCED).meta, 'epoch', 1);
  await waitForEmptyOutbox(redis, FENCED, 2500);
  await assertRows(database, { couponId: FENCED, users: USERS });
  const { writtenRows, duplicateRows, deadLetters, acknowledgedEntries, rowsInHand } = persister.status();
  assert.deepEqual(
    { writtenRows, duplicateRows, deadLetters, acknowledgedEntries, rowsInHand },
    { writtenRows: 48 * 3 + 2, duplicateRows: 0, deadLetters: 4, acknowledgedEntries: 48 * 3 + 2, rowsInHand: 0 },
  );
});

test('coupons that stay locked do not keep the others from MySQL, however many there are', async (t) => {
  const { database, redis, grantAll, start } = await setUp(t, { coupons: 20 });
  start();
  await grantAll();
  for (let couponId = 1; couponId <= 20; couponId++) await waitForEmptyOutbox(redis, couponId);
  let letGo = (): void => {};
  const holding = database.transaction(async (tx) => {
    await tx.query('SELECT id FROM coupon WHERE id <= 10 FOR UPDATE');
    await new Promise<void>((resolve) => {
      letGo = resolve;
    });
  });
  await grantAll([4, 5], 4);
  for (let couponId = 11; couponId <= 20; couponId++) await waitForEmptyOutbox(redis, couponId, 2500);
  letGo();
  await holding;
  for (let couponId = 1; couponId <= 20; couponId++) await waitForEmptyOutbox(redis, couponId, 2500);
  for (let couponId = 1; couponId <= 20; couponId++) await assertRows(database, { couponId, users: [...USERS, 4, 5] });
});

test('rows that were written before a crash are found in a batch of many coupons', async (t) => {
  const { database, redis, grantAll, start } = await setUp(t, { coupons: 30 });
  await grantAll();
  await start().stop();
  for (let couponId = 1; couponId <= 30; couponId++) assert.equal(await redis.xlen(couponKeys(couponId).outbox), 0);
  // Delivered once more, with new ones among them.
  await grantAll([...USERS, 4]);
  const persister = start();
  for (let couponId = 1; couponId <= 30; couponId++) await waitForEmptyOutbox(redis, couponId);
  for (let couponId = 1; couponId <= 30; couponId++) await assertRows(database, { couponId, users: [...USERS, 4] });
  const { writtenRows, duplicateRows } = persister.status();
  assert.deepEqual({ writtenRows, duplicateRows }, { writtenRows: 30, duplicateRows: 90 });
});

test('two persisters share the outboxes of a hundred coupons', async (t) => {
  const { database, redis, grantAll, start } = await setUp(t, { coupons: 100 });
  const persisters = [start(), start('second')];
  for (let round = 0; round < 5; round++) await grantAll([round * 2 + 1, round * 2 + 2], round * 2 + 1);
  for (let couponId = 1; couponId <= 100; couponId++) await waitForEmptyOutbox(redis, couponId);
  const users = Array.from({ length: 10 }, (_, index) => index + 1);
  for (let couponId = 1; couponId <= 100; couponId++) await assertRows(database, { couponId, users });
  const [first, second] = persisters.map((persister) => persister.status());
  assert.equal((first?.writtenRows ?? 0) + (second?.writtenRows ?? 0), 1000);
  assert.equal((first?.deadLetters ?? 0) + (second?.deadLetters ?? 0), 0);
  const pending = (await redis.xpending(couponKeys(1).outbox, CONSUMER_GROUP)) as [number];
  assert.equal(pending[0], 0);
});
