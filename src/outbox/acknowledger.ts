// Takes entries out of the outbox: after their rows are committed, or together with the dead letters made of them.
// Promise: it asks until Redis has answered or the persister stops; both operations are harmless when they run twice.
// A crash before an acknowledgement leaves the entries pending: they are delivered again, and their rows are there.
import type { Redis } from 'ioredis';
import { CONSUMER_GROUP, couponKeys } from '../redis/keys.ts';
import { runScript } from '../redis/scripts.ts';
import type { OutageLog } from '../runtime/outage-log.ts';
import { backoffMs, pause } from '../runtime/retry.ts';

/** As lua/acknowledge.lua takes them in one call. */
const IDS_MAX = 1000;
const REASON_MAX = 500;
const RAW_MAX = 4096;

/** One row that MySQL refused for good, or an unreadable entry (`raw`, bounded to 4 KB here). */
export type Letter =
  | {
      readonly user: string;
      readonly sequence: number;
      readonly issuedAtMs: number;
      readonly code: string;
      readonly reason: string;
      readonly attempts: number;
    }
  | { readonly raw: string; readonly code: string; readonly reason: string; readonly attempts: number };

interface Waiting {
  readonly couponId: number;
  readonly ids: readonly string[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface AcknowledgerParts {
  readonly redis: Redis;
  readonly outage: OutageLog;
  /** Of how many entries an acknowledgement found in the outbox. */
  readonly countRemoved: (entries: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Acknowledgements wait for the next read and go with it (rideWithRead), as long as the reader says that one comes
 * soon. Otherwise, when enough of them wait, or after a ride that failed, they are sent by themselves, many coupons in
 * one call. The number of those that wait is bounded by the rows in flight.
 */
export class Acknowledger {
  readonly #parts: AcknowledgerParts;
  #waiting: Waiting[] = [];
  #waitingIds = 0;
  #readComesSoon = false;
  #sending = false;

  constructor(parts: AcknowledgerParts) {
    this.#parts = parts;
  }

  /** Resolves when they are out of the outbox. @throws AbortError when the persister stops */
  async acknowledge(couponId: number, ids: readonly string[]): Promise<void> {
    const parts: Promise<void>[] = [];
    for (let start = 0; start < ids.length; start += IDS_MAX) {
      const some = ids.slice(start, start + IDS_MAX);
      parts.push(
        new Promise((resolve, reject) => {
          this.#waiting.push({ couponId, ids: some, resolve, reject });
        }),
      );
      this.#waitingIds += some.length;
    }
    if (!this.#readComesSoon || this.#waitingIds >= IDS_MAX) this.#sendSoon();
    await Promise.all(parts);
  }

  /** No read comes soon: what waits is sent, and so is what comes until the next ride. */
  sendAtOnce(): void {
    this.#readComesSoon = false;
    if (this.#waiting.length > 0) this.#sendSoon();
  }

  /**
   * Sends what waits on the connection of a read, synchronously and before it; more goes with the reads to come.
   * @returns to be called when that read has ended: an acknowledgement without an answer by then has lost it
   */
  rideWithRead(redis: Redis): () => void {
    this.#readComesSoon = true;
    const some = this.#take();
    if (some.length === 0) return () => {};
    let isSettled = false;
    const settle = (removed: number | null) => {
      // Late, after it was sent again: what it removed counts all the same.
      if (isSettled) this.#parts.countRemoved(removed ?? 0);
      else if (removed === null) this.#putBack(some);
      else this.#done(some, removed);
      isSettled = true;
    };
    this.#send(redis, some).then(settle, () => settle(null));
    // Replies come in the order of their commands. One that is here may still have to be handed on.
    return () => void setImmediate(settle, null);
  }

  /** @returns how many dead letters were added: 0 if the entry was not in the outbox any more */
  deadLetter(couponId: number, entryId: string, letters: readonly Letter[]): Promise<number> {
    const { outbox, dead } = couponKeys(couponId);
    const args: (string | number)[] = [CONSUMER_GROUP, entryId];
    for (const letter of letters) {
      const reason = letter.reason.slice(0, REASON_MAX);
      if ('raw' in letter) args.push('', '', '', letter.code, reason, letter.attempts, letter.raw.slice(0, RAW_MAX));
      else args.push(letter.user, letter.sequence, letter.issuedAtMs, letter.code, reason, letter.attempts, '');
    }
    const { redis } = this.#parts;
    return this.#ask(async () => (await runScript(redis, 'dead-letter', [outbox, dead], args)) as number);
  }

  /** The oldest, as many as go into one call. */
  #take(): Waiting[] {
    let count = 0;
    let ids = 0;
    for (const { ids: some } of this.#waiting) {
      if (ids + some.length > IDS_MAX) break;
      ids += some.length;
      count++;
    }
    this.#waitingIds -= ids;
    return this.#waiting.splice(0, count);
  }

  #putBack(some: readonly Waiting[]): void {
    this.#waiting = [...some, ...this.#waiting];
    for (const { ids } of some) this.#waitingIds += ids.length;
    this.#sendSoon();
  }

  /** After the current turn of the event loop: what it acknowledges goes along. */
  #sendSoon(): void {
    if (this.#sending) return;
    this.#sending = true;
    setImmediate(() => void this.#sendAll());
  }

  async #sendAll(): Promise<void> {
    const { redis } = this.#parts;
    while (this.#waiting.length > 0) {
      const some = this.#take();
      try {
        this.#done(some, await this.#ask(() => this.#send(redis, some)));
      } catch (error) {
        for (const { reject } of some) reject(error);
      }
    }
    this.#sending = false;
  }

  async #send(redis: Redis, some: readonly Waiting[]): Promise<number> {
    const byCoupon = new Map<number, string[]>();
    for (const { couponId, ids } of some) {
      const known = byCoupon.get(couponId);
      if (known) known.push(...ids);
      else byCoupon.set(couponId, [...ids]);
    }
    const keys: string[] = [];
    const args: (string | number)[] = [CONSUMER_GROUP];
    for (const [couponId, ids] of byCoupon) {
      keys.push(couponKeys(couponId).outbox);
      args.push(ids.length, ...ids);
    }
    return (await runScript(redis, 'acknowledge', keys, args)) as number;
  }

  #done(some: readonly Waiting[], removed: number): void {
    this.#parts.countRemoved(removed);
    for (const { resolve } of some) resolve();
  }

  /** @throws AbortError when the persister stops */
  async #ask<T>(send: () => Promise<T>): Promise<T> {
    const { outage, signal } = this.#parts;
    for (let failures = 1; ; failures++) {
      signal.throwIfAborted();
      try {
        const reply = await send();
        outage.succeeded();
        return reply;
      } catch (error) {
        outage.failed('REDIS', (error as Error).message);
        await pause(backoffMs(failures), signal);
      }
    }
  }
}
