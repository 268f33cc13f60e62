// How we connect to Redis: one profile for each kind of work, with the reason for each option.
// Promise: a decision is never sent twice by the client library, and each of its calls settles.

import { readFileSync } from 'node:fs';
import { Redis, type RedisOptions } from 'ioredis';
import type { RedisCommandMetrics } from '../metrics/redis-commands.ts';
import { holdAfterRest } from './hold-after-rest.ts';
import { defineScripts, metricsOf } from './scripts.ts';
import { pingAtRest, REDIS_PING_MS, Silence } from './silence.ts';

const RECONNECT_FIRST_MS = 50;
const RECONNECT_LAST_MS = 500;

/** 50 ms, doubling to 500 ms, with a jitter of half: back within a second, and not all processes at once. */
export function reconnectDelayMs(attempt: number): number {
  const delay = Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(attempt - 1, 10), RECONNECT_LAST_MS);
  return Math.round(delay * (0.5 + Math.random() / 2));
}

/**
 * A Redis, and where scripts that run there are counted: with a URL alone nowhere, as for a command beside the server.
 */
export type RedisServer = string | { readonly url: string; readonly metrics: RedisCommandMetrics };

export function partsOf(server: RedisServer): { readonly url: string; readonly metrics?: RedisCommandMetrics } {
  return typeof server === 'string' ? { url: server } : server;
}

type Options = Omit<RedisOptions, 'replyMapping'>;

const shared: Options = {
  connectTimeout: 1000,
  // A command that met a read-only replica is not sent again (2 would): reconnect, then the gate looks at the server.
  reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
  retryStrategy: reconnectDelayMs,
  // A Redis that is still loading its data is asked again so soon. ioredis would wait for a whole second at least.
  maxLoadingRetryTime: RECONNECT_FIRST_MS,
  noDelay: true,
  // CLIENT SETINFO: Redis 7.0 does not know it, and later ones count it as one more command that must be allowed.
  disableClientInfo: true,
};

/** As CLIENT LIST shows it. Redis refuses a name with spaces, and ioredis would not report that. */
function nameOf(name: string): string {
  return `couponrush-${name.replaceAll(' ', '-')}`;
}

/** Of rediss://: the server's certificate is verified, against the file of the parameter `ca` if there is one. */
export function tlsOf(url: string): Options {
  const { protocol, searchParams } = new URL(url);
  const caFile = searchParams.get('ca');
  return protocol === 'rediss:' ? { tls: caFile === null ? {} : { ca: readFileSync(caFile) } } : {};
}

function connect(server: RedisServer, name: string, options: Options): Redis {
  const { url, metrics } = partsOf(server);
  const redis = new Redis(url, { ...shared, ...tlsOf(url), ...options, connectionName: nameOf(name) });
  // The state of a connection is known from its 'close' and 'ready' events; without a listener ioredis prints each
  // error.
  redis.on('error', () => {});
  defineScripts(redis, metrics);
  if (metrics) countReloads(redis, metrics);
  return redis;
}

/** If a Redis forgot its scripts, ioredis sends them again without reporting it: the NOSCRIPT is seen on the way. */
function countReloads(redis: Redis, metrics: RedisCommandMetrics): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    if (command.name === 'evalsha') {
      const { reject } = command;
      command.reject = (error) => {
        if (error.message.startsWith('NOSCRIPT')) metrics.countScriptReload();
        reject(error);
      };
    }
    return send(command, stream);
  };
}

/**
 * For decisions (I5): nothing waits in a queue for a connection that may recover, and nothing is sent again behind our
 * back. A call in flight is rejected as soon as its connection closes; the batch is then sent again under its batch id.
 */
export function connectForDecisions(
  server: RedisServer,
  name: string,
  limits: { socketTimeoutMs: number; commandTimeoutMs: number },
): Redis {
  return connect(server, name, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // Silence with a command in flight: the connection is dead (partition) or Redis hangs. Renewing it finds out.
    socketTimeout: limits.socketTimeoutMs,
    commandTimeout: limits.commandTimeoutMs,
  });
}

/**
 * For reading streams, on a connection of its own, so that no other command is stuck behind it. A blocked read ends at
 * once when the connection closes (left to wait, ioredis never settles it), and the reader asks again for as long as it
 * lives.
 */
export function connectForConsuming(server: RedisServer, name: string, blockMs: number): Redis {
  return connect(server, name, {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    blockingTimeout: blockMs + 2000,
    // ioredis treats a blocked read as over, without entries, this long after its BLOCK (100 ms unless set). It drops
    // what Redis answers later: entries that are delivered, and that no one has. The socket's timeout comes first.
    blockingTimeoutGrace: 3000,
    // Silence long after the block should have ended: the connection is dead (partition) or Redis hangs.
    socketTimeout: blockMs + 2000,
  });
}

/**
 * For everything else (reads, operator's moves, acknowledgements): fails within `timeoutMs`, and the caller decides.
 * After a rest the connection shows that it lives before it is used.
 */
export function connectForCommands(server: RedisServer, name: string, timeoutMs = 1000, pingMs = REDIS_PING_MS): Redis {
  const redis = connect(server, name, {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  });
  const silence = new Silence(redis);
  holdAfterRest(redis, silence);
  pingAtRest(redis, silence, pingMs);
  return redis;
}

/**
 * For messages of channels: nothing else can be asked on it. RESP2, in which Redis reports changed keys as messages of
 * a channel; ioredis has no event for the RESP3 form.
 */
export function connectForMessages(server: RedisServer, name: string, pingMs = REDIS_PING_MS): Redis {
  const redis = connect(server, name, {
    protocol: 2,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 1000,
  });
  pingAtRest(redis, new Silence(redis), pingMs);
  return redis;
}

/**
 * For a rebuild: never reconnects, so that all it did and all it will do happens in one Redis process. What was begun
 * in a process that died can't be finished in its successor.
 */
export function connectOnce(server: RedisServer, name: string, timeoutMs = 5000): Redis {
  return connect(server, name, onceOptions(timeoutMs));
}

/** The same, to the server of an existing connection. The caller disconnects it. */
export function duplicateOnce(redis: Redis, timeoutMs = 5000): Redis {
  const once = redis.duplicate({ ...onceOptions(timeoutMs), lazyConnect: false });
  once.on('error', () => {});
  defineScripts(once, metricsOf(redis));
  return once;
}

function onceOptions(timeoutMs: number): Options {
  return {
    retryStrategy: () => null,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: true,
    commandTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  };
}
