// Which outboxes this persister reads: those of the loaded coupons, each with its consumer group.

import type { Redis } from 'ioredis';
import { readCouponIds } from '../ids.ts';
import type { Logger } from '../log.ts';
import { CHANGES_CHANNEL, CONSUMER_GROUP, couponKeys, LOADED_COUPONS } from '../redis/keys.ts';
import type { RedisClock } from '../redis/redis-clock.ts';
import { redisNow } from '../redis/time.ts';
import { isRedisReply } from '../redis/verified-pool.ts';
import { KnownFailures } from '../runtime/known-failures.ts';
import type { OutageLog } from '../runtime/outage-log.ts';
import { pollUntil } from '../runtime/poll.ts';

/** For a message that was lost with its connection: a new coupon's rows are read after so long at the latest. */
const REFRESH_MS = 2000;
const FIRST_TRY_MS = 250;
const REFUSED = 'refused';

export interface OutboxRegistryParts {
  readonly redis: Redis;
  /** Listens to changes of coupons; closed by stop(). */
  readonly messages: Redis;
  readonly outage: OutageLog;
  readonly log: Logger;
  readonly clock: RedisClock;
  /** A coupon changed: another outbox is listed, or its epoch is another one than who waits for entries has read. */
  readonly onChange: () => void;
}

/**
 * Refreshes the list when Redis reports a changed coupon, every two seconds, and on expire(). A coupon is listed as
 * soon as its group exists. One whose outbox key can't have a group (not a stream, memory full) is left out and tried
 * again, so that it does not stop the others. Groups begin at 0: what was written before the group existed, or after
 * Redis was emptied, is read too. After a crash the next start finds all of it in Redis.
 */
export class OutboxRegistry {
  readonly #parts: OutboxRegistryParts;
  readonly #ready = new Set<number>();
  /** Outboxes without a group, and the subscription that Redis refuses: each is tried again, and said once. */
  readonly #unusable = new KnownFailures<number | 'messages'>();
  #timer: NodeJS.Timeout | undefined;
  #refreshing: Promise<boolean> | undefined;
  #stopped = false;

  constructor(parts: OutboxRegistryParts) {
    this.#parts = parts;
    const { messages } = parts;
    messages.on('ready', () => void this.#subscribe());
    messages.on('message', () => void this.#refreshAnew());
  }

  /** Coupon ids, in no order. */
  get coupons(): readonly number[] {
    return [...this.#ready];
  }

  /** Resolves when Redis has answered for the first time, or the signal is aborted. */
  async start(signal: AbortSignal): Promise<void> {
    await pollUntil(() => this.refresh(), { everyMs: FIRST_TRY_MS, signal });
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#parts.messages.disconnect();
  }

  /** The groups may be gone: each is checked again before its outbox is read. */
  async expire(): Promise<void> {
    this.#ready.clear();
    await this.#refreshAnew();
  }

  /** Never rejects; @returns whether Redis answered. */
  async refresh(): Promise<boolean> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
      clearTimeout(this.#timer);
      if (!this.#stopped) this.#timer = setTimeout(() => void this.refresh(), REFRESH_MS);
    });
    return await this.#refreshing;
  }

  async #subscribe(): Promise<void> {
    const { messages, log } = this.#parts;
    try {
      await messages.subscribe(CHANGES_CHANNEL);
      await this.#refreshAnew();
    } catch (error) {
      // The connection is gone, or Redis does not let us: a new connection asks again.
      if (isRedisReply(error) && this.#unusable.add('messages', REFUSED)) {
        log.error({ error: String(error) }, 'Redis does not tell of changed coupons');
      }
      if (!this.#stopped) messages.disconnect(true);
    }
  }

  /** With what is there now: one that is under way may have been answered before. */
  async #refreshAnew(): Promise<void> {
    await this.#refreshing;
    if (this.#stopped) return;
    await this.refresh();
    this.#parts.onChange();
  }

  async #refresh(): Promise<boolean> {
    const { redis, outage, clock } = this.#parts;
    let grown = false;
    try {
      const [members, nowMs] = await Promise.all([redis.smembers(LOADED_COUPONS), redisNow(redis)]);
      clock.observe(nowMs, performance.now());
      const loaded = new Set(readCouponIds(members));
      for (const id of this.#ready) if (!loaded.has(id)) this.#ready.delete(id);
      for (const id of loaded) {
        if (this.#ready.has(id) || !(await this.#ensureGroup(id))) continue;
        this.#ready.add(id);
        grown = true;
      }
      outage.succeeded();
      return true;
    } catch (error) {
      outage.failed('REDIS', (error as Error).message);
      return false;
    } finally {
      if (grown) this.#parts.onChange();
    }
  }

  async #ensureGroup(couponId: number): Promise<boolean> {
    const { outbox } = couponKeys(couponId);
    try {
      // Asked first, because with its memory full Redis refuses XGROUP CREATE even for a group that exists.
      if (await this.#hasGroup(outbox)) return true;
      await this.#parts.redis.xgroup('CREATE', outbox, CONSUMER_GROUP, '0', 'MKSTREAM');
      this.#unusable.delete(couponId);
      return true;
    } catch (error) {
      const { message } = error as Error;
      if (message.startsWith('BUSYGROUP')) return true;
      // Anything but an answer of Redis about this key concerns all of them.
      if (!/^(WRONGTYPE|OOM)/.test(message)) throw error;
      if (this.#unusable.add(couponId, REFUSED)) {
        this.#parts.log.error({ couponId, error: message }, 'an outbox can not be read');
      }
      return false;
    }
  }

  async #hasGroup(outbox: string): Promise<boolean> {
    try {
      const groups = (await this.#parts.redis.xinfo('GROUPS', outbox)) as unknown[];
      return groups.some((group) => Object.values(group as object).includes(CONSUMER_GROUP));
    } catch (error) {
      if ((error as Error).message.includes('no such key')) return false;
      throw error;
    }
  }
}
