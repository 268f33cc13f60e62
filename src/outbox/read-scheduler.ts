// Which outboxes are read next, and how many entries of each.

/** Of busy outboxes at one read, together: so many hold Redis up for about a millisecond. */
const ENTRIES_MAX = 400;
/** While some outboxes are busy, those at rest are read this often, and this many at once. */
const LOOK_MS = 50;
const LOOK_OUTBOXES_MAX = 500;

/** `read`: there may be something; `count` is the most entries of each outbox. `wait`: for an entry of any. */
export type Turn =
  | { readonly kind: 'read'; readonly coupons: readonly number[]; readonly count: number }
  | { readonly kind: 'wait'; readonly coupons: readonly number[] };

/**
 * An outbox is busy from when it is listed, or has an entry, until a read finds none; then it rests. Busy ones share
 * the entries of a read, for any number of those that rest. If not all fit into a read, those that were not read for
 * longest come first.
 */
export class ReadScheduler {
  readonly #now: () => number;
  /** Whether each is busy; those that were not read for longest come first. */
  readonly #outboxes = new Map<number, boolean>();
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** All are busy again. */
  reset(): void {
    this.#outboxes.clear();
  }

  /** An entry has come. */
  wake(couponId: number): void {
    this.#outboxes.set(couponId, true);
  }

  /** @param listed outboxes that there are, one at least */
  next(listed: readonly number[]): Turn {
    const there = new Set(listed);
    for (const couponId of this.#outboxes.keys()) if (!there.has(couponId)) this.#outboxes.delete(couponId);
    for (const couponId of listed) if (!this.#outboxes.has(couponId)) this.#outboxes.set(couponId, true);
    const busy: number[] = [];
    const atRest: number[] = [];
    for (const [couponId, isBusy] of this.#outboxes) (isBusy ? busy : atRest).push(couponId);
    if (busy.length === 0) return { kind: 'wait', coupons: atRest };
    const shared = busy.slice(0, ENTRIES_MAX);
    const looked = this.#now() - this.#lookedMs >= LOOK_MS ? atRest.slice(0, LOOK_OUTBOXES_MAX) : [];
    return { kind: 'read', coupons: [...shared, ...looked], count: Math.floor(ENTRIES_MAX / shared.length) };
  }

  /**
   * @param visited those that were read: the first ones of the turn
   * @param busy those of them that had entries
   */
  read(visited: readonly number[], busy: ReadonlySet<number>): void {
    for (const couponId of visited) {
      if (this.#outboxes.get(couponId) === false) this.#lookedMs = this.#now();
      this.#outboxes.delete(couponId);
      this.#outboxes.set(couponId, busy.has(couponId));
    }
  }
}
