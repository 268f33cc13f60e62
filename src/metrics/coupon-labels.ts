// Which coupons have series of their own in a process. Only coupons that are loaded get here, and of those at most 100
// (I6): each costs some twenty series. A coupon that finds no place is counted as `other`, until another one has been
// quiet for an hour.

export const COUPONS_MAX = 100;
export const OTHER = 'other';
const QUIET_MS = 3_600_000;

export class CouponLabels<T> {
  readonly #create: () => T;
  readonly #now: () => number;
  readonly #couponsMax: number;
  /** In the order of last use. */
  readonly #entries = new Map<number, { value: T; usedMs: number }>();
  readonly #other: T;
  #otherUsed = false;

  constructor(create: () => T, { now = () => performance.now(), couponsMax = COUPONS_MAX } = {}) {
    this.#create = create;
    this.#now = now;
    this.#couponsMax = couponsMax;
    this.#other = create();
  }

  /** What is counted for this coupon. */
  of(couponId: number): T {
    const nowMs = this.#now();
    let entry = this.#entries.get(couponId);
    if (entry) {
      this.#entries.delete(couponId);
    } else {
      if (this.#entries.size >= this.#couponsMax && !this.#dropQuiet(nowMs)) {
        this.#otherUsed = true;
        return this.#other;
      }
      entry = { value: this.#create(), usedMs: nowMs };
    }
    entry.usedMs = nowMs;
    this.#entries.set(couponId, entry);
    return entry.value;
  }

  /** Label and value of each coupon that has a place, and of all others if there were any. */
  *entries(): Generator<[label: string, value: T]> {
    for (const [couponId, { value }] of this.#entries) yield [String(couponId), value];
    if (this.#otherUsed) yield [OTHER, this.#other];
  }

  #dropQuiet(nowMs: number): boolean {
    const [first] = this.#entries;
    if (!first || nowMs - first[1].usedMs < QUIET_MS) return false;
    return this.#entries.delete(first[0]);
  }
}
