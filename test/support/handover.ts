// What the tests of the hand-over share: a coupon in MySQL, grants in Redis as the decision script writes them, and the
// comparison of both at the end.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { Redis } from 'ioredis';
import { type Config, loadConfig } from '../../src/config.ts';
import { createLogger } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { createPersister, type Persister } from '../../src/outbox/persister.ts';
import { CHANGES_CHANNEL, CONSUMER_GROUP, couponKeys, LOADED_COUPONS } from '../../src/redis/keys.ts';
import { defineScripts } from '../../src/redis/scripts.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import type { UserKey } from '../../src/user-id.ts';
import { userOf } from './user-ids.ts';
import { waitFor } from './wait.ts';

export const log = createLogger('test', process.env.TEST_LOG_LEVEL ?? 'silent');

/** A migrated schema and a connection to it. */
export async function openMigrated(t: TestContext, mysqlUrl: string): Promise<Database> {
  await migrate(mysqlUrl, log);
  const database = openDatabase(mysqlUrl, { connections: 4, timeoutMs: 10_000 });
  t.after(() => database.close());
  return database;
}

export async function createCoupon(database: Database, couponId: number, stock: number): Promise<void> {
  await database.execute(
    `INSERT INTO coupon (id, name, total_stock, stock, discount_type, discount_amount, expired_at, state, created_at)
     VALUES (?, ?, ?, ?, 'FIXED', 1000, '2030-01-31 23:59:59.999', 'OPEN', UTC_TIMESTAMP(3))`,
    [couponId, `Coupon '${couponId}'`, stock, stock],
  );
}

export function connectRedis(t: TestContext, url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => 50 });
  redis.on('error', () => {});
  defineScripts(redis);
  t.after(() => redis.disconnect());
  return redis;
}

export interface Grant {
  readonly couponId: number;
  readonly users: readonly number[];
  readonly firstSequence?: number;
  readonly entryRows?: number;
}

/**
 * Grants as lua/issue.lua leaves them: holders, and outbox entries. A new coupon is listed and announced, as by its
 * load.
 */
export async function grant(
  redis: Redis,
  { couponId, users, firstSequence = 1, entryRows = 100 }: Grant,
): Promise<void> {
  const keys = couponKeys(couponId);
  for (let start = 0; start < users.length; start += entryRows) {
    const some = users.slice(start, start + entryRows).map(userOf);
    const fields = ['s', firstSequence + start, 't', Date.now(), 'u', some.join(',')];
    await redis
      .multi()
      .sadd(keys.holders, ...some)
      .xadd(keys.outbox, '*', ...fields)
      .exec();
  }
  if ((await redis.sadd(LOADED_COUPONS, couponId)) === 1) await redis.publish(CHANGES_CHANNEL, String(couponId));
}

/** Distinct user ids in an order that is not that of their numbers, and the same in each run. */
export function makeUsers(count: number, firstUser = 1): number[] {
  const users = Array.from({ length: count }, (_, index) => firstUser + index);
  let seed = 42;
  for (let index = count - 1; index > 0; index--) {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    const other = seed % (index + 1);
    [users[index], users[other]] = [users[other] as number, users[index] as number];
  }
  return users;
}

export function persisterConfig(redisUrl: string, mysqlUrl: string, settings: Record<string, string> = {}): Config {
  return loadConfig({ REDIS_URL: redisUrl, MYSQL_URL: mysqlUrl, COUPONRUSH_PERSISTER_NAME: 'first', ...settings });
}

export interface Started extends Persister {
  /** Stops at once, with what is in hand left pending. */
  halt(): Promise<void>;
}

/** Does not wait until it consumes: Redis may be unreachable. */
export function startPersister(t: TestContext, config: Config, metrics = createMetrics()): Started {
  const persister = createPersister(config, log, metrics);
  let stopped: Promise<void> | undefined;
  const stop = (drainMs?: number): Promise<void> => {
    stopped ??= persister.stop(drainMs);
    return stopped;
  };
  t.after(() => stop(0));
  void persister.start();
  return { ...persister, stop, halt: () => stop(0) };
}

export async function waitForEmptyOutbox(redis: Redis, couponId: number, withinMs = 10_000): Promise<void> {
  const { outbox } = couponKeys(couponId);
  await waitFor(`the outbox of coupon ${couponId} is empty`, async () => (await redis.xlen(outbox)) === 0, {
    withinMs,
  });
}

/** All of coupon 1 is read and not acknowledged. */
export function waitForEntriesInHand(redis: Redis, entries: number): Promise<unknown> {
  const inHand = async () => ((await redis.xpending(couponKeys(1).outbox, CONSUMER_GROUP)) as [number])[0];
  return waitFor('it has all entries in hand', async () => (await inHand()) === entries);
}

export interface Expected {
  readonly couponId: number;
  readonly users: readonly number[];
  readonly firstSequence?: number;
}

/** Exactly these rows, each with its sequence, and the stock lowered by exactly their number. */
export async function assertRows(database: Database, { couponId, users, firstSequence = 1 }: Expected): Promise<void> {
  const rows = await database.query<{ userId: UserKey; sequence: number }>(
    'SELECT user_id AS userId, sequence FROM user_coupon WHERE coupon_id = ? ORDER BY sequence',
    [couponId],
  );
  assert.deepEqual(
    rows.map((row) => [row.sequence, row.userId]),
    users.map((user, index) => [firstSequence + index, userOf(user)]),
  );
  const [coupon] = await database.query<{ taken: number }>(
    'SELECT total_stock - stock AS taken FROM coupon WHERE id = ?',
    [couponId],
  );
  assert.equal(coupon?.taken, users.length, 'the stock is lowered once for each row');
}

/** The Redis connection's clients that carry our name: to cut them off. */
export async function killConnections(redis: Redis, name: string): Promise<number> {
  const clients = String(await redis.call('CLIENT', 'LIST')).split('\n');
  let killed = 0;
  for (const client of clients) {
    const id = /^id=(\d+) .* name=(\S*)/.exec(client);
    if (!id?.[2]?.startsWith(name)) continue;
    await redis.call('CLIENT', 'KILL', 'ID', id[1] as string);
    killed++;
  }
  return killed;
}

/** Another transaction holds the coupon's row, so that no batch can commit. @returns what lets it go */
export async function holdCoupon(t: TestContext, database: Database) {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  t.after(async () => release());
  let locked = (): void => {};
  const isLocked = new Promise<void>((resolve) => {
    locked = resolve;
  });
  const transaction = database.transaction(async (tx) => {
    await tx.query('SELECT id FROM coupon WHERE id = 1 FOR UPDATE');
    locked();
    await held;
  });
  await isLocked;
  return async (): Promise<void> => {
    release();
    await transaction;
  };
}
