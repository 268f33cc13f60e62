// Which outboxes are read next, and how many entries of each.

/** Of busy outboxes at one read, together. */
const ENTRIES_MAX = 200;
/** While some outboxes are busy, those at rest are checked this often, and this many at once. */
const LOOK_MS = 50;
const LOOK_OUTBOXES_MAX = 200;

export interface Turn {
  /** `share` of the room in flight between busy outboxes; `look` at some that rest; `wait` for all, if none is busy. */
  readonly kind: 'share' | 'look' | 'wait';
  readonly coupons: readonly number[];
  /** Entries of each outbox, at most. */
  readonly count: number;
}

/**
 * An outbox is busy from when it is listed, or an entry of it was read, until a read finds none; then it rests. The
 * busy ones share the room in flight, for any number of those that rest. Of these a look or a wait takes one entry
 * each, whether there is room or not: no more comes in beyond the high water (I6). If not all fit into a read, those
 * that were not read for longest come first.
 */
export class ReadScheduler {
  readonly #entryRowsMax: number;
  readonly #now: () => number;
  /** Whether each is busy; those that were not read for longest come first. */
  readonly #outboxes = new Map<number, boolean>();
  #lookedMs = Number.NEGATIVE_INFINITY;

  /** @param entryRowsMax the most users in one entry */
  constructor(entryRowsMax: number, now: () => number = () => performance.now()) {
    this.#entryRowsMax = entryRowsMax;
    this.#now = now;
  }

  /** All are busy again. */
  reset(): void {
    this.#outboxes.clear();
  }

  /**
   * @param listed outboxes that there are, one at least
   * @param roomRows for which there is room in flight. A share is never more entries than fit if each has as many users
   * as it may, but one at least, or a small limit would never read
   */
  next(listed: readonly number[], roomRows: number): Turn {
    const there = new Set(listed);
    for (const couponId of this.#outboxes.keys()) if (!there.has(couponId)) this.#outboxes.delete(couponId);
    for (const couponId of listed) if (!this.#outboxes.has(couponId)) this.#outboxes.set(couponId, true);
    const busy: number[] = [];
    const atRest: number[] = [];
    for (const [couponId, isBusy] of this.#outboxes) (isBusy ? busy : atRest).push(couponId);
    if (busy.length === 0) return { kind: 'wait', coupons: atRest, count: 1 };
    if (atRest.length > 0 && this.#now() - this.#lookedMs >= LOOK_MS) {
      return { kind: 'look', coupons: atRest.slice(0, LOOK_OUTBOXES_MAX), count: 1 };
    }
    const entries = Math.min(Math.max(Math.floor(roomRows / this.#entryRowsMax), 1), ENTRIES_MAX);
    const coupons = busy.slice(0, entries);
    return { kind: 'share', coupons, count: Math.floor(entries / coupons.length) };
  }

  /**
   * The turn was read.
   * @param entries found, by coupon id
   * @returns whether to let entries gather before the next turn: something was found, and as far as is known no more is
   *   there
   */
  read({ kind, coupons, count }: Turn, entries: ReadonlyMap<number, number>): boolean {
    let full = false;
    for (const couponId of coupons) {
      const found = entries.get(couponId) ?? 0;
      this.#outboxes.delete(couponId);
      this.#outboxes.set(couponId, found > 0);
      full ||= found >= count;
    }
    if (kind !== 'share') this.#lookedMs = this.#now();
    if (entries.size === 0) return false;
    // A wait ended with the first entry, as it came.
    return kind === 'wait' || (kind === 'share' && !full);
  }
}
