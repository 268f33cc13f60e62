// Merges entries into batches: large enough that MySQL is busy with rows and not with statements, and never late.
import type { PackedEntry } from './entry.ts';

/** Whole entries of one coupon, in the order they came. */
export interface Part {
  readonly couponId: number;
  readonly entries: readonly PackedEntry[];
  readonly rows: number;
  /** How often in succession it came back because another transaction had the coupon's row. */
  readonly lockedTimes: number;
}

/** What one transaction writes: a part of each of its coupons. */
export interface Batch {
  readonly parts: readonly Part[];
  readonly rows: number;
}

export interface BatcherOptions {
  /** Rows after which a batch is not filled further. It may exceed this by less than its last entry. */
  readonly rowsMax: number;
  /** Coupons in a batch, at most. */
  readonly couponsMax: number;
  /** How long an entry waits for others while a slot is free. */
  readonly flushAfterMs: number;
  /** Batches that may be out at the same time. */
  readonly slots: number;
  /**
   * Takes over a batch; its slot is free again when this settles. Must not reject.
   * @returns the parts that it could not write because their coupon's row is locked: they come again
   */
  readonly deliver: (batch: Batch) => Promise<readonly Part[]>;
  /** Milliseconds of a clock that is never set back. */
  readonly now?: () => number;
}

interface Queue {
  readonly couponId: number;
  entries: { readonly entry: PackedEntry; readonly addedAtMs: number }[];
  rows: number;
  /** Nothing is known that would join what it holds. */
  isComplete: boolean;
  /** Batches of this coupon that are out. */
  out: number;
  lockedTimes: number;
  notBeforeMs: number;
}

/** A coupon's rows wait so long for its batch that is out: the thread that has it may hang. */
const OUT_MS_MAX = 1000;
/** A transaction of another persister has a coupon's row for some milliseconds, an operator's may for long. */
const LOCKED_PAUSE_MS = 10;
const LOCKED_PAUSE_MS_MAX = 200;

