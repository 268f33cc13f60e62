// How a command reaches Redis and MySQL: by REDIS_URL and MYSQL_URL, or those that the running server started itself.
import { issueUrl } from '../address.ts';
import type { Config } from '../config.ts';
import { requireOwnRedis } from '../gate/ownership.ts';
import { readRuntime } from '../local/runtime-file.ts';
import { createLogger } from '../log.ts';
import { metricsUrlOf } from '../overview/own-metrics.ts';
import { checkRedis } from '../redis/check.ts';
import { connectForCommands } from '../redis/connections.ts';
import { checkMysql } from '../store/check.ts';
import { openDatabase } from '../store/database.ts';
import type { Stores } from '../stores.ts';
import { UnusableStore } from '../unusable-store.ts';
import { CommandFailure, EXIT_USAGE } from './action.ts';

/** Reading a chunk takes milliseconds; a server that needs longer is busy with something else. */
const REDIS_TIMEOUT_MS = 5000;
/** Counting the rows of a coupon with millions of them takes seconds. */
const MYSQL_TIMEOUT_MS = 60_000;
const CONNECTIONS = 4;

/**
 * Connects, asks each store whether it is there and whether they belong to each other, and runs the work. Disconnects
 * in every case.
 */
export function withStores<T>(
  config: Config,
  work: (stores: Pick<Stores, 'redis' | 'database'>) => Promise<T>,
): Promise<T> {
  return withAnyStores(config, async (stores) => {
    await requireOwnRedis(stores.redis, stores.database, createLogger('command', 'silent'));
    return work(stores);
  });
}

/** The same, also if Redis belongs to another installation. */
export async function withAnyStores<T>(
  config: Config,
  work: (stores: Pick<Stores, 'redis' | 'database'>) => Promise<T>,
): Promise<T> {
  refuseRemote(config);
  const { redisUrl, mysqlUrl } = storeUrls(config);
  await checkRedis(redisUrl, { by: 'command' }).catch((error) => explain(error, config.redisUrl === null));
  await checkMysql(mysqlUrl, { connections: CONNECTIONS, access: 'read' }).catch((error) =>
    explain(error, config.mysqlUrl === null),
  );
  const redis = connectForCommands(redisUrl, 'command', REDIS_TIMEOUT_MS);
  const database = openDatabase(mysqlUrl, { connections: CONNECTIONS, timeoutMs: MYSQL_TIMEOUT_MS });
  try {
    return await work({ redis, database });
  } finally {
    redis.disconnect();
    await database.close();
  }
}

/** @throws CommandFailure if one of them is not known */
export function storeUrls(config: Config): { redisUrl: string; mysqlUrl: string } {
  const runtime = readRuntime(config.dataDir);
  return {
    redisUrl: config.redisUrl ?? runtime?.redisUrl ?? missing('Redis', 'REDIS_URL'),
    mysqlUrl: config.mysqlUrl ?? runtime?.mysqlUrl ?? missing('MySQL', 'MYSQL_URL'),
  };
}

/** For what no admin API can do. @throws CommandFailure if COUPONRUSH_ADMIN_URL is set */
export function refuseRemote({ adminUrl }: Config): void {
  if (adminUrl === null) return;
  throw new CommandFailure(
    'this command asks Redis and MySQL themselves, so it does ' +
      'not work with COUPONRUSH_ADMIN_URL: run it beside the server',
    EXIT_USAGE,
  );
}

/** Base of the issue API: of the running server, or where this configuration would start one. */
export function serverUrl(config: Config): string {
  return readRuntime(config.dataDir)?.url ?? issueUrl(config);
}

/** Where the running server of this folder publishes its counters, else one with this configuration; null: nowhere. */
export function metricsUrl(config: Config): string | null {
  const running = readRuntime(config.dataDir)?.metricsUrl;
  return running === undefined ? metricsUrlOf(config) : running;
}

function missing(what: string, variable: string): never {
  throw new CommandFailure(`there is no ${what} to ask: start the server here with npm start, or set ${variable}`);
}

/** @param embedded a store that npm start runs itself */
function explain(error: Error, embedded: boolean): never {
  if (!(error instanceof UnusableStore)) throw error;
  const hint = embedded && error.curable ? '. It belongs to npm start: is the server running?' : '';
  throw new CommandFailure(`${error.message}${hint}`);
}
