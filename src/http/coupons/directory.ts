// Which coupons exist, as one HTTP worker knows it: asked for each request, so it answers from memory, and MySQL is asked
// once per coupon and minute. All of it is bounded (I6): entries, age, and questions at a time.
import type { Database } from '../../store/database.ts';

/** `unknown`: MySQL can't be asked now, and this coupon was not asked for before. */
export type Existence = 'yes' | 'no' | 'unknown';

export interface DirectoryLimits {
  readonly entriesMax: number;
  /** Milliseconds for which an existing coupon is not asked for again. */
  readonly presentMs: number;
  /** The same for a missing one: short, since it may be created now. */
  readonly absentMs: number;
  readonly lookupsMax: number;
}

const defaults: DirectoryLimits = { entriesMax: 10_000, presentMs: 60_000, absentMs: 1000, lookupsMax: 50 };

interface Entry {
  readonly exists: boolean;
  readonly freshUntil: number;
}

interface Lookup {
  answer: Promise<Existence>;
  /** The coupon was changed since the question: the answer may be older than the change. */
  outdated: boolean;
}

export class CouponDirectory {
  readonly #database: Pick<Database, 'query'>;
  readonly #limits: DirectoryLimits;
  readonly #now: () => number;
  /** In the order of last use. */
  readonly #entries = new Map<number, Entry>();
  readonly #lookups = new Map<number, Lookup>();

  constructor(
    database: Pick<Database, 'query'>,
    { now = () => performance.now(), ...limits }: Partial<DirectoryLimits> & { now?: () => number } = {},
  ) {
    this.#database = database;
    this.#limits = { ...defaults, ...limits };
    this.#now = now;
  }

  /** What is known without asking; null where MySQL must be asked. For a path that must not wait. */
  peek(couponId: number): 'yes' | 'no' | null {
    const entry = this.#entries.get(couponId);
    if (!entry || entry.freshUntil < this.#now()) return null;
    this.#entries.delete(couponId);
    this.#entries.set(couponId, entry);
    return entry.exists ? 'yes' : 'no';
  }

  /** Never rejects. While MySQL is away, what it said last still counts, however old. */
  exists(couponId: number): Promise<Existence> {
    const known = this.peek(couponId);
    if (known !== null) return Promise.resolve(known);
    const running = this.#lookups.get(couponId);
    if (running) return running.answer;
    if (this.#lookups.size >= this.#limits.lookupsMax) return Promise.resolve(this.#remembered(couponId));
    const lookup: Lookup = { answer: Promise.resolve('unknown'), outdated: false };
    this.#lookups.set(couponId, lookup);
    lookup.answer = this.#ask(couponId, lookup);
    return lookup.answer;
  }

  /** The coupon was changed or created: ask again. */
  forget(couponId: number): void {
    this.#entries.delete(couponId);
    const lookup = this.#lookups.get(couponId);
    if (lookup) lookup.outdated = true;
    this.#lookups.delete(couponId);
  }

  async #ask(couponId: number, lookup: Lookup): Promise<Existence> {
    try {
      const exists = (await this.#database.query('SELECT id FROM coupon WHERE id = ?', [couponId])).length > 0;
      if (!lookup.outdated) this.#remember(couponId, exists);
      return exists ? 'yes' : 'no';
    } catch {
      return this.#remembered(couponId);
    } finally {
      if (!lookup.outdated) this.#lookups.delete(couponId);
    }
  }

  #remembered(couponId: number): Existence {
    const entry = this.#entries.get(couponId);
    if (!entry) return 'unknown';
    return entry.exists ? 'yes' : 'no';
  }

  #remember(couponId: number, exists: boolean): void {
    const { entriesMax, presentMs, absentMs } = this.#limits;
    this.#entries.delete(couponId);
    this.#entries.set(couponId, { exists, freshUntil: this.#now() + (exists ? presentMs : absentMs) });
    if (this.#entries.size > entriesMax) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
  }
}
