// The entries that this persister has in flight: read, and not yet acknowledged.
import type { PackedEntry } from './entry.ts';

/**
 * States: open (entries may be read) and full (from `highWaterRows` until only `lowWaterRows` are left).
 * An entry comes in by its reader and goes out when its acknowledgement is done, or when the persister stops. While it
 * is in flight, a second delivery of it is not taken: the reader may re-read its pending entries at any time.
 * A crash forgets them; the entries are pending in Redis under this persister's name.
 */
export class InFlight {
  readonly #highWaterRows: number;
  readonly #lowWaterRows: number;
  readonly #coupons = new Map<number, Map<string, PackedEntry>>();
  readonly #waiting: (() => void)[] = [];
  #rows = 0;
  #full = false;

  constructor(options: { highWaterRows: number; lowWaterRows: number }) {
    this.#highWaterRows = options.highWaterRows;
    this.#lowWaterRows = options.lowWaterRows;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Rows that may still be read; 0 while full. */
  get roomRows(): number {
    return this.#full ? 0 : this.#highWaterRows - this.#rows;
  }

  /** @returns false if the entry is in flight already */
  add(couponId: number, entry: PackedEntry): boolean {
    let entries = this.#coupons.get(couponId);
    if (!entries) {
      entries = new Map();
      this.#coupons.set(couponId, entries);
    }
    if (entries.has(entry.id)) return false;
    entries.set(entry.id, entry);
    this.#rows += entry.rows;
    if (this.#rows >= this.#highWaterRows) this.#full = true;
    return true;
  }

  remove(couponId: number, ids: readonly string[]): void {
    const entries = this.#coupons.get(couponId);
    if (!entries) return;
    for (const id of ids) {
      const entry = entries.get(id);
      if (!entry) continue;
      entries.delete(id);
      this.#rows -= entry.rows;
    }
    if (entries.size === 0) this.#coupons.delete(couponId);
    if (this.#full && this.#rows <= this.#lowWaterRows) {
      this.#full = false;
      for (const resume of this.#waiting.splice(0)) resume();
    }
  }

  /** Resolves at once while open, else when the low water is reached or release() is called. */
  async waitForRoom(): Promise<void> {
    if (this.#full) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Lets everyone who waits for room go on: the persister stops. */
  release(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** Coupon id and entry ids of all that is in flight. */
  *held(): Generator<{ couponId: number; ids: string[] }> {
    for (const [couponId, entries] of this.#coupons) yield { couponId, ids: [...entries.keys()] };
  }
}
