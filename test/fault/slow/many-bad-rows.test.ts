// Thousands of rows that MySQL refuses at once. What they cost is counted in MySQL: the time depends on the machine.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { listDeadLetters } from '../../../src/outbox/dead-letters.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import type { Database } from '../../../src/store/database.ts';
import {
  connectRedis,
  createCoupon,
  grant,
  makeUsers,
  openMigrated,
  persisterConfig,
  startPersister,
  waitForEmptyOutbox,
} from '../../support/handover.ts';
import { startMysql, startRedis } from '../../support/servers.ts';

const BAD_ROWS = 2021;
/**
 * SINGLY_ROWS_MAX are 64. Transactions that find out which half is bad come on top, and those that were cut short
 * because MySQL is slow. With a transaction for each row it would be one.
 */
const ROWS_OF_A_TRANSACTION_MIN = 10;

interface Case {
  readonly stock: number;
  readonly users: number;
  readonly letters: number;
  /** What makes MySQL refuse rows. */
  readonly spoil?: (database: Database) => Promise<unknown>;
}

const signalFor = (condition: string) =>
  `CREATE TRIGGER refuse BEFORE INSERT ON user_coupon FOR EACH ROW
     IF ${condition} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused by the owner'; END IF`;

const cases: Readonly<Record<string, Case>> = {
  'each refused by a constraint': {
    stock: BAD_ROWS,
    users: BAD_ROWS,
    letters: BAD_ROWS,
    spoil: (database) => database.execute('ALTER TABLE user_coupon ADD CONSTRAINT poison CHECK (user_id < 0)'),
  },
  'every second row refused by a trigger': {
    stock: 2 * BAD_ROWS,
    users: 2 * BAD_ROWS,
    letters: BAD_ROWS,
    spoil: (database) => database.execute(signalFor('NEW.sequence % 2 = 1')),
  },
  'all beyond the stock': { stock: 1000, users: 1000 + BAD_ROWS, letters: BAD_ROWS },
};

/** What the server has been asked so far: a savepoint stands for the try of a row by itself. */
async function readCounts(database: Database): Promise<{ tries: number; transactions: number }> {
  const rows = await database.query<{ Variable_name: string; Value: string }>(
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_savepoint', 'Com_begin')",
  );
  const counts = new Map(rows.map(({ Variable_name: name, Value: value }) => [name, Number(value)]));
  return { tries: counts.get('Com_savepoint') as number, transactions: counts.get('Com_begin') as number };
}

async function settle(t: TestContext, { stock, users, letters, spoil }: Case): Promise<void> {
  const server = await startRedis(t, { settings: { appendfsync: 'no' } });
  // Of its own: what other tests ask must not count.
  const { mysqlUrl } = await startMysql(t);
  const database = await openMigrated(t, mysqlUrl);
  const redis = connectRedis(t, server.url);
  await createCoupon(database, 1, stock);
  await spoil?.(database);
  const persister = startPersister(t, persisterConfig(server.url, mysqlUrl));
  const before = await readCounts(database);
  const startedMs = performance.now();
  await grant(redis, { couponId: 1, users: makeUsers(users) });
  await waitForEmptyOutbox(redis, 1, 60_000);
  const settledMs = Math.round(performance.now() - startedMs);
  const after = await readCounts(database);
  const tries = after.tries - before.tries;
  const transactions = after.transactions - before.transactions;
  t.diagnostic(`${tries} tries of a row by itself in ${transactions} transactions`);
  t.diagnostic(`${letters} of ${users} rows became dead letters, the others rows, in ${settledMs} ms`);
  assert.equal(await redis.xlen(couponKeys(1).dead), letters);
  const [written] = await database.query<{ n: number }>('SELECT COUNT(*) AS n FROM user_coupon');
  assert.equal(written?.n, users - letters);
  const [coupon] = await database.query<{ left: number }>('SELECT stock AS `left` FROM coupon');
  assert.equal(coupon?.left, stock - (users - letters), 'the stock is lowered once for each row');
  const attempts = new Set((await listDeadLetters(redis, 1)).map((letter) => letter.attempts));
  assert.deepEqual(attempts, new Set([3]));
  assert.equal(persister.status().deadLetters, letters);
  // A bad row three times; a good one once at most, beside bad ones.
  const triesMax = 3 * letters + (users - letters);
  assert.ok(tries >= 3 * letters && tries <= triesMax, `${tries} tries of ${triesMax}`);
  assert.ok(tries / transactions >= ROWS_OF_A_TRANSACTION_MIN, `${tries} tries in ${transactions} transactions`);
}

for (const [name, each] of Object.entries(cases)) {
  test(`${BAD_ROWS} bad rows, ${name}, are tried three times each, many in a transaction`, (t) => settle(t, each));
}