/**
 * Each coupon's queue is filling until it holds `rowsMax` rows, nothing is to come (flushQueued), or its oldest entry
 * is `flushAfterMs` old; then it is due. While a batch of its coupon is out, only a full queue is due, or two batches
 * would meet at the coupon's row. The next free slot takes what is due, of many coupons together; a queue with a rest
 * goes to the end of the line, so that coupons take turns. While all slots are out, queues keep filling (the high water
 * bounds them). A part that comes back because its coupon's row is locked is tried again after a pause, without waiting
 * for the lock, and so holds up no other. flush() makes everything due.
 * A crash forgets the queues; their entries are pending in Redis.
 */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #now: () => number;
  /** In the order of their turns. One without entries has a batch out. */
  readonly #queues = new Map<number, Queue>();
  #slotsOut = 0;
  #flushing = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer ends. */
  #lookAtMs = Number.POSITIVE_INFINITY;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  add(couponId: number, entry: PackedEntry): void {
    const queue = this.#queueOf(couponId);
    const nowMs = this.#now();
    queue.entries.push({ entry, addedAtMs: nowMs });
    queue.rows += entry.rows;
    // While all slots are out, the next one that is free looks.
    if (this.#slotsOut < this.#options.slots) this.#lookAt(nowMs + this.#dueInMs(queue, nowMs));
  }

  /** What is queued now waits for no more rows: none will join it for a while. */
  flushQueued(): void {
    for (const queue of this.#queues.values()) queue.isComplete = true;
    this.#dispatch();
  }

  /** From now on nothing waits for more rows: the last flush at a stop. */
  flush(): void {
    this.#flushing = true;
    this.#dispatch();
  }

  /** Forgets what was not handed over: the entries stay pending. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#queues.clear();
  }

  #queueOf(couponId: number): Queue {
    let queue = this.#queues.get(couponId);
    if (!queue) {
      queue = { couponId, entries: [], rows: 0, isComplete: false, out: 0, lockedTimes: 0, notBeforeMs: 0 };
      this.#queues.set(couponId, queue);
    }
    return queue;
  }

  /** At that time, or earlier if it is to look earlier. */
  #lookAt(atMs: number): void {
    if (atMs >= this.#lookAtMs) return;
    clearTimeout(this.#timer);
    const inMs = atMs - this.#now();
    if (inMs <= 0) {
      this.#dispatch();
      return;
    }
    this.#lookAtMs = atMs;
    this.#timer = setTimeout(() => this.#dispatch(), Math.ceil(inMs));
  }

  #dispatch(): void {
    clearTimeout(this.#timer);
    this.#lookAtMs = Number.POSITIVE_INFINITY;
    while (!this.#stopped && this.#slotsOut < this.#options.slots) {
      const parts = this.#takeDue();
      if (parts.length === 0) return;
      this.#slotsOut++;
      const rows = parts.reduce((sum, part) => sum + part.rows, 0);
      void this.#options.deliver({ parts, rows }).then((locked) => this.#back(parts, locked));
    }
  }

  /** The next batch. If nothing is due yet, it looks again when something is. */
  #takeDue(): Part[] {
    const { rowsMax, couponsMax } = this.#options;
    const nowMs = this.#now();
    const parts: Part[] = [];
    let rows = 0;
    let nextDueMs = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues.values()) {
      if (rows >= rowsMax || parts.length >= couponsMax) break;
      const dueInMs = this.#dueInMs(queue, nowMs);
      if (dueInMs > 0) {
        nextDueMs = Math.min(nextDueMs, dueInMs);
        continue;
      }
      const part = cut(queue, rowsMax - rows);
      parts.push(part);
      rows += part.rows;
    }
    for (const { couponId } of parts) this.#sendToEnd(couponId);
    if (parts.length === 0) this.#lookAt(nowMs + nextDueMs);
    return parts;
  }

  #sendToEnd(couponId: number): void {
    const queue = this.#queueOf(couponId);
    this.#queues.delete(couponId);
    this.#queues.set(couponId, queue);
  }

  #dueInMs(queue: Queue, nowMs: number): number {
    const [oldest] = queue.entries;
    if (!oldest) return Number.POSITIVE_INFINITY;
    const lockedMs = queue.notBeforeMs - nowMs;
    if (lockedMs > 0) return lockedMs;
    if (queue.rows >= this.#options.rowsMax) return 0;
    if (queue.out > 0) return oldest.addedAtMs + OUT_MS_MAX - nowMs;
    return this.#flushing || queue.isComplete ? 0 : oldest.addedAtMs + this.#options.flushAfterMs - nowMs;
  }

  #back(parts: readonly Part[], locked: readonly Part[]): void {
    this.#slotsOut--;
    if (this.#stopped) return;
    for (const { couponId } of parts) {
      const queue = this.#queueOf(couponId);
      queue.out--;
      queue.lockedTimes = 0;
    }
    for (const part of locked) this.#putBack(part);
    for (const { couponId } of parts) {
      const queue = this.#queueOf(couponId);
      if (queue.entries.length === 0 && queue.out === 0) this.#queues.delete(couponId);
    }
    this.#dispatch();
  }

  #putBack({ couponId, entries, rows, lockedTimes }: Part): void {
    const queue = this.#queueOf(couponId);
    const nowMs = this.#now();
    queue.entries = [...entries.map((entry) => ({ entry, addedAtMs: nowMs })), ...queue.entries];
    queue.rows += rows;
    queue.isComplete = true;
    queue.lockedTimes = lockedTimes + 1;
    const pauseMs = Math.min(LOCKED_PAUSE_MS * 2 ** Math.min(lockedTimes, 10), LOCKED_PAUSE_MS_MAX);
    queue.notBeforeMs = nowMs + pauseMs * (0.5 + Math.random() / 2);
  }
}

/** Takes entries out of a queue until they have `rowsMax` rows, one at least. */
function cut(queue: Queue, rowsMax: number): Part {
  const { couponId, lockedTimes } = queue;
  let rows = 0;
  let count = 0;
  while (count < queue.entries.length && (count === 0 || rows < rowsMax)) {
    rows += (queue.entries[count] as { entry: PackedEntry }).entry.rows;
    count++;
  }
  const entries = queue.entries.splice(0, count).map(({ entry }) => entry);
  queue.rows -= rows;
  queue.isComplete &&= queue.entries.length > 0;
  queue.out++;
  return { couponId, entries, rows, lockedTimes };
}
