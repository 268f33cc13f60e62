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
import { freshDatabase, startRedis } from '../../support/servers.ts';

const BAD_ROWS = 2021;
const SETTLED_WITHIN_MS = 5000;

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

async function settle(t: TestContext, { stock, users, letters, spoil }: Case): Promise<void> {
  const server = await startRedis(t, { settings: { appendfsync: 'no' } });
  const mysqlUrl = await freshDatabase(t);
  const database = await openMigrated(t, mysqlUrl);
  const redis = connectRedis(t, server.url);
  await createCoupon(database, 1, stock);
  await spoil?.(database);
  const persister = startPersister(t, persisterConfig(server.url, mysqlUrl));
  const startedMs = performance.now();
  await grant(redis, { couponId: 1, users: makeUsers(users) });
  await waitForEmptyOutbox(redis, 1, 60_000);
  const settledMs = Math.round(performance.now() - startedMs);
  t.diagnostic(`${letters} of ${users} rows became dead letters, the others rows, in ${settledMs} ms`);
  assert.equal(await redis.xlen(couponKeys(1).dead), letters);
  const [written] = await database.query<{ n: number }>('SELECT COUNT(*) AS n FROM user_coupon');
  assert.equal(written?.n, users - letters);
  const [coupon] = await database.query<{ left: number }>('SELECT stock AS `left` FROM coupon');
  assert.equal(coupon?.left, stock - (users - letters), 'the stock is lowered once for each row');
  const attempts = new Set((await listDeadLetters(redis, 1)).map((letter) => letter.attempts));
  assert.deepEqual(attempts, new Set([3]));
  assert.equal(persister.status().deadLetters, letters);
  assert.ok(settledMs < SETTLED_WITHIN_MS, `${settledMs} ms`);
}

for (const [name, each] of Object.entries(cases)) {
  test(`${BAD_ROWS} bad rows, ${name}, are settled within 5 s`, (t) => settle(t, each));
}
