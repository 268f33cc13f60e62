// The coupon rows that one HTTP worker knows. Whether a coupon exists is asked for each request, so it is answered from
// memory, and MySQL is asked once a minute and coupon. A caller that needs the row itself gets one that is at most a
// second old. All of it is bounded (I6): entries, age, and questions at a time.
import { BoundedMap } from '../../runtime/bounded-map.ts';
import { orUndefinedAfter } from '../../runtime/patience.ts';
import type { Database } from '../../store/database.ts';
import { type Coupon, readCoupon } from '../../store/tables/coupons.ts';

/** `unknown`: MySQL can't be asked now, and this coupon was not asked for before. */
export type Existence = 'yes' | 'no' | 'unknown';

export interface CouponCacheLimits {
  readonly entriesMax: number;
  /** Milliseconds for which it is known that a coupon exists. */
  readonly presentMs: number;
  /** The same of a missing one: short, since it may be created now. */
  readonly absentMs: number;
  readonly lookupsMax: number;
}

const defaults: CouponCacheLimits = { entriesMax: 10_000, presentMs: 60_000, absentMs: 1000, lookupsMax: 50 };
const ROW_MS = 1000;

interface Entry {
  /** null: there is no such coupon. */
  readonly coupon: Coupon | null;
  readonly readMs: number;
}

interface Lookup {
  /** null: MySQL can't be asked. */
  answer: Promise<Entry | null>;
  /** The coupon was changed since the question: the answer may be older than the change. */
  outdated: boolean;
}

export class CouponCache {
  readonly #database: Pick<Database, 'query'>;
  readonly #limits: CouponCacheLimits;
  readonly #now: () => number;
  readonly #entries: BoundedMap<number, Entry>;
  readonly #lookups = new Map<number, Lookup>();

  constructor(
    database: Pick<Database, 'query'>,
    { now = () => performance.now(), ...limits }: Partial<CouponCacheLimits> & { now?: () => number } = {},
  ) {
    this.#database = database;
    this.#limits = { ...defaults, ...limits };
    this.#now = now;
    this.#entries = new BoundedMap(this.#limits.entriesMax);
  }

  /** What is known without asking; null if MySQL must be asked. For a path that must not wait. */
  peek(couponId: number): 'yes' | 'no' | null {
    const entry = this.#entries.get(couponId);
    if (!entry) return null;
    const { presentMs, absentMs } = this.#limits;
    if (entry.readMs + (entry.coupon ? presentMs : absentMs) < this.#now()) return null;
    return entry.coupon ? 'yes' : 'no';
  }

  /** Never rejects. While MySQL is unreachable, what it said last still counts, however old. */
  async exists(couponId: number): Promise<Existence> {
    const known = this.peek(couponId);
    if (known !== null) return known;
    const entry = (await this.#ask(couponId)) ?? this.#entries.peek(couponId);
    if (!entry) return 'unknown';
    return entry.coupon ? 'yes' : 'no';
  }

  /**
   * The row, at most a second old. Never rejects. @returns null: no such coupon; undefined: MySQL can't be asked now
   */
  async read(couponId: number): Promise<Coupon | null | undefined> {
    const entry = this.#entries.get(couponId);
    if (entry && this.#now() <= entry.readMs + ROW_MS) return entry.coupon;
    return (await this.#ask(couponId))?.coupon;
  }

  /** As `read`, without waiting longer than this: then the row that was read last, however old, if it is known. */
  async readWithin(couponId: number, withinMs: number): Promise<Coupon | null | undefined> {
    const coupon = await orUndefinedAfter(this.read(couponId), withinMs);
    return coupon === undefined ? this.#entries.peek(couponId)?.coupon : coupon;
  }

  /**
   * The coupon was changed or created: ask again. The row stays known, for the time when MySQL can't be asked.
   */
  forget(couponId: number): void {
    const coupon = this.#entries.peek(couponId)?.coupon;
    if (coupon) this.#entries.set(couponId, { coupon, readMs: Number.NEGATIVE_INFINITY });
    else this.#entries.delete(couponId);
    const lookup = this.#lookups.get(couponId);
    if (lookup) lookup.outdated = true;
    this.#lookups.delete(couponId);
  }

  #ask(couponId: number): Promise<Entry | null> {
    const running = this.#lookups.get(couponId);
    if (running) return running.answer;
    if (this.#lookups.size >= this.#limits.lookupsMax) return Promise.resolve(null);
    const lookup: Lookup = { answer: Promise.resolve(null), outdated: false };
    this.#lookups.set(couponId, lookup);
    lookup.answer = this.#lookUp(couponId, lookup);
    return lookup.answer;
  }

  async #lookUp(couponId: number, lookup: Lookup): Promise<Entry | null> {
    try {
      const readMs = this.#now();
      const entry: Entry = { coupon: await readCoupon(this.#database, couponId), readMs };
      if (!lookup.outdated) this.#entries.set(couponId, entry);
      return entry;
    } catch {
      return null;
    } finally {
      if (!lookup.outdated) this.#lookups.delete(couponId);
    }
  }
}
