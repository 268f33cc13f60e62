// Takes entries out of the outbox: after their rows are committed, or together with the dead letters made of them.
// Promise: it asks until Redis has answered or the persister stops; both operations are harmless when they run twice.
import type { Redis } from 'ioredis';
import { CONSUMER_GROUP, couponKeys } from '../redis/keys.ts';
import { runScript } from '../redis/scripts.ts';
import type { OutageLog } from '../runtime/outage-log.ts';
import { backoffMs, pause } from '../runtime/retry.ts';

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

export class Acknowledger {
  readonly #redis: Redis;
  readonly #outage: OutageLog;
  readonly #signal: AbortSignal;

  constructor(redis: Redis, outage: OutageLog, signal: AbortSignal) {
    this.#redis = redis;
    this.#outage = outage;
    this.#signal = signal;
  }

  /** @returns how many of the entries were still in the outbox */
  async acknowledge(couponId: number, ids: readonly string[]): Promise<number> {
    const { outbox } = couponKeys(couponId);
    let removed = 0;
    for (let start = 0; start < ids.length; start += IDS_MAX) {
      const args = [CONSUMER_GROUP, ...ids.slice(start, start + IDS_MAX)];
      removed += await this.#ask('acknowledge', [outbox], args);
    }
    return removed;
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
    return this.#ask('dead-letter', [outbox, dead], args);
  }

  /** @throws AbortError when the persister stops */
  async #ask(script: string, keys: string[], args: (string | number)[]): Promise<number> {
    for (let failures = 1; ; failures++) {
      this.#signal.throwIfAborted();
      try {
        const reply = (await runScript(this.#redis, script, keys, args)) as number;
        this.#outage.succeeded();
        return reply;
      } catch (error) {
        this.#outage.failed('REDIS', (error as Error).message);
        await pause(backoffMs(failures), this.#signal);
      }
    }
  }
}
