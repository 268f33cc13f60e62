// What the stores need before the first process uses them: the schema, and on an empty database the demo coupon if
// wanted.

import type { Redis } from 'ioredis';
import { describeUnsafe, readSettings, type SettingStores } from '../durability.ts';
import { OperationalError } from '../errors.ts';
import { readRedisClaim } from '../gate/installation.ts';
import { requireOwnRedis } from '../gate/ownership.ts';
import type { Logger } from '../log.ts';
import type { RedisCommandMetrics } from '../metrics/redis-commands.ts';
import { connectForCommands } from '../redis/connections.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { migrateSchema } from '../store/migrate-schema.ts';
import { ensureDemoCoupon } from './demo.ts';

export interface PrepareOptions {
  readonly strictDurability: boolean;
  readonly metrics: RedisCommandMetrics;
}

/**
 * @returns the claim of Redis, if MySQL confirms that it belongs to it; null if it is another's
 * @throws a sentence for the operator, if Redis or MySQL can't be reached, or strict durability is not given
 */
export async function prepareStores(
  stores: { redisUrl: string; mysqlUrl: string; mysqlMigrationUrl: string | null },
  log: Logger,
  { strictDurability, metrics, demo }: PrepareOptions & { readonly demo: boolean },
): Promise<string | null> {
  await migrateSchema(stores.mysqlUrl, stores.mysqlMigrationUrl, log);
  const database = openDatabase(stores.mysqlUrl, { connections: 1, timeoutMs: 10_000 });
  const redis = connectForCommands({ url: stores.redisUrl, metrics }, 'primary', 10_000);
  try {
    await checkSettings({ redis, database }, log, strictDurability);
    if (!(await isOwnRedis(redis, database, log))) return null;
    if (demo) await ensureDemoCoupon({ redis, database, log });
    return (await readRedisClaim(redis))?.claim ?? null;
  } finally {
    redis.disconnect();
    await database.close();
  }
}

/**
 * What the HTTP workers need to begin on a verified Redis while MySQL is unreachable.
 * @throws as prepareStores, for the settings of Redis
 */
export async function prepareRedisAlone(
  redisUrl: string,
  log: Logger,
  { strictDurability, metrics }: PrepareOptions,
): Promise<void> {
  const redis = connectForCommands({ url: redisUrl, metrics }, 'primary', 10_000);
  try {
    await checkSettings({ redis, database: null }, log, strictDurability);
  } finally {
    redis.disconnect();
  }
}

/**
 * Another's is not written to. The gate says so as well, for as long as it is so: the start goes on without deciding.
 */
async function isOwnRedis(redis: Redis, database: Database, log: Logger): Promise<boolean> {
  try {
    await requireOwnRedis(redis, database, log);
    return true;
  } catch (error) {
    if (error instanceof OperationalError && error.code === 'OTHER_INSTALLATION') return false;
    throw error;
  }
}

async function checkSettings(stores: SettingStores, log: Logger, strict: boolean): Promise<void> {
  const settings = await readSettings(stores);
  const unsafe = settings.filter(({ verdict }) => verdict === 'unsafe').map(describeUnsafe);
  const unknown = settings.filter(({ verdict }) => verdict === 'unknown').map(({ store, name }) => `${store} ${name}`);
  for (const sentence of unsafe) log.error(sentence);
  if (unknown.length > 0)
    log.warn({ settings: unknown }, 'settings that can not be read: see to it that they are safe');
  if (!strict || unsafe.length + unknown.length === 0) return;
  const reasons = [...unsafe, ...unknown.map((name) => `${name} can't be read`)];
  throw new Error(`STRICT_DURABILITY is set, and ${reasons.join('; ')}`);
}
