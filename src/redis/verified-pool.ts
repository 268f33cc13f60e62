// Connections to a Redis that may be believed: decisions go over one pool, reads over another. A connection is usable
// once its Redis is known to belong to our installation, and its process to be verified against MySQL. A restarted or
// replaced Redis has another run_id, so nothing is decided there before it was rebuilt (the gate). The check costs
// nothing per request, because a connection can't outlive the process that it was checked against.
import { type Redis, ReplyError } from 'ioredis';
import type { RedisPoolFigures, RedisPoolWatch } from '../metrics/redis-pool.ts';
import { connectForDecisions, type RedisServer } from './connections.ts';
import { INSTALLATION, VERIFIED_RUN_ID } from './keys.ts';
import { type Connection, type ConnectionState, PoolSlot } from './pool-slot.ts';
import { RedisClock } from './redis-clock.ts';
import { runScript, runScriptText } from './scripts.ts';
import { cut, REDIS_PING_MS, Silence } from './silence.ts';
import { redisNow } from './time.ts';

const GATE_POLL_MS = 50;

export interface VerifiedPoolOptions {
  readonly server: RedisServer;
  readonly name: string;
  readonly metrics: RedisPoolWatch;
  readonly connections: number;
  readonly socketTimeoutMs: number;
  readonly commandTimeoutMs: number;
  /** Connections at rest are pinged this often. */
  readonly pingMs?: number;
  /** Whether a Redis with this claim belongs to our installation; null: it has none. Asked once for each connection. */
  readonly isOurs: (claim: string | null) => boolean;
  /** Run on each new connection before it is usable, and again until it succeeds. */
  readonly prepare?: (redis: Redis) => Promise<unknown>;
  /** Called when a connection has become usable. */
  readonly onUsable: () => void;
  /** Called when a connection is lost, usable or not. */
  readonly onLost?: () => void;
}

/** Whether Redis itself answered this error: the call changed nothing, for lua/issue.lua checks before it writes. */
export function isRedisReply(error: unknown): error is Error {
  return error instanceof ReplyError;
}

/** The call was never sent: no connection showed that it lives. */
export class NotSentError extends Error {
  constructor() {
    super('not sent: no connection to Redis answers');
  }
}

export class VerifiedPool {
  readonly clock = new RedisClock();
  readonly #slots: readonly PoolSlot[];
  readonly #pinging: NodeJS.Timeout;
  readonly #options: VerifiedPoolOptions;
  /** Scripts that were rehearsed: each settles when Redis has it. */
  readonly #taught = new Map<string, Promise<unknown>>();
  #closed = false;

  constructor(options: VerifiedPoolOptions) {
    this.#options = options;
    this.#slots = Array.from(
      { length: options.connections },
      (_, index) => new PoolSlot((slot) => this.#open(slot, index)),
    );
    this.#pinging = setInterval(() => this.#pingRested(), options.pingMs ?? REDIS_PING_MS).unref();
    options.metrics.watch(() => this.figures());
  }

  get size(): number {
    return this.#slots.length;
  }

  get usable(): boolean {
    return this.#slots.some((slot) => slot.usable);
  }

  /** The best state of any connection: why nothing can be decided now. */
  get state(): ConnectionState {
    if (this.usable) return 'usable';
    return this.#slots.some(({ current }) => current.state === 'unverified') ? 'unverified' : 'away';
  }

  /** The connection of this lane, or any other that is usable; null if none is. */
  connection(lane: number): Redis | null {
    return this.#pick(lane)?.current.redis ?? null;
  }

  figures(): RedisPoolFigures {
    const count = (test: (slot: PoolSlot) => boolean) => this.#slots.filter(test).length;
    const usable = count((slot) => slot.usable);
    const unverified = count(({ current }) => current.state === 'unverified');
    const inUse = count(({ current }) => current.calls > 0);
    return { limit: this.size, usable, unverified, away: this.size - usable - unverified, inUse };
  }

