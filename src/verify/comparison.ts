// The comparison behind verify: by set, not by count. Pure: fed with what was read, in the order in which it was read.
// Live mode forgives only what a later write explains: numbers above the counter that was read before everything else.

import type { CouponCounts } from '../store/tables/coupons.ts';
import type { IssuedRow, Numbered } from '../store/tables/issuances.ts';
import type { UserKey } from '../user-id.ts';
import { Findings } from './findings.ts';
import type { GapName } from './gaps.ts';
import type { Waiting } from './unpersisted.ts';

/** `final`: no one asks for coupons any more, and everything must be exactly 0. `live`: a rush may be going on. */
export type VerifyMode = 'final' | 'live';

/** A coupon as Redis has it. */
export interface RedisSide extends Waiting {
  /** Some key of the coupon exists. */
  readonly loaded: boolean;
  /** Counter of sequence numbers, read before the rest: each grant up to it is in what was read after it. */
  readonly sequenceBefore: number;
  readonly holders: ReadonlySet<UserKey>;
  readonly malformedHolders: readonly string[];
  /** Value of the stock key; null if it is absent, NaN if it is no number. */
  readonly stock: number | null;
}

/** The coupon's own row. All of it comes from one statement, so that an insert in between shows in all or none. */
export type CountedCoupon = Omit<CouponCounts, 'resolved'>;

/** So many of each kind of gap are kept by name, to be recognized in a second look. */
const KEPT_MAX = 100_000;
/** In these states a coupon may be in MySQL alone. */
const NOT_LOADED_STATES = new Set(['DRAFT', 'ARCHIVED']);

const NONE: Numbered = { user: 0, sequence: 0 };

export class Comparison {
  readonly #found = new Findings<GapName>(KEPT_MAX);
  readonly #redis: RedisSide;
  readonly #mode: VerifyMode;
  /** Each user's number, wherever it was met. */
  readonly #numberOf = new Map<UserKey, number>();
  /** Numbers in the outbox and in dead letters, also resolved ones, ascending; those before the index are compared. */
  readonly #waiting: readonly Numbered[];
  #waitingIndex = 0;
  #last: Numbered = NONE;
  #rows = 0;
  #revoked = 0;
  #highestSequence = 0;
  #rowsWithoutHolder: UserKey[] = [];

  /** @param resolved dead letters that were given up */
  constructor(redis: RedisSide, resolved: readonly Numbered[], mode: VerifyMode) {
    this.#redis = redis;
    this.#mode = mode;
    for (const member of redis.malformedHolders) this.#found.add('malformedHolders', member);
    for (const id of redis.malformedEntries) this.#found.add('malformedEntries', id);
    for (const each of redis.outbox) this.#compareUser(each, 'outboxWithoutHolder');
    for (const each of redis.dead) this.#compareUser(each, 'deadWithoutHolder');
    for (const each of resolved) this.#compareUser(each, null);
    this.#waiting = [...redis.outbox, ...redis.dead, ...resolved].sort((a, b) => a.sequence - b.sequence);
  }

  /** Rows in ascending order of their sequence, each row once. */
  addRows(rows: readonly IssuedRow[]): void {
    for (const row of rows) {
      this.#rows++;
      this.#highestSequence = row.sequence;
      this.#takeWaitingUpTo(row.sequence);
      this.#takeNumber(row);
      if (!row.revoked) this.#compareUser(row, 'rowsWithoutHolder');
      else {
        this.#revoked++;
        this.#compareUser(row, null);
        if (this.#redis.holders.has(row.user)) this.#found.add('revokedHolders', row.user);
      }
    }
  }

  /**
   * @param coupon null if MySQL has no such coupon
   * @param sequenceAfter the counter of sequence numbers, read after the last row
   */
  finish(coupon: CountedCoupon | null, sequenceAfter: number): Findings<GapName> {
    this.#takeWaitingUpTo(Number.POSITIVE_INFINITY);
    const highest = this.#last.sequence;
    this.#addSequenceGap(highest + 1, this.#redis.sequenceBefore);
    const comparable = this.#redis.loaded || !NOT_LOADED_STATES.has(coupon?.state ?? '');
    if (comparable) {
      for (const user of this.#rowsWithoutHolder) this.#found.add('rowsWithoutHolder', user);
      this.#found.add('sequenceBehind', null, highest - sequenceAfter);
    }
    for (const user of this.#redis.holders) {
      if (!this.#numberOf.has(user)) this.#found.add('holdersWithoutRow', user);
    }
    this.#compareStock(coupon, comparable);
    if (this.#mode === 'final') {
      this.#found.add('outboxNotEmpty', null, this.#redis.outbox.length);
    }
    return this.#found;
  }

  /** Of the rows that were added. */
  get counted(): { rows: number; revoked: number; highestSequence: number } {
    return { rows: this.#rows, revoked: this.#revoked, highestSequence: this.#highestSequence };
  }

  #compareUser(each: Numbered, withoutHolder: GapName | null): void {
    const { user, sequence } = each;
    const known = this.#numberOf.get(user);
    if (known !== undefined && known !== sequence) this.#found.add('duplicateRows', user);
    this.#numberOf.set(user, sequence);
    if (withoutHolder === null || this.#redis.holders.has(user)) return;
    if (this.#mode === 'live' && sequence > this.#redis.sequenceBefore) return;
    if (withoutHolder === 'rowsWithoutHolder') this.#rowsWithoutHolder.push(user);
    else this.#found.add(withoutHolder, user);
  }

  #takeWaitingUpTo(sequence: number): void {
    for (; this.#waitingIndex < this.#waiting.length; this.#waitingIndex++) {
      const next = this.#waiting[this.#waitingIndex] as Numbered;
      if (next.sequence > sequence) return;
      this.#takeNumber(next);
    }
  }

  #takeNumber(each: Numbered): void {
    if (each.sequence === this.#last.sequence) {
      if (each.user !== this.#last.user) this.#found.add('duplicateSequences', each.sequence);
    } else {
      this.#addSequenceGap(this.#last.sequence + 1, each.sequence - 1);
    }
    this.#last = each;
  }

  #addSequenceGap(first: number, last: number): void {
    const known = this.#mode === 'live' ? Math.min(last, this.#redis.sequenceBefore) : last;
    if (first <= known) this.#found.addRange('sequenceGaps', first, known);
  }

  #compareStock(coupon: CountedCoupon | null, comparable: boolean): void {
    const { holders, malformedHolders, stock } = this.#redis;
    const redisLimit = stock === null || Number.isNaN(stock) ? Number.POSITIVE_INFINITY : stock;
    const limit = Math.min(redisLimit, coupon?.totalStock ?? Number.POSITIVE_INFINITY);
    this.#found.add('overIssuedRedis', null, holders.size + malformedHolders.length - limit);
    if (coupon === null) {
      this.#found.add('couponMissing', null);
      return;
    }
    const { totalStock, rowsHeld } = coupon;
    this.#found.add('overIssuedMysql', null, rowsHeld - totalStock);
    this.#found.add('stockMismatchMysql', null, Math.abs(coupon.stock - (totalStock - rowsHeld)));
    if (!comparable) return;
    const known = stock !== null && !Number.isNaN(stock);
    // An absent key is a difference even if the stock is 0: nothing can be issued, nor called sold out.
    this.#found.add('stockMismatchRedis', null, known ? Math.abs(stock - totalStock) : Math.max(1, totalStock));
  }
}
