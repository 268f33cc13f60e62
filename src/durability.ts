// Whether Redis and MySQL are set up so that what couponrush promises holds. It reads settings, and changes none.
// A setting that can't be read (a managed Redis without CONFIG) is reported as unknown, never as safe.
import type { Redis } from 'ioredis';
import type { SettingMetrics } from './metrics/settings.ts';
import type { Statements } from './store/database.ts';
import { readDurabilitySettings } from './store/server-status.ts';
import type { ReadStores } from './stores.ts';

export interface SettingRule {
  readonly store: 'Redis' | 'MySQL';
  /** As the store calls it. */
  readonly name: string;
  readonly safe: string;
  /** What does not hold otherwise. */
  readonly promise: string;
}

export interface CheckedSetting extends SettingRule {
  /** Null: it can't be read. */
  readonly value: string | null;
  readonly verdict: 'safe' | 'unsafe' | 'unknown';
}

const redisRules: readonly SettingRule[] = [
  {
    store: 'Redis',
    name: 'maxmemory-policy',
    safe: 'noeviction',
    promise: 'a full Redis may drop holders, so a coupon may be issued beyond its stock (I1)',
  },
  {
    store: 'Redis',
    name: 'appendonly',
    safe: 'yes',
    promise: 'a restart of Redis loses what it granted and MySQL does not have yet (I3)',
  },
  {
    store: 'Redis',
    name: 'appendfsync',
    safe: 'always',
    promise: 'a power loss may lose the grants of the last second or two (I3)',
  },
  {
    store: 'Redis',
    name: 'no-appendfsync-on-rewrite',
    safe: 'no',
    promise: 'a power loss while the append-only file is rewritten may lose grants (I3)',
  },
];

const flushRule: SettingRule = {
  store: 'MySQL',
  name: 'innodb_flush_log_at_trx_commit',
  safe: '1',
  promise: 'a power loss may lose rows that were taken out of the outbox (I3)',
};
/** Asked only if there is a binary log. */
const binlogRule: SettingRule = {
  store: 'MySQL',
  name: 'sync_binlog',
  safe: '1',
  promise: 'a power loss may lose rows on replicas and in restored backups (I3)',
};

/** Those of MySQL are left out if it is unreachable. */
export interface SettingStores extends Pick<ReadStores, 'redis'> {
  readonly database: ReadStores['database'] | null;
}

/** @throws the connections' errors */
export async function readSettings({ redis, database }: SettingStores): Promise<CheckedSetting[]> {
  const [ofRedis, ofMysql] = await Promise.all([readRedisSettings(redis), database ? readMysqlSettings(database) : []]);
  return [...ofRedis, ...ofMysql];
}

/** For the metrics: the same name for both stores. */
export function publishSettings(metrics: SettingMetrics, settings: readonly CheckedSetting[]): void {
  const known = settings.filter(({ verdict }) => verdict !== 'unknown');
  metrics.showSettings(new Map(known.map(({ name, verdict }) => [name.replaceAll('-', '_'), verdict === 'unsafe'])));
}

export function describeUnsafe({ store, name, value, safe, promise }: CheckedSetting): string {
  return `${store} has ${name} = ${value} instead of ${safe}: ${promise}`;
}

/** One line for /readyz. */
export function summarizeSettings(settings: readonly CheckedSetting[]): string {
  const unsafe = settings.filter(({ verdict }) => verdict === 'unsafe');
  const unknown = settings.filter(({ verdict }) => verdict === 'unknown');
  if (unsafe.length > 0) return `unsafe: ${unsafe.map(({ name, value }) => `${name}=${value}`).join(' ')}`;
  return unknown.length > 0 ? `unknown: ${unknown.map(({ name }) => name).join(' ')}` : 'safe';
}

/** @throws the connection's errors; a setting that can't be read is unknown */
export async function readRedisSettings(redis: Redis): Promise<CheckedSetting[]> {
  const values = new Map<string, string>();
  try {
    const reply = (await redis.config('GET', ...(redisRules.map(({ name }) => name) as [string]))) as
      | string[]
      | Record<string, string>;
    if (!Array.isArray(reply)) for (const [name, value] of Object.entries(reply)) values.set(name, value);
    else for (let at = 0; at + 1 < reply.length; at += 2) values.set(reply[at] as string, reply[at + 1] as string);
  } catch (error) {
    // Refused by an access list, or renamed by a provider. Anything else is the connection's trouble.
    if (!/^(ERR|NOPERM)/.test((error as Error).message)) throw error;
  }
  return redisRules.map((rule) => judge(rule, values.get(rule.name)));
}

/** @throws the connection's errors */
export async function readMysqlSettings(database: Pick<Statements, 'query'>): Promise<CheckedSetting[]> {
  const settings = await readDurabilitySettings(database);
  const checked = [judge(flushRule, settings && String(settings.flush))];
  if (settings?.binlog) checked.push(judge(binlogRule, String(settings.syncBinlog)));
  return checked;
}

function judge(rule: SettingRule, value: string | undefined): CheckedSetting {
  if (value === undefined) return { ...rule, value: null, verdict: 'unknown' };
  return { ...rule, value, verdict: value === rule.safe ? 'safe' : 'unsafe' };
}
