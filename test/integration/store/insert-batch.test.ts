import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Database } from '../../../src/store/database.ts';
import type { InsertOutcome } from '../../../src/store/insert-batch.ts';
import { InsertConnection } from '../../../src/store/insert-connection.ts';
import { assertRows, createCoupon, holdCoupon, makeUsers, openMigrated } from '../../support/handover.ts';
import { freshDatabase } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

async function setUp(t: TestContext, { stock = 10_000, connections = 1, timeoutMs = 10_000 } = {}) {
  const mysqlUrl = await freshDatabase(t);
  const database: Database = await openMigrated(t, mysqlUrl);
  await createCoupon(database, 1, stock);
  const inserts = Array.from({ length: connections }, () => new InsertConnection({ mysqlUrl, timeoutMs }));
  t.after(async () => {
    for (const insert of inserts) insert.close();
  });
  return { database, inserts, insert: inserts[0] as InsertConnection };
}

function task(users: readonly (number | string)[], firstSequence = 1, couponId = 1) {
  return { couponId, epoch: 0, runs: [{ firstSequence, issuedAtMs: 1_700_000_000_123, users: users.join(',') }] };
}

function refusedOf(outcome: InsertOutcome): unknown {
  return outcome.kind === 'written' ? outcome.refused.map((row) => [row.user, row.sequence, row.code]) : outcome;
}

test('a batch is written once however often it comes, and the stock is lowered once', async (t) => {
  const { database, insert } = await setUp(t);
  const users = makeUsers(2000);
  const first = await insert.write(task(users));
  assert.deepEqual(first, { kind: 'written', inserted: 2000, duplicates: 0, refused: [] });
  const again = await insert.write(task(users));
  assert.deepEqual(again, { kind: 'written', inserted: 0, duplicates: 2000, refused: [] });
  const overlapping = await insert.write(task([...users.slice(1500), 5001, 5002], 1501));
  assert.deepEqual(overlapping, { kind: 'written', inserted: 2, duplicates: 500, refused: [] });
  await assertRows(database, { couponId: 1, users: [...users, 5001, 5002] });
});

test('a row carries what the coupon promised and when it was issued', async (t) => {
  const { database, insert } = await setUp(t);
  await insert.write(task([9_007_199_254_740_991]));
  const [row] = await database.query<Record<string, unknown>>('SELECT * FROM user_coupon');
  assert.ok(row);
  assert.equal(row.user_id, 9_007_199_254_740_991);
  assert.equal(row.name, "Coupon '1'");
  assert.equal(row.discount_type, 'FIXED');
  assert.equal(row.discount_amount, 1000);
  assert.equal(row.status, 'ISSUED');
  assert.deepEqual(row.expired_at, new Date('2030-01-31T23:59:59.999Z'));
  assert.deepEqual(row.issued_at, new Date(1_700_000_000_123));
  assert.ok(Math.abs((row.persisted_at as Date).getTime() - Date.now()) < 60_000);
});

test(
  'a sequence of another user, and a user with another ' + 'sequence, are refused by name; the others are written',
  async (t) => {
    const { database, insert } = await setUp(t);
    await insert.write(task([11, 12, 13]));
    // 99 wants the number of 12; 13 has number 3 already and comes with 4; 14 is new.
    const outcome = await insert.write(task([11, 99, 13], 1));
    assert.deepEqual(refusedOf(outcome), [['99', 2, 'SEQUENCE_TAKEN']]);
    const other = await insert.write(task([13, 14], 4));
    assert.deepEqual(refusedOf(other), [['13', 4, 'USER_HAS_OTHER_SEQUENCE']]);
    assert.equal(other.kind === 'written' && other.inserted, 1);
    const rows = await database.query<{ user_id: number }>('SELECT user_id FROM user_coupon ORDER BY sequence');
    assert.deepEqual(
      rows.map((row) => row.user_id),
      [11, 12, 13, 14],
    );
    const [coupon] = await database.query<{ stock: number }>('SELECT stock FROM coupon');
    assert.equal(coupon?.stock, 10_000 - 4);
  },
);

test('a user twice in one batch gets one row, and the second number is refused', async (t) => {
  const { insert } = await setUp(t);
  assert.deepEqual(refusedOf(await insert.write(task([5, 6, 5]))), [['5', 3, 'USER_HAS_OTHER_SEQUENCE']]);
});

test('rows over the stock are refused by the database, and nothing of the batch stays', async (t) => {
  const { database, insert } = await setUp(t, { stock: 3 });
  const outcome = await insert.write(task([1, 2, 3, 4]));
  assert.ok(outcome.kind === 'permanent' && outcome.scope === 'row');
  assert.equal(outcome.code, 'ER_CHECK_CONSTRAINT_VIOLATED');
  await assertRows(database, { couponId: 1, users: [] });
  assert.equal((await insert.write(task([1, 2, 3]))).kind, 'written', 'the connection is of use afterwards');
});

test('a coupon without a row, and a time that is none, are permanent', async (t) => {
  const { insert } = await setUp(t);
  const absent = await insert.write(task([1], 1, 2));
  assert.deepEqual(absent.kind === 'permanent' && [absent.scope, absent.code], ['coupon', 'NO_SUCH_COUPON']);
  const runs = [{ firstSequence: 1, issuedAtMs: 9_000_000_000_000_000, users: '1' }];
  const timeless = await insert.write({ couponId: 1, epoch: 0, runs });
  assert.deepEqual(timeless.kind === 'permanent' && timeless.code, 'ER_TRUNCATED_WRONG_VALUE');
});

test('four connections that write the same and overlapping batches neither deadlock nor write twice', async (t) => {
  const { database, inserts } = await setUp(t, { connections: 4, stock: 20_000 });
  const users = makeUsers(12_000);
  let deadlocks = 0;
  let batches = 0;
  const writeAll = async (insert: InsertConnection, shift: number): Promise<void> => {
    for (let start = shift; start < users.length; start += 500) {
      for (;;) {
        const outcome = await insert.write(task(users.slice(start, start + 1000), start + 1));
        batches++;
        if (outcome.kind === 'written') break;
        assert.equal(outcome.kind, 'transient', JSON.stringify(outcome));
        deadlocks++;
      }
    }
  };
  await Promise.all(inserts.map((insert, index) => writeAll(insert, index % 2 === 0 ? 0 : 250)));
  await inserts[0]?.write(task(users.slice(0, 500), 1));
  t.diagnostic(`${deadlocks} of ${batches} batches had to be written again`);
  await assertRows(database, { couponId: 1, users });
});

test(
  'a batch that waits for a lock is transient, and so ' + 'is one without an answer; both are written later',
  async (t) => {
    const { database, insert } = await setUp(t, { timeoutMs: 400 });
    await insert.write(task([1]));
    const letGo = await holdCoupon(t, database);
    const outcome = await insert.write(task([2], 2));
    assert.deepEqual(outcome.kind === 'transient' && outcome.code, 'QUERY_TIMEOUT');
    await letGo();
    await waitFor('the batch is written', async () => (await insert.write(task([2], 2))).kind === 'written');
    await assertRows(database, { couponId: 1, users: [1, 2] });
  },
);
