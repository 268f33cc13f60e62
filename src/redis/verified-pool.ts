// Connections to a Redis that may be believed: decisions go over one pool, reads over another. A connection is usable once
// its Redis process is known to be verified against MySQL: a restarted or replaced Redis has another run_id, so nothing is
// decided there before it was rebuilt (the gate). The check costs nothing per request, because a connection can't outlive the
// process that it was checked against.
import { type Redis, ReplyError } from 'ioredis';
import { type RedisPoolFigures, type RedisPoolName, watchRedisPool } from '../metrics/redis-pool.ts';
import { connectForDecisions } from './connections.ts';
import { VERIFIED_RUN_ID } from './keys.ts';
import { RedisClock } from './redis-clock.ts';
import { runScript } from './scripts.ts';

const GATE_POLL_MS = 50;

export interface VerifiedPoolOptions {
  readonly url: string;
  readonly name: string;
  /** Under which the metrics show it. */
  readonly purpose: RedisPoolName;
  readonly connections: number;
  readonly socketTimeoutMs: number;
  readonly commandTimeoutMs: number;
  /** Run on each new connection before it is usable, and again until it succeeds. */
  readonly prepare?: (redis: Redis) => Promise<unknown>;
  /** Called when a connection has become usable. */
  readonly onUsable: () => void;
  /** Called when a connection is lost, usable or not. */
  readonly onLost?: () => void;
}

export type ConnectionState = 'away' | 'unverified' | 'usable';

interface Connection {
  readonly redis: Redis;
  state: ConnectionState;
  /** Commands under way. */
  calls: number;
  /** Counts the times it was connected: an answer of an earlier check is told apart. */
  epoch: number;
}

/** ioredis tells its 'close' event a moment after its status. */
function isUsable(connection: Connection): boolean {
  return connection.state === 'usable' && connection.redis.status === 'ready';
}

/** Whether Redis itself answered this error: the call changed nothing, for lua/issue.lua checks before it writes. */
export function isRedisReply(error: unknown): error is Error {
  return error instanceof ReplyError;
}

export class VerifiedPool {
  readonly clock = new RedisClock();
  readonly #connections: Connection[];
  readonly #options: VerifiedPoolOptions;
  #closed = false;

  constructor(options: VerifiedPoolOptions) {
    this.#options = options;
    this.#connections = Array.from({ length: options.connections }, (_, index) => this.#open(index));
    watchRedisPool(options.purpose, () => this.figures());
  }

  get size(): number {
    return this.#connections.length;
  }

  get usable(): boolean {
    return this.#connections.some(isUsable);
  }

  /** The best state of any connection: why nothing can be decided now. */
  get state(): ConnectionState {
    if (this.usable) return 'usable';
    return this.#connections.some((connection) => connection.state === 'unverified') ? 'unverified' : 'away';
  }

  /** The connection of this lane, or any other that is usable; null where none is. */
  connection(lane: number): Redis | null {
    return this.#pick(lane)?.redis ?? null;
  }

  figures(): RedisPoolFigures {
    const count = (test: (connection: Connection) => boolean) => this.#connections.filter(test).length;
    const usable = count(isUsable);
    const unverified = count(({ state }) => state === 'unverified');
    const inUse = count((connection) => connection.calls > 0);
    return { limit: this.size, usable, unverified, away: this.size - usable - unverified, inUse };
  }

  /**
   * Runs a script on the connection of this lane, or on any other that is usable.
   * @returns the reply, or null where no connection is usable: nothing was sent
   */
  run(lane: number, script: string, keys: readonly string[], args: readonly (string | number)[]) {
    const connection = this.#pick(lane);
    if (!connection) return null;
    connection.calls += 1;
    return runScript(connection.redis, script, keys, args).finally(() => {
      connection.calls -= 1;
    });
  }

  /** Replaces each connection by a new one. */
  renew(): void {
    for (const { redis } of this.#connections) redis.disconnect(true);
  }

  close(): void {
    this.#closed = true;
    for (const { redis } of this.#connections) redis.disconnect();
  }

  #pick(lane: number): Connection | undefined {
    const preferred = this.#connections[lane % this.#connections.length];
    return preferred && isUsable(preferred) ? preferred : this.#connections.find(isUsable);
  }

  #open(index: number): Connection {
    const redis = connectForDecisions(this.#options.url, `${this.#options.name} ${index + 1}`, {
      socketTimeoutMs: this.#options.socketTimeoutMs,
      commandTimeoutMs: this.#options.commandTimeoutMs,
    });
    const connection: Connection = { redis, state: 'away', calls: 0, epoch: 0 };
    redis.on('ready', () => {
      connection.epoch += 1;
      connection.state = 'unverified';
      void this.#verify(connection, connection.epoch);
    });
    redis.on('close', () => {
      connection.epoch += 1;
      connection.state = 'away';
      this.#options.onLost?.();
    });
    return connection;
  }

  /** Asks until this Redis process is verified, or the connection is gone. */
  async #verify(connection: Connection, epoch: number): Promise<void> {
    const current = () => connection.epoch === epoch && !this.#closed;
    while (current()) {
      try {
        const [info, verified, time] = await Promise.all([
          connection.redis.info('server'),
          connection.redis.get(VERIFIED_RUN_ID),
          connection.redis.time(),
        ]);
        if (!current()) return;
        if (verified !== null && verified === runIdOf(info)) {
          await this.#options.prepare?.(connection.redis);
          if (!current()) return;
          this.clock.observe(Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000), performance.now());
          connection.state = 'usable';
          this.#options.onUsable();
          return;
        }
      } catch {
        // A closed connection ends the loop by its epoch; an error that Redis answered (LOADING) is asked again.
      }
      await new Promise((resolve) => setTimeout(resolve, GATE_POLL_MS).unref());
    }
  }
}

/** run_id in the text of INFO server; undefined where it is missing. */
export function runIdOf(info: string): string | undefined {
  return /^run_id:(\w+)/m.exec(info)?.[1];
}
