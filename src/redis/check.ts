// Whether a Redis can be used, asked once before anything relies on it: it answers, it lets us in, it is one that
// couponrush runs on, and the user may do what couponrush does. Changes nothing in it.
import { Redis } from 'ioredis';
import { describeConnectionFailure, speaksNoTls, speaksTls } from '../connection-failures.ts';
import { answersPlain, answersTls } from '../tls-probe.ts';
import { type StoreAddress, type Trouble, UnusableStore, userOf } from '../unusable-store.ts';
import { appChannels, appCommands, appKeys } from './acl.ts';
import { partsOf, type RedisServer, tlsOf } from './connections.ts';
import { INSTALLATION, VERIFIED_RUN_ID } from './keys.ts';
import { describeMissingRights, describeRefusal } from './refusals.ts';
import { defineScripts, runScript } from './scripts.ts';

export interface CheckedRedis {
  readonly version: string;
  /** The persister of some node has compared this Redis process with MySQL: HTTP workers may decide on it. */
  readonly verified: boolean;
  /** Of the installation that this Redis belongs to; null: of none. */
  readonly claim: string | null;
}

/** `server`: it decides and writes there, by so many connections. `command`: it may read only, also from a replica. */
export type RedisUse = { readonly by: 'server'; readonly connections: number } | { readonly by: 'command' };

const OLDEST_MAJOR = 7;
const ANSWER_WITHIN_MS = 3000;
/** Forbidden, it is only not known whether Redis is durable: src/durability.ts says so. */
const OPTIONAL_COMMANDS = ['config|get'];
const CHANNEL_COMMANDS = ['publish', 'subscribe'];

/** @throws UnusableStore */
export async function checkRedis(server: RedisServer, use: RedisUse): Promise<CheckedRedis> {
  const { url } = partsOf(server);
  const address: StoreAddress = { store: 'Redis', variable: 'REDIS_URL', url };
  const asked: { version: string | null } = { version: null };
  let redis: Redis | undefined;
  let broken: unknown;
  try {
    redis = connectBare(server);
    redis.on('error', (error) => {
      broken ??= error;
    });
    return await ask(redis, address, use, asked);
  } catch (error) {
    if (error instanceof UnusableStore) throw error;
    throw new UnusableStore(address, asked.version, await explain(address, broken ?? error), error);
  } finally {
    redis?.disconnect();
  }
}

/**
 * Says nothing of its own accord (no AUTH, INFO or HELLO), so that each refusal is the answer to one question of ours.
 */
function connectBare(server: RedisServer): Redis {
  const { url, metrics } = partsOf(server);
  const redis = new Redis({
    ...endpointOf(url),
    ...tlsOf(url),
    protocol: 2,
    lazyConnect: true,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: ANSWER_WITHIN_MS,
    commandTimeout: ANSWER_WITHIN_MS,
  });
  defineScripts(redis, metrics);
  return redis;
}

function endpointOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(port || 6379) };
}

type Asked = { version: string | null };

async function ask(redis: Redis, address: StoreAddress, use: RedisUse, asked: Asked): Promise<CheckedRedis> {
  await redis.connect();
  await authenticate(redis, address.url);
  // INFO is answered while Redis reads its data; PING is not.
  await redis.ping();
  const refuse = (reason: string, curable = false): never => {
    throw new UnusableStore(address, asked.version, { reason, curable });
  };
  const server = await readInfo(redis, 'server');
  asked.version = server.get('redis_version') ?? null;
  const { version } = asked;
  if (server.get('redis_mode') === 'sentinel')
    refuse('is a Sentinel: put the address of the Redis itself into REDIS_URL');
  if (version === null || !server.has('run_id')) {
    return refuse('does not tell its version and run_id in INFO, by which couponrush knows a Redis that was restarted');
  }
  if (Number.parseInt(version, 10) < OLDEST_MAJOR)
    refuse(`is too old: couponrush needs Redis ${OLDEST_MAJOR}.0 or later`);
  if (server.get('redis_mode') === 'cluster' || (await readInfo(redis, 'cluster')).get('cluster_enabled') === '1') {
    refuse('is a node of a Redis Cluster, which couponrush does not support: use a Redis with cluster mode off');
  }
  if (use.by === 'server') await checkForServer(redis, address, use.connections, asked);
  const verified = await redis.get(VERIFIED_RUN_ID);
  const claim = await redis.hget(INSTALLATION, 'claim');
  return { version, verified: verified !== null && verified === server.get('run_id'), claim };
}

