// Merges entries into batches: large enough that MySQL is busy with rows and not with statements, and never late.
import type { PackedEntry } from './entry.ts';

/** Whole entries of one coupon, in the order they came. */
export interface Batch {
  readonly couponId: number;
  readonly entries: readonly PackedEntry[];
  readonly rows: number;
}

export interface BatcherOptions {
  /** Rows after which a batch is not filled further. It may exceed this by less than its last entry. */
  readonly rowsMax: number;
  /** How long an entry waits for others while a slot is free. */
  readonly flushAfterMs: number;
  /** Batches that may be out at the same time. */
  readonly slots: number;
  /** Takes over a batch; its slot is free again when this settles. Must not reject. */
  readonly deliver: (batch: Batch) => Promise<void>;
  /** Milliseconds of a clock that is never set back. */
  readonly now?: () => number;
}

interface Queue {
  readonly entries: { readonly entry: PackedEntry; readonly addedAtMs: number }[];
  rows: number;
  isDue: boolean;
}

/**
 * Each coupon's queue is filling until it holds `rowsMax` rows or its oldest entry is `flushAfterMs` old; then it is
 * due. A due queue gives one batch to the next free slot and goes to the end of the line, so that coupons take turns.
 * While all slots are out, queues keep filling (the high water bounds them). flushQueued() makes due what is queued, and
 * flush() also all that will be.
 * A crash forgets the queues; their entries are pending in Redis.
 */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #now: () => number;
  /** In the order of their turns. No queue is empty. */
  readonly #queues = new Map<number, Queue>();
  #slotsOut = 0;
  #flushing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  add(couponId: number, entry: PackedEntry): void {
    let queue = this.#queues.get(couponId);
    if (!queue) {
      queue = { entries: [], rows: 0, isDue: false };
      this.#queues.set(couponId, queue);
    }
    queue.entries.push({ entry, addedAtMs: this.#now() });
    queue.rows += entry.rows;
    // While a timer runs, only a full queue can have become due.
    if (this.#timer === undefined || queue.rows >= this.#options.rowsMax) this.#dispatch();
  }

  /** What is queued now waits for no more rows: none will join it for a while. */
  flushQueued(): void {
    for (const queue of this.#queues.values()) queue.isDue = true;
    this.#dispatch();
  }

  /** From now on nothing waits for more rows: the last flush at a stop. */
  flush(): void {
    this.#flushing = true;
    this.#dispatch();
  }

  /** Forgets what was not handed over: the entries stay pending. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queues.clear();
  }

  #dispatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let nextDueMs = Number.POSITIVE_INFINITY;
    for (const [couponId, queue] of this.#queues) {
      if (this.#slotsOut >= this.#options.slots) return;
      const dueInMs = this.#dueInMs(queue);
      if (dueInMs > 0) {
        nextDueMs = Math.min(nextDueMs, dueInMs);
        continue;
      }
      // A queue with a rest comes again at the end of this very loop, after the others had their turn.
      this.#queues.delete(couponId);
      const batch = cut(couponId, queue, this.#options.rowsMax);
      if (queue.entries.length > 0) this.#queues.set(couponId, queue);
      this.#slotsOut++;
      void this.#options.deliver(batch).finally(() => {
        this.#slotsOut--;
        this.#dispatch();
      });
    }
    if (nextDueMs !== Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.#dispatch(), nextDueMs);
  }

  #dueInMs(queue: Queue): number {
    if (this.#flushing || queue.isDue || queue.rows >= this.#options.rowsMax) return 0;
    const oldest = queue.entries[0] as { addedAtMs: number };
    return Math.ceil(oldest.addedAtMs + this.#options.flushAfterMs - this.#now());
  }
}

function cut(couponId: number, queue: Queue, rowsMax: number): Batch {
  let rows = 0;
  let count = 0;
  while (count < queue.entries.length && rows < rowsMax) {
    rows += (queue.entries[count] as { entry: PackedEntry }).entry.rows;
    count++;
  }
  const entries = queue.entries.splice(0, count).map(({ entry }) => entry);
  queue.rows -= rows;
  return { couponId, entries, rows };
}
