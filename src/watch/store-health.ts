// Redis and MySQL as servers: do they answer, how many clients do they have, what do their clocks say?
import type { Redis } from 'ioredis';
import type { StoreMetrics } from '../metrics/stores.ts';
import { WRITE_MARK_SECTIONS, writeMarkOf } from '../redis/write-mark.ts';
import type { Statements } from '../store/database.ts';
import { readConnectionCount, readServerStatus } from '../store/server-status.ts';
import { isWriter } from '../store/writer.ts';

/** The time of a store, as the midpoint of the question: wrong by half its duration at most. */
function skewMs(storeMs: number, askedMs: number, answeredMs: number): number {
  return storeMs - (askedMs + answeredMs) / 2;
}

function infoNumber(info: string, name: string): number | null {
  const text = new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1];
  return text === undefined ? null : Number(text);
}

const away = { up: false, clients: null, clientsLimit: null, skewMs: null } as const;

export interface RedisLook {
  /** What its clock says. */
  readonly redisMs: number;
  /** Of its last write; null if it does not report it. */
  readonly mark: string | null;
}

/** By one command. @returns null while Redis is unreachable */
export async function lookAtRedis(redis: Redis, metrics: StoreMetrics): Promise<RedisLook | null> {
  try {
    const askedMs = Date.now();
    const info = await redis.info(...WRITE_MARK_SECTIONS, 'clients', 'memory');
    const redisMs = (infoNumber(info, 'server_time_usec') ?? 0) / 1000;
    metrics.showStore('redis', {
      up: true,
      clients: infoNumber(info, 'connected_clients'),
      clientsLimit: infoNumber(info, 'maxclients'),
      skewMs: skewMs(redisMs, askedMs, Date.now()),
    });
    metrics.showRedisMemory({
      usedBytes: infoNumber(info, 'used_memory') ?? 0,
      limitBytes: infoNumber(info, 'maxmemory') ?? 0,
    });
    return { redisMs, mark: writeMarkOf(info) };
  } catch {
    metrics.showStore('redis', away);
    return null;
  }
}

/** @returns whether MySQL answers */
export async function lookAtMysql(database: Pick<Statements, 'query'>, metrics: StoreMetrics): Promise<boolean> {
  try {
    const askedMs = Date.now();
    const server = await readServerStatus(database);
    const answeredMs = Date.now();
    const clients = await readConnectionCount(database);
    metrics.showStore('mysql', {
      // A replica answers as well as a writer does, and no row gets into it.
      up: await isWriter(database),
      clients,
      clientsLimit: server?.connectionsMax ?? null,
      skewMs: server ? skewMs(server.now.getTime(), askedMs, answeredMs) : null,
    });
    return true;
  } catch {
    metrics.showStore('mysql', away);
    return false;
  }
}