async function checkForServer(redis: Redis, address: StoreAddress, connections: number, asked: Asked): Promise<void> {
  const refuse = (trouble: Trouble) => {
    throw new UnusableStore(address, asked.version, trouble);
  };
  const replication = await readInfo(redis, 'replication');
  if (replication.get('role') === 'slave') {
    const master = `${replication.get('master_host')}:${replication.get('master_port')}`;
    refuse({ reason: `is a replica of ${master}: REDIS_URL must lead to the master`, curable: true });
  }
  const maxclients = Number((await readInfo(redis, 'clients')).get('maxclients') ?? Number.POSITIVE_INFINITY);
  if (maxclients < connections) {
    const reason =
      `takes ${maxclients} connections (maxclients), and this server opens ` +
      `${connections}: raise it, or lower WORKERS or COUPONRUSH_REDIS_CONNECTIONS`;
    refuse({ reason, curable: false });
  }
  const denied = await findDenied(redis);
  if (denied.length > 0) refuse(describeMissingRights(address, denied));
}

async function authenticate(redis: Redis, url: string): Promise<void> {
  const password = decodeURIComponent(new URL(url).password);
  const user = userOf(url);
  if (password === '') return;
  try {
    await redis.call('AUTH', ...(user === '' ? [password] : [user, password]));
  } catch (error) {
    // A password for a Redis that has none: everyone is let in, as the client library lets it pass.
    if (!/without any password configured/.test(String(error))) throw error;
  }
}

async function readInfo(redis: Redis, section: string): Promise<ReadonlyMap<string, string>> {
  const text = String(await redis.info(section));
  return new Map(
    text
      .split(/\r?\n/)
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}

/**
 * What this user may not do. Asked by scripts, as everything is decided by scripts: the first time it goes by EVAL,
 * then by EVALSHA, so both are tried. Each command has arguments enough for Redis to look for keys among them.
 */
async function findDenied(redis: Redis): Promise<string[]> {
  const sample = (pattern: string) => pattern.replaceAll('*', '1');
  const onKeys = appKeys.map(sample).flatMap((key) => [`get ${key}`, `set ${key} 1`]);
  const onChannels = appChannels.map(sample).flatMap((channel) => [`publish ${channel} 1`, `subscribe ${channel}`]);
  const key = sample(appKeys[0] as string);
  const names = appCommands
    .filter((name) => !OPTIONAL_COMMANDS.includes(name) && !CHANNEL_COMMANDS.includes(name))
    .map((name) => name.replace('|', ' '));
  const find = async (lines: readonly string[]) => (await runScript(redis, 'find-denied', [], lines)) as string[];
  const denied = await find([...onKeys, ...onChannels]);
  const deniedCommands = await find(names.map((name) => `${name} ${key} ${key} ${key} ${key}`));
  return [
    ...denied.map((line) => line.replace(/ 1$/, '')),
    ...deniedCommands.map((line) => line.split(` ${key}`, 1)[0] as string),
  ];
}

async function explain(address: StoreAddress, error: unknown): Promise<Trouble> {
  const refusal = describeRefusal(address, error);
  if (refusal) return refusal;
  const failure = describeConnectionFailure(address, error);
  if (failure && !isAmbiguous(error)) return failure;
  const endpoint = endpointOf(address.url);
  const tls = new URL(address.url).protocol === 'rediss:';
  if (tls && (await answersPlain(endpoint, 'PING\r\n', /^[+-]/))) return speaksNoTls(address);
  if (!tls && (await answersTls(endpoint))) return speaksTls(address);
  return failure ?? { reason: `can't be used: ${(error as Error).message}`, curable: true };
}

/**
 * What a server that speaks TLS says to one that does not, and the reverse: nothing, or nothing that can be understood.
 */
function isAmbiguous(error: unknown): boolean {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  return (
    /^(ETIMEDOUT|ECONNRESET|EPIPE|EPROTO|ERR_SSL_.*)$/.test(code) || /closed|disconnected|timed out/i.test(message)
  );
}
