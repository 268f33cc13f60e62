import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../src/store/database.ts';
import { InsertConnection } from '../../../src/store/insert-connection.ts';
import type { InsertPart, ManyOutcome } from '../../../src/store/insert-many.ts';
import { usersToSqlList } from '../../../src/user-id.ts';
import { assertRows, createCoupon, holdCoupon, makeUsers, openMigrated } from '../../support/handover.ts';
import { freshDatabase } from '../../support/servers.ts';
import { userIdOf, userOf } from '../../support/user-ids.ts';
import { within } from '../../support/wait.ts';

const COUPONS = 50;
const WRITTEN = { kind: 'written', states: Array.from({ length: COUPONS }, () => 'written') };

async function setUp(t: TestContext, { stock = 100 } = {}) {
  const mysqlUrl = await freshDatabase(t);
  const database: Database = await openMigrated(t, mysqlUrl);
  for (let couponId = 1; couponId <= COUPONS; couponId++) await createCoupon(database, couponId, stock);
  const insert = new InsertConnection({ mysqlUrl, timeoutMs: 10_000 });
  const other = new InsertConnection({ mysqlUrl, timeoutMs: 10_000 });
  t.after(async () => {
    insert.close();
    other.close();
  });
  return { database, insert, other };
}

function part(couponId: number, users: readonly number[], firstSequence = 1, epoch = 0): InsertPart {
  const run = (some: readonly number[], first: number) => ({
    firstSequence: first,
    issuedAtMs: 1_700_000_000_123,
    users: some.map(userOf).join(','),
  });
  const middle = Math.ceil(users.length / 2);
  const [one, two] = [users.slice(0, middle), users.slice(middle)];
  const runs = [run(one, firstSequence)];
  if (two.length > 0) runs.push(run(two, firstSequence + middle));
  return { couponId, epoch, runs };
}

/** One of each coupon, the last one first. */
function parts(users: readonly number[], firstSequence = 1, epochOf: (couponId: number) => number = () => 0) {
  return Array.from({ length: COUPONS }, (_, index) =>
    part(COUPONS - index, users, firstSequence, epochOf(COUPONS - index)),
  );
}

async function assertAll(database: Database, users: readonly number[]): Promise<void> {
  for (let couponId = 1; couponId <= COUPONS; couponId++) await assertRows(database, { couponId, users });
}

/** Coupons in this state. */
function inState(outcome: ManyOutcome, state: string): number[] {
  if (outcome.kind !== 'written') throw new Error(outcome.kind);
  return outcome.states.flatMap((each, index) => (each === state ? [COUPONS - index] : []));
}

async function commitsDuring(database: Database, work: () => Promise<unknown>): Promise<number> {
  const read = async () =>
    Number((await database.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Com_commit'"))[0]?.Value);
  const before = await read();
  await work();
  return (await read()) - before;
}

test('rows of fifty coupons are written in one transaction, each as its coupon promises', async (t) => {
  const { database, insert } = await setUp(t);
  const users = makeUsers(7);
  const commits = await commitsDuring(database, async () => {
    assert.deepEqual(await insert.writeMany({ parts: parts(users) }), WRITTEN);
  });
  // Other tests of the run may ask the same server meanwhile, but not for so much.
  assert.ok(commits < COUPONS / 2, `${commits} commits`);
  await assertAll(database, users);
  const [row] = await database.query<Record<string, unknown>>(
    'SELECT * FROM user_coupon WHERE coupon_id = 7 AND user_id = ?',
    [userOf(users[0] as number)],
  );
  assert.deepEqual([row?.name, row?.discount_amount, row?.status], ["Coupon '7'", 1000, 'ISSUED']);
  assert.deepEqual(row?.issued_at, new Date(1_700_000_000_123));
});

test('a lost epoch, a locked and an absent coupon are left out at once, and all others written', async (t) => {
  const { database, insert } = await setUp(t);
  const users = [5, 3, 9];
  await database.execute('UPDATE coupon SET epoch = 4 WHERE id = 20');
  await database.execute('DELETE FROM coupon WHERE id = 30');
  const letGo = await holdCoupon(t, database);
  const outcome = await within(2000, 'an outcome', insert.writeMany({ parts: parts(users) }));
  assert.deepEqual(inState(outcome, 'locked'), [1]);
  assert.deepEqual(inState(outcome, 'fenced'), [20]);
  assert.deepEqual(inState(outcome, 'absent'), [30]);
  assert.equal(inState(outcome, 'written').length, COUPONS - 3);
  await letGo();
  for (let couponId = 1; couponId <= COUPONS; couponId++) {
    if (couponId !== 30) await assertRows(database, { couponId, users: [1, 20].includes(couponId) ? [] : users });
  }
  assert.deepEqual(await insert.writeMany({ parts: [part(1, users)] }), { kind: 'written', states: ['written'] });
  assert.deepEqual(await insert.writeMany({ parts: [part(20, users, 1, 3)] }), { kind: 'written', states: ['fenced'] });
});

test('an epoch is compared under the lock: it can not rise before the commit', async (t) => {
  const { database, insert } = await setUp(t);
  await database.execute('CREATE TRIGGER slow BEFORE INSERT ON user_coupon FOR EACH ROW DO SLEEP(0.5)');
  const written = insert.writeMany({ parts: [part(1, [7]), part(2, [7])] });
  await sleep(250);
  let isRaised = false;
  const raised = database.execute('UPDATE coupon SET epoch = 1 WHERE id = 1').then(() => {
    isRaised = true;
  });
  await sleep(250);
  assert.equal(isRaised, false, 'it waits for the transaction');
  assert.deepEqual(await written, { kind: 'written', states: ['written', 'written'] });
  await raised;
});

test('a row that is refused undoes the transaction, which says that its parts must be written apart', async (t) => {
  const { database, insert } = await setUp(t, { stock: 5 });
  await database.execute(
    `ALTER TABLE user_coupon ADD CONSTRAINT poison CHECK (user_id <> ${usersToSqlList(userIdOf(617))})`,
  );
  const apart = { kind: 'apart' };
  assert.deepEqual(await insert.writeMany({ parts: [...parts([1, 2]).slice(1), part(50, [1, 617])] }), apart);
  assert.deepEqual(await insert.writeMany({ parts: [...parts([1, 2]).slice(1), part(50, makeUsers(6))] }), apart);
  await assertAll(database, []);
  assert.deepEqual(await insert.writeMany({ parts: parts([1, 2]) }), WRITTEN);
  assert.deepEqual(await insert.writeMany({ parts: [...parts([3], 3).slice(1), part(50, [1])] }), apart, 'a duplicate');
  await assertAll(database, [1, 2]);
});

test('two connections that write the same coupons in opposite orders neither deadlock nor write twice', async (t) => {
  const { database, insert, other } = await setUp(t, { stock: 1000 });
  const writeAll = async (connection: InsertConnection, first: number, reverse: boolean) => {
    for (let round = 0; round < 10; round++) {
      let left = parts([first + round], first + round);
      if (reverse) left.reverse();
      while (left.length > 0) {
        const outcome = await connection.writeMany({ parts: left });
        if (outcome.kind !== 'written') throw new Error(JSON.stringify(outcome));
        left = left.filter((_, index) => outcome.states[index] === 'locked');
      }
    }
  };
  await Promise.all([writeAll(insert, 1, false), writeAll(other, 11, true)]);
  await assertAll(
    database,
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
});
