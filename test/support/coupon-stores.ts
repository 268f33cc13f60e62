// A coupon in real servers, as tests of loading and rebuilding need it: what is in Redis, what is in MySQL, and one
// decision batch by the real script.

import type { Redis } from 'ioredis';
import { type CouponOrder, createCoupon } from '../../src/coupons/create.ts';
import { createLogger, type Logger } from '../../src/log.ts';
import { connectForCommands } from '../../src/redis/connections.ts';
import { CONSUMER_GROUP, couponKeys, VERIFIED_RUN_ID } from '../../src/redis/keys.ts';
import { runScript } from '../../src/redis/scripts.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import type { Stores } from '../../src/stores.ts';
import { type UserKey, userKey, usersToSqlList } from '../../src/user-id.ts';
import { freshDatabase, type Scope, startRedis, type TestRedis } from './servers.ts';
import { numberOf, userIdOf, userOf } from './user-ids.ts';

export const silent: Logger = createLogger('test', process.env.TEST_LOG ?? 'silent');

const STATEMENT_MS = 5000;

export interface CouponStores extends Stores {
  readonly server: TestRedis;
  readonly mysqlUrl: string;
}

export async function openStores(t: Scope): Promise<CouponStores> {
  const [server, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  return migratedStores(t, server, mysqlUrl);
}

/** Of servers that the test has started: with our schema, and connections of the test. */
export async function migratedStores(t: Scope, server: TestRedis, mysqlUrl: string): Promise<CouponStores> {
  await migrate(mysqlUrl, silent);
  return { server, mysqlUrl, ...connectStores(t, server.url, mysqlUrl) };
}

/** Connections of the test, for as long as it runs. */
export function connectStores(t: Scope, redisUrl: string, mysqlUrl: string): Stores {
  const redis = connectForCommands(redisUrl, 'test', STATEMENT_MS);
  t.after(async () => redis.disconnect());
  return { redis, database: connectDatabase(t, mysqlUrl), log: silent };
}

export function connectDatabase(t: Scope, mysqlUrl: string): Database {
  const database = openDatabase(mysqlUrl, { connections: 4, timeoutMs: STATEMENT_MS });
  t.after(() => database.close());
  return database;
}

export function newCoupon(database: Database, totalStock: number, more: Partial<CouponOrder> = {}): Promise<number> {
  return createCoupon(database, { name: 'test', totalStock, discountType: 'FIXED', discountAmount: 100, ...more });
}

/** Moves the window of a coupon, as time does: what is over now was not when it was made. */
export async function moveWindow(
  database: Database,
  couponId: number,
  {
    opensAt = null,
    closesAt = null,
    expiredAt = null,
  }: Partial<Record<'opensAt' | 'closesAt' | 'expiredAt', Date | null>>,
): Promise<void> {
  await database.execute('UPDATE coupon SET opens_at = ?, closes_at = ?, expired_at = ? WHERE id = ?', [
    opensAt,
    closesAt,
    expiredAt,
    couponId,
  ]);
}

/** Rows as the persister writes them: users first..last with sequences first.. (or from `sequence`). */
export async function insertRows(
  database: Database,
  couponId: number,
  users: readonly (number | string)[],
  sequence = 1,
): Promise<void> {
  const PAGE = 5000;
  for (let start = 0; start < users.length; start += PAGE) {
    const values = users
      .slice(start, start + PAGE)
      .map(
        (user, index) =>
          `(${couponId},${usersToSqlList(userIdOf(user))},${sequence + start + index},` +
          "'test','FIXED',100,NOW(3),NOW(3))",
      );
    await database.execute(
      `INSERT INTO user_coupon (coupon_id,user_id,sequence,name,discount_type,discount_amount,issued_at,persisted_at)
       VALUES ${values.join(',')}`,
    );
  }
  await database.execute('UPDATE coupon SET stock = stock - ? WHERE id = ?', [users.length, couponId]);
}

let batchId = 0;

/** One decision batch by lua/issue.lua. @returns its status, and one code for each user (empty if not decided) */
export async function decide(
  redis: Redis,
  couponId: number,
  users: readonly (number | string)[],
): Promise<[string, string]> {
  const { stock, holders, meta, outbox, idempotencyKeys, revoked } = couponKeys(couponId);
  batchId += 1;
  const reply = (await runScript(
    redis,
    'issue',
    [stock, holders, meta, outbox, `coupon:${couponId}:memo:test`, idempotencyKeys, revoked],
    [batchId, Number.MAX_SAFE_INTEGER, 1_000_000, 0, users.map(userOf).join(',')],
  )) as [string, number, number, number, number, number, string];
  return [reply[0], reply[6] ?? ''];
}

/** The persister's work for all that is in the outbox now: rows, then acknowledgement. */
export async function persistOutbox({ redis, database }: Stores, couponId: number, entriesMax = 1000): Promise<void> {
  const { outbox } = couponKeys(couponId);
  for (const [id, fields] of await redis.xrange(outbox, '-', '+', 'COUNT', entriesMax)) {
    const users = (fields[5] as string).split(',');
    await insertRows(database, couponId, users, Number(fields[1]));
    await runScript(redis, 'acknowledge', [outbox], [CONSUMER_GROUP, 1, id]);
  }
}

export async function isVerified(redis: Redis): Promise<boolean> {
  const runId = /^run_id:(\w+)/m.exec(await redis.info('server'))?.[1];
  return (await redis.get(VERIFIED_RUN_ID)) === runId;
}

export function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Numbers of the holders in Redis, in rising order; pseudonyms are the last ones. */
export async function holdersOf(redis: Redis, couponId: number): Promise<UserKey[]> {
  const holders = (await redis.smembers(couponKeys(couponId).holders)).map((user) => numberOf(userKey(user)));
  return holders.sort((a, b) => (typeof a === typeof b ? (a < b ? -1 : 1) : typeof a === 'number' ? -1 : 1));
}
