// How long entries gather in the outboxes before they are read. A read costs the same for one entry as for many, and so
// do the transaction and the acknowledgement that follow it. At a low rate these are most of what a coupon costs.

/** While many come: about a tenth of what a full batch would take to gather at the rate of one busy HTTP worker. */
const SHORT_MS = 20;
/** From 5,000 rows a second on, so many gather within SHORT_MS; below that a batch of so many is aimed at. */
const ENOUGH_ROWS = 100;

/**
 * Between two reads of a steady flow `longestMs` pass if few rows come, SHORT_MS if many do, and nothing while there is
 * known to be more. The first entry after a rest is written at once, and a burst may begin with it: the next read comes
 * after SHORT_MS.
 */
export class GatherTime {
  readonly #longestMs: number;
  readonly #now: () => number;
  #readMs: number | null = null;

  constructor(longestMs: number, now: () => number = () => performance.now()) {
    this.#longestMs = longestMs;
    this.#now = now;
  }

  /** The outboxes were at rest: what came before says nothing about what comes now. */
  reset(): void {
    this.#readMs = null;
  }

  /** @returns milliseconds until the next read. @param more whether entries are known to be left */
  afterRead(rows: number, more: boolean): number {
    const nowMs = this.#now();
    const sinceMs = this.#readMs === null ? null : nowMs - this.#readMs;
    this.#readMs = nowMs;
    if (more || rows === 0) return 0;
    const enoughMs = sinceMs === null ? SHORT_MS : (ENOUGH_ROWS * sinceMs) / rows;
    return Math.min(this.#longestMs, Math.max(SHORT_MS, enoughMs));
  }
}
