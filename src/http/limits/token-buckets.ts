// How often one user, or one address, may ask: a bucket of tokens for each, filled at a steady rate. In this process's
// memory only: a counter that all workers share would be one more question to Redis for each request.
// Bounded in buckets (I6): the one not seen for longest is forgotten, and starts with a full bucket again.
import { BoundedMap } from '../../runtime/bounded-map.ts';

interface Bucket {
  tokens: number;
  filledMs: number;
}

export class TokenBuckets {
  readonly #ratePerMs: number;
  readonly #burst: number;
  readonly #buckets: BoundedMap<string, Bucket>;

  /** @param burst requests at once after a rest; at least 1 */
  constructor(limits: { readonly perSecond: number; readonly burst: number; readonly bucketsMax: number }) {
    this.#ratePerMs = limits.perSecond / 1000;
    this.#burst = limits.burst;
    this.#buckets = new BoundedMap(limits.bucketsMax);
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one token. @returns 0, or after how many milliseconds there is one */
  take(who: string, nowMs: number): number {
    const bucket = this.#buckets.peek(who) ?? { tokens: this.#burst, filledMs: nowMs };
    this.#buckets.set(who, bucket);
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (nowMs - bucket.filledMs) * this.#ratePerMs);
    bucket.filledMs = nowMs;
    if (bucket.tokens < 1) return (1 - bucket.tokens) / this.#ratePerMs;
    bucket.tokens -= 1;
    return 0;
  }
}
