// The two stores as servers: what they are, whether they answer, what they hold, and which of their settings break a
// promise.
// Promise: an answer within 3 s, whichever store is silent; what only that one knows is null then.
import type { Redis } from 'ioredis';
import { attempt } from '../coupons/store-attempt.ts';
import { type CheckedSetting, readMysqlSettings, readRedisSettings } from '../durability.ts';
import { readConnectionCount, readServerStatus, readServerVersion } from '../store/server-status.ts';
import { isWriter } from '../store/writer.ts';
import type { ReadStores } from '../stores.ts';

export interface StoreFigures {
  readonly version: string | null;
  readonly clients: number | null;
  /** How many it takes. */
  readonly clientsLimit: number | null;
  /** By how much its clock is ahead of this machine's, in ms: within half the time of the question. */
  readonly skewMs: number;
}

export interface RedisFigures extends StoreFigures {
  readonly memoryBytes: number;
  /** 0: no bound but the machine's. */
  readonly memoryLimitBytes: number;
  readonly upSeconds: number;
}

export interface MysqlFigures extends StoreFigures {
  /** false: a replica, or a writer before or after a failover. */
  readonly writable: boolean;
}

export interface System {
  /** null: it does not answer. */
  readonly redis: RedisFigures | null;
  readonly mysql: MysqlFigures | null;
  /** Those of a store that does not answer are left out. */
  readonly promises: readonly CheckedSetting[];
}

const WITHIN_MS = 2000;

export async function readSystem({ redis, database }: ReadStores): Promise<System> {
  const [ofRedis, ofMysql, redisSettings, mysqlSettings] = await Promise.all([
    attempt(readRedis(redis), WITHIN_MS),
    attempt(readMysql(database), WITHIN_MS),
    attempt(readRedisSettings(redis), WITHIN_MS),
    attempt(readMysqlSettings(database), WITHIN_MS),
  ]);
  return {
    redis: ofRedis ?? null,
    mysql: ofMysql ?? null,
    promises: [...(redisSettings ?? []), ...(mysqlSettings ?? [])],
  };
}

async function readRedis(redis: Redis): Promise<RedisFigures> {
  const askedMs = Date.now();
  const info = await redis.info('server', 'clients', 'memory');
  const number = (name: string) => Number(field(info, name) ?? 0);
  return {
    version: field(info, 'redis_version'),
    clients: number('connected_clients'),
    clientsLimit: number('maxclients') || null,
    skewMs: Math.round(number('server_time_usec') / 1000 - (askedMs + Date.now()) / 2),
    memoryBytes: number('used_memory'),
    memoryLimitBytes: number('maxmemory'),
    upSeconds: number('uptime_in_seconds'),
  };
}

function field(info: string, name: string): string | null {
  return new RegExp(`^${name}:([^\\r\\n]+)`, 'm').exec(info)?.[1] ?? null;
}

async function readMysql(database: ReadStores['database']): Promise<MysqlFigures> {
  const askedMs = Date.now();
  const status = await readServerStatus(database);
  const midMs = (askedMs + Date.now()) / 2;
  const [version, clients, writable] = await Promise.all([
    readServerVersion(database),
    readConnectionCount(database),
    isWriter(database),
  ]);
  return {
    version,
    clients,
    clientsLimit: status?.connectionsMax ?? null,
    skewMs: status ? Math.round(status.now.getTime() - midMs) : 0,
    writable,
  };
}
