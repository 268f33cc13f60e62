// Notifies this process when a coupon changes in Redis, no matter who changed it and how. What was read through `read`
// is covered by Redis' own key tracking (also a manual SET, also a FLUSHALL), everything else by CHANGES_CHANNEL.
//
// Promise: every change before `provenMs` was reported. A proof is a message that travels from the reading connection
// through Redis to the listening one, so it shows that both live, and that all messages before it have arrived. When
// either connection is lost, everything counts as changed.
// Assumes Redis 6 or later, and the right to CLIENT TRACKING. Without them `provenMs` never advances.
import type { Redis } from 'ioredis';
import type { RedisPoolWatch } from '../metrics/redis-pool.ts';
import { connectForMessages, type RedisServer } from './connections.ts';
import { CHANGES_CHANNEL, couponOfKey, INVALIDATION_CHANNEL, proofChannel } from './keys.ts';
import { REDIS_PING_MS } from './silence.ts';
import { isRedisReply, VerifiedPool } from './verified-pool.ts';

export interface ChangeFeedOptions {
  readonly server: RedisServer;
  readonly name: string;
  readonly metrics: RedisPoolWatch;
  /** Different for each process. */
  readonly instance: string;
  readonly timeoutMs: number;
  /** Connections at rest are pinged this often. */
  readonly pingMs?: number;
  /** See VerifiedPool. */
  readonly isOurs: (claim: string | null) => boolean;
  /** This coupon changed; null: anything may have. Called for each change, however often. */
  readonly onChange: (couponId: number | null) => void;
  readonly reportError: (error: unknown) => void;
}

/** A proof that is not back by then never comes. */
const PROOF_WAIT_MS = 2000;

export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  readonly #channel: string;
  readonly #listening: Redis;
  readonly #reading: VerifiedPool;
  #listenerId: number | null = null;
  #provenMs = Number.NEGATIVE_INFINITY;
  #proof: { readonly text: string; readonly sentMs: number } | null = null;
  #proofs = 0;
  #refused = false;

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
    this.#channel = proofChannel(options.instance);
    this.#listening = connectForMessages(options.server, `${options.name} listening`, options.pingMs);
    this.#reading = new VerifiedPool({
      server: options.server,
      metrics: options.metrics,
      name: `${options.name} reading`,
      connections: 1,
      socketTimeoutMs: options.timeoutMs,
      commandTimeoutMs: options.timeoutMs,
      pingMs: options.pingMs ?? REDIS_PING_MS,
      isOurs: options.isOurs,
      prepare: (redis) => this.#track(redis),
      onUsable: () => this.prove(),
      onLost: () => this.#lose(),
    });
    this.#listening.on('ready', () => void this.#listen());
    this.#listening.on('close', () => {
      this.#listenerId = null;
      this.#reading.renew();
      this.#lose();
    });
    this.#listening.on('messageBuffer', (channel: Buffer, message: unknown) =>
      this.#receive(channel.toString(), message),
    );
  }

  /** Monotonic time up to which all changes were reported. */
  get provenMs(): number {
    return this.#provenMs;
  }

  /**
   * Reads by a script; changes of the keys that it read are reported from now on. @returns null if it can't be asked
   */
  read(script: string, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> | null {
    return this.#reading.run(0, script, keys, args);
  }

  /** Moves `provenMs` to now, as soon as the answer is there. */
  prove(): void {
    const nowMs = performance.now();
    if (this.#proof) {
      if (nowMs - this.#proof.sentMs > PROOF_WAIT_MS) this.#listening.disconnect(true);
      return;
    }
    const redis = this.#reading.connection(0);
    if (!redis) return;
    this.#proofs += 1;
    this.#proof = { text: String(this.#proofs), sentMs: nowMs };
    redis.publish(this.#channel, this.#proof.text).catch(() => {});
  }

  close(): void {
    this.#reading.close();
    this.#listening.disconnect();
  }

  async #listen(): Promise<void> {
    try {
      const id = await this.#listening.client('ID');
      await this.#listening.subscribe(INVALIDATION_CHANNEL, CHANGES_CHANNEL, this.#channel);
      this.#listenerId = id;
    } catch (error) {
      this.#refuse(error);
      this.#listening.disconnect(true);
    }
  }

  async #track(redis: Redis): Promise<void> {
    if (this.#listenerId === null) throw new Error('the listening connection is not there yet');
    try {
      await redis.client('TRACKING', 'ON', 'REDIRECT', this.#listenerId);
    } catch (error) {
      this.#refuse(error);
      throw error;
    }
  }

  /** Redis does not let us: said once, since it stays so. */
  #refuse(error: unknown): void {
    if (this.#refused || !isRedisReply(error)) return;
    this.#refused = true;
    this.#options.reportError(error);
  }

  #lose(): void {
    this.#provenMs = Number.NEGATIVE_INFINITY;
    this.#proof = null;
    this.#options.onChange(null);
  }

  #receive(channel: string, message: unknown): void {
    if (channel === this.#channel) {
      if (this.#proof && String(message) === this.#proof.text) {
        this.#provenMs = this.#proof.sentMs;
        this.#proof = null;
      }
    } else if (channel === CHANGES_CHANNEL) {
      const couponId = Number(String(message));
      this.#options.onChange(Number.isSafeInteger(couponId) && couponId > 0 ? couponId : null);
    } else if (Array.isArray(message)) {
      for (const key of message) {
        const couponId = couponOfKey(String(key));
        if (couponId !== null) this.#options.onChange(couponId);
      }
    } else {
      this.#options.onChange(null);
    }
  }
}
