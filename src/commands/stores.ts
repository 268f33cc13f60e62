// How a command reaches Redis and MySQL: by REDIS_URL and MYSQL_URL, or those that the running server started itself.
import type { Redis } from 'ioredis';
import { baseUrl, reachableHost } from '../address.ts';
import type { Config } from '../config.ts';
import { readRuntime } from '../local/runtime-file.ts';
import { connectForCommands } from '../redis/connections.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { CommandFailure } from './action.ts';

export interface Stores {
  readonly redis: Redis;
  readonly database: Database;
}

/** Reading a chunk takes milliseconds; a server that needs longer is busy with something else. */
const REDIS_TIMEOUT_MS = 5000;
/** Counting the rows of a coupon with millions of them takes seconds. */
const MYSQL_TIMEOUT_MS = 60_000;
const GREETING_MS = 3000;
const CONNECTIONS = 4;

/** Connects, asks each store whether it is there, runs the work, and disconnects whatever happens. */
export async function withStores<T>(config: Config, work: (stores: Stores) => Promise<T>): Promise<T> {
  const runtime = readRuntime(config.dataDir);
  const redisUrl = config.redisUrl ?? runtime?.redisUrl ?? missing('Redis', 'REDIS_URL');
  const mysqlUrl = config.mysqlUrl ?? runtime?.mysqlUrl ?? missing('MySQL', 'MYSQL_URL');
  const redis = connectForCommands(redisUrl, 'command', REDIS_TIMEOUT_MS);
  const database = openDatabase(mysqlUrl, { connections: CONNECTIONS, timeoutMs: MYSQL_TIMEOUT_MS });
  try {
    let reason: unknown;
    redis.on('error', (error) => {
      reason = error;
    });
    await redis.ping().catch((error) => unreachable('Redis', redisUrl, reason ?? error, config.redisUrl === null));
    await greet(mysqlUrl).catch((error) => unreachable('MySQL', mysqlUrl, error, config.mysqlUrl === null));
    return await work({ redis, database });
  } finally {
    redis.disconnect();
    await database.close();
  }
}

/** A MySQL that hangs is known after a moment, whatever time its statements are given. */
async function greet(mysqlUrl: string): Promise<void> {
  const database = openDatabase(mysqlUrl, { connections: 1, timeoutMs: GREETING_MS });
  try {
    await database.query('SELECT 1');
  } finally {
    await database.close();
  }
}

/** Base of the issue API: of the running server, or where this configuration would start one. */
export function serverUrl(config: Config): string {
  const { host, port, tlsCertFile } = config;
  return readRuntime(config.dataDir)?.url ?? baseUrl({ host: reachableHost(host), port, tls: tlsCertFile !== null });
}

function missing(what: string, variable: string): never {
  throw new CommandFailure(`there is no ${what} to ask: start the server here with npm start, or set ${variable}`);
}

function unreachable(what: string, url: string, error: unknown, own: boolean): never {
  const reason = error instanceof Error ? error.message : String(error);
  const hint = own ? '. It is the one of npm start: does the server run?' : '';
  throw new CommandFailure(`${what} at ${new URL(url).host} can't be reached: ${reason}${hint}`);
}