  /**
   * Runs a script on the connection of this lane, or on any other that is usable. One that has rested shows first that
   * it lives; if not, all that have rested are renewed, and the script goes over the first that is usable.
   * @returns the reply, or null if no connection is usable: nothing was sent
   * @throws NotSentError if no connection showed within the socket's timeout that it lives: nothing was sent either
   */
  run(
    lane: number,
    script: string,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> | null {
    const slot = this.#pick(lane);
    if (!slot) return null;
    if (!slot.rested) return call(slot.current, script, keys, args);
    return this.#prove(slot).then((connection) => {
      if (connection === null) throw new NotSentError();
      return call(connection, script, keys, args);
    });
  }

  /**
   * As `run`, counted nowhere: for what is no decision. The first call teaches Redis the script.
   * @returns null if no connection is usable
   */
  rehearse(
    lane: number,
    script: string,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> | null {
    const redis = this.connection(lane);
    if (redis === null) return null;
    const taught = this.#taught.get(script);
    if (taught) return taught.then(() => runScript(redis, script, keys, args, null));
    const first = runScriptText(redis, script, keys, args);
    this.#taught.set(
      script,
      first.catch(() => {}),
    );
    return first;
  }

  /** Replaces each connection by a new one. */
  renew(): void {
    for (const { current } of this.#slots) cut(current.redis);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#pinging);
    for (const slot of this.#slots) slot.close();
  }

  #pick(lane: number): PoolSlot | undefined {
    const preferred = this.#slots[lane % this.#slots.length];
    return preferred?.usable ? preferred : this.#slots.find((slot) => slot.usable);
  }

  #pingRested(): void {
    for (const slot of this.#slots) if (slot.usable && slot.rested) void this.#prove(slot);
  }

  /** If one connection is found dead, the others that have rested as long are dead too: all are renewed at once. */
  #prove(slot: PoolSlot): Promise<Connection | null> {
    return slot.prove(this.#options.socketTimeoutMs, () => {
      if (this.#closed) return;
      slot.renew();
      for (const other of this.#slots) if (other.usable && other.rested) other.renew();
    });
  }

  #open(slot: PoolSlot, index: number): Connection {
    const redis = connectForDecisions(this.#options.server, `${this.#options.name} ${index + 1}`, {
      socketTimeoutMs: this.#options.socketTimeoutMs,
      commandTimeoutMs: this.#options.commandTimeoutMs,
    });
    const silence = new Silence(redis);
    const connection: Connection = { redis, silence, state: 'away', calls: 0, generation: 0, retired: false };
    redis.on('ready', () => {
      connection.generation += 1;
      connection.state = 'unverified';
      void this.#verify(slot, connection, connection.generation);
    });
    redis.on('close', () => {
      connection.generation += 1;
      connection.state = 'away';
      if (connection === slot.current) this.#options.onLost?.();
    });
    return connection;
  }

  /** Asks until this Redis process is verified, or the connection is gone. */
  async #verify(slot: PoolSlot, connection: Connection, generation: number): Promise<void> {
    const current = () => connection.generation === generation && !connection.retired && !this.#closed;
    while (current()) {
      try {
        const { redis } = connection;
        const [info, verified, claim, nowMs] = await Promise.all([
          redis.info('server'),
          redis.get(VERIFIED_RUN_ID),
          redis.hget(INSTALLATION, 'claim'),
          redisNow(redis),
        ]);
        if (!current()) return;
        if (verified !== null && verified === runIdOf(info) && this.#options.isOurs(claim)) {
          await this.#options.prepare?.(redis);
          if (!current()) return;
          this.clock.observe(nowMs, performance.now());
          if (slot.settle(connection)) this.#options.onLost?.();
          this.#options.onUsable();
          return;
        }
      } catch {
        // A closed connection ends the loop by its generation; an error that Redis answered (LOADING) is asked again.
      }
      await new Promise((resolve) => setTimeout(resolve, GATE_POLL_MS).unref());
    }
  }
}

/** run_id in the text of INFO server; undefined if it is missing. */
export function runIdOf(info: string): string | undefined {
  return /^run_id:(\w+)/m.exec(info)?.[1];
}

function call(
  connection: Connection,
  script: string,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  connection.calls += 1;
  return runScript(connection.redis, script, keys, args).finally(() => {
    connection.calls -= 1;
  });
}
