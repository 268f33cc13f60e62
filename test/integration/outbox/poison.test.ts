import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { listDeadLetters, redrive, resolve } from '../../../src/outbox/dead-letters.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { usersToSqlList } from '../../../src/user-id.ts';
import {
  assertRows,
  connectRedis,
  createCoupon,
  grant,
  makeUsers,
  openMigrated,
  persisterConfig,
  startPersister,
  waitForEmptyOutbox,
} from '../../support/handover.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { userIdOf, userOf } from '../../support/user-ids.ts';
import { waitFor } from '../../support/wait.ts';

const userLiteral = (user: number) => usersToSqlList(userIdOf(user));

async function setUp(t: TestContext) {
  const server = await startRedis(t, { settings: { appendfsync: 'no' } });
  const mysqlUrl = await freshDatabase(t);
  const database = await openMigrated(t, mysqlUrl);
  const redis = connectRedis(t, server.url);
  return { database, redis, config: persisterConfig(server.url, mysqlUrl) };
}

test(
  'of 1,000 rows only the one that MySQL refuses becomes ' + 'a dead letter; its neighbours are written within 5 s',
  async (t) => {
    const { database, redis, config } = await setUp(t);
    await createCoupon(database, 1, 1000);
    await database.execute(`ALTER TABLE user_coupon ADD CONSTRAINT poison CHECK (user_id <> ${userLiteral(617)})`);
    const users = makeUsers(1000);
    const poison = users.indexOf(617);
    await grant(redis, { couponId: 1, users, entryRows: 250 });
    const persister = startPersister(t, config);
    const neighbours = users.filter((user) => user !== 617);
    await waitFor(
      'the neighbours are written',
      async () => {
        const [found] = await database.query<{ written: number }>('SELECT COUNT(*) AS written FROM user_coupon');
        return found?.written === neighbours.length;
      },
      { withinMs: 5000 },
    );
    await waitForEmptyOutbox(redis, 1);
    const letters = await listDeadLetters(redis, 1);
    assert.deepEqual(
      letters.map(({ userId, sequence, attempts, code, raw }) => ({ userId, sequence, attempts, code, raw })),
      [{ userId: userOf(617), sequence: poison + 1, attempts: 3, code: 'ER_CHECK_CONSTRAINT_VIOLATED', raw: null }],
    );
    assert.equal(persister.status().deadLetters, 1);

    await t.test('once the cause is repaired, a redriven letter gets its row with its own sequence', async () => {
      await database.execute('ALTER TABLE user_coupon DROP CONSTRAINT poison');
      assert.equal(await redrive(redis, 1, 'all'), 1);
      assert.equal(await redrive(redis, 1, [letters[0]?.id as string]), 0, 'it is gone');
      await waitForEmptyOutbox(redis, 1);
      await assertRows(database, { couponId: 1, users });
      const [row] = await database.query<{ issued_at: Date }>('SELECT issued_at FROM user_coupon WHERE user_id = ?', [
        userOf(617),
      ]);
      assert.deepEqual(row?.issued_at, letters[0]?.issuedAt);
      assert.equal(await redis.xlen(couponKeys(1).dead), 0);
    });
  },
);

test('grants of a coupon that MySQL does not have become dead letters, and hold up nobody', async (t) => {
  const { database, redis, config } = await setUp(t);
  await createCoupon(database, 1, 1000);
  const users = makeUsers(3000);
  await grant(redis, { couponId: 404, users });
  await grant(redis, { couponId: 1, users: [1, 2, 3] });
  startPersister(t, config);
  await waitForEmptyOutbox(redis, 1, 2000);
  await waitForEmptyOutbox(redis, 404);
  const dead = await redis.xlen(couponKeys(404).dead);
  assert.equal(dead, 3000);

  await t.test('all of them go back at once when the coupon is there, page by page', async () => {
    await createCoupon(database, 404, 3000);
    assert.equal(await redrive(redis, 404, 'all'), 3000);
    await waitForEmptyOutbox(redis, 404);
    await assertRows(database, { couponId: 404, users });
  });
});

test('rows over the stock are refused row by row, and the stock is used up exactly', async (t) => {
  const { database, redis, config } = await setUp(t);
  await createCoupon(database, 1, 5);
  await grant(redis, { couponId: 1, users: makeUsers(12), entryRows: 4 });
  startPersister(t, config);
  await waitForEmptyOutbox(redis, 1);
  assert.equal(await redis.xlen(couponKeys(1).dead), 7);
  assert.deepEqual(await database.query('SELECT stock FROM coupon'), [{ stock: 0 }]);
});

test('a resolved letter is kept in MySQL with its reason, and is not in Redis any more', async (t) => {
  const { database, redis, config } = await setUp(t);
  await createCoupon(database, 1, 10);
  await database.execute(`ALTER TABLE user_coupon ADD CONSTRAINT poison CHECK (user_id <> ${userLiteral(2)})`);
  await grant(redis, { couponId: 1, users: [1, 2] });
  await redis.xadd(couponKeys(1).outbox, '*', 'who', 'knows');
  startPersister(t, config);
  await waitForEmptyOutbox(redis, 1);
  const letters = await listDeadLetters(redis, 1);
  const ids = letters.map((letter) => letter.id);
  assert.equal(ids.length, 2);
  assert.equal(await redrive(redis, 1, 'all'), 1, 'the unreadable one stays');
  await waitFor('the other one is back', async () => (await redis.xlen(couponKeys(1).dead)) === 2);
  const now = (await listDeadLetters(redis, 1)).map((letter) => letter.id);
  assert.equal(await resolve(redis, database, 1, [...now, '1-1'], 'a test account'), 2);
  assert.equal(await resolve(redis, database, 1, now, 'again'), 0);
  assert.equal(await redis.xlen(couponKeys(1).dead), 0);
  assert.equal(await redis.scard(couponKeys(1).holders), 2, 'the user stays a holder');
  const records = await database.query<Record<string, unknown>>(
    'SELECT user_id, sequence, code, raw, reason FROM dead_letter_resolution ORDER BY user_id',
  );
  assert.deepEqual(records, [
    { user_id: null, sequence: null, code: 'UNREADABLE_ENTRY', raw: '["who","knows"]', reason: 'a test account' },
    { user_id: userOf(2), sequence: 2, code: 'ER_CHECK_CONSTRAINT_VIOLATED', raw: null, reason: 'a test account' },
  ]);
});
