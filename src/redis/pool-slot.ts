// The place of one connection in a pool of verified connections. It outlives its connection: one that has rested may
// have been forgotten by a balancer on the way, so it is asked for a sign of life, and replaced if another one lives
// sooner.
// Promise: while that is found out the slot counts as usable, so no request is refused for it, and nothing is sent on a
// dead connection but a PING.
import type { Redis } from 'ioredis';
import { cut, RESTED_MS, type Silence } from './silence.ts';

export type ConnectionState = 'away' | 'unverified' | 'usable';

export interface Connection {
  readonly redis: Redis;
  readonly silence: Silence;
  state: ConnectionState;
  /** Commands under way. */
  calls: number;
  /** Counts the times it was connected, so that an answer of an earlier check is recognised. */
  generation: number;
  /** Replaced: what becomes of it does not matter any more. */
  retired: boolean;
}

/**
 * For the answer to PING of a connection that has rested. Then a successor is made beside it, and the first of both
 * that lives is used: a Redis that is only slow costs a few connections.
 */
const PONG_WITHIN_MS = 50;

export class PoolSlot {
  readonly #open: (slot: PoolSlot) => Connection;
  #current: Connection;
  #successor: Connection | null = null;
  #proof: Promise<Connection | null> | null = null;
  /** Waits for a connection to become usable. */
  #waiting: ((connection: Connection) => void) | null = null;

  constructor(open: (slot: PoolSlot) => Connection) {
    this.#open = open;
    this.#current = open(this);
  }

  get current(): Connection {
    return this.#current;
  }

  /** ioredis emits its 'close' event a moment after its status. */
  get usable(): boolean {
    return this.#current.state === 'usable' && this.#current.redis.status === 'ready';
  }

  /** Nothing is under way, and nothing was heard for so long that it may be dead. */
  get rested(): boolean {
    return this.#current.calls === 0 && this.#current.silence.ms >= RESTED_MS;
  }

  /**
   * @param onDead called if the connection does not answer: what else has rested is dead too
   * @returns the first connection of this slot that shows that it lives; null if none does within `limitMs`
   */
  prove(limitMs: number, onDead: () => void): Promise<Connection | null> {
    this.#proof ??= this.#firstToLive(limitMs, onDead).finally(() => {
      this.#proof = null;
      this.#waiting = null;
    });
    return this.#proof;
  }

  /** Makes a successor: the connection may be dead. */
  renew(): void {
    this.#successor ??= this.#open(this);
  }

  /** A connection of this slot is usable. The first one stays. @returns whether it is a successor */
  settle(connection: Connection): boolean {
    connection.state = 'usable';
    const succeeds = connection === this.#successor;
    // Before the old one fails, so that its failure is no news.
    this.#waiting?.(connection);
    if (succeeds) {
      retire(this.#current);
      this.#current = connection;
      this.#successor = null;
    } else {
      this.#dropSuccessor();
    }
    return succeeds;
  }

  close(): void {
    this.#dropSuccessor();
    this.#current.redis.disconnect();
  }

  async #firstToLive(limitMs: number, onDead: () => void): Promise<Connection | null> {
    const asked = this.#current;
    const timers: NodeJS.Timeout[] = [];
    let settled = false;
    const first = await new Promise<Connection | null>((resolve) => {
      // A connection that was replaced meanwhile fails too: that is no news.
      const dead = () => {
        if (!settled) onDead();
      };
      const settle = (connection: Connection | null) => {
        settled = true;
        resolve(connection);
      };
      this.#waiting = settle;
      asked.redis.ping().then(() => settle(asked), dead);
      timers.push(setTimeout(dead, PONG_WITHIN_MS), setTimeout(settle, limitMs, null));
    });
    for (const timer of timers) clearTimeout(timer);
    if (first === asked) this.#dropSuccessor();
    return first;
  }

  #dropSuccessor(): void {
    if (this.#successor) retire(this.#successor);
    this.#successor = null;
  }
}

function retire(connection: Connection): void {
  connection.retired = true;
  connection.redis.disconnect();
  cut(connection.redis);
}
