// Whether a user holds a coupon: in MySQL, or granted in Redis and still on its way there. This settles an unknown
// outcome (504): once a request's deadline has passed, lua/issue.lua will not execute it any more, so the answer is
// final.
import { OperationalError } from '../errors.ts';
import { couponKeys } from '../redis/keys.ts';
import type { VerifiedPool } from '../redis/verified-pool.ts';
import { Semaphore } from '../runtime/semaphore.ts';
import type { Database } from '../store/database.ts';
import { isPublished, readCoupon } from '../store/tables/coupons.ts';
import { readResolvedOf } from '../store/tables/dead-letters.ts';
import { readIssuance } from '../store/tables/issuances.ts';
import type { UserId } from '../user-id.ts';

export type Holding =
  | { readonly kind: 'held'; readonly sequence: number; readonly status: string; readonly issuedAtMs: number }
  | { readonly kind: 'not-held' }
  | { readonly kind: 'unknown-coupon' }
  | { readonly kind: 'not-known-now' };

export type FindHolding = (couponId: number, userId: UserId) => Promise<Holding>;

/** What one call looks through: some 0.3 ms of Redis. */
const PAGE_BYTES = 65_536;
/** Searches of an outbox at the same time in one worker: Redis is there to decide. */
const SEARCHES_MAX = 4;
/** For a turn to search, and for one search. */
const TURN_WAIT_MS = 1000;
const SEARCH_MS_MAX = 1000;
/** Rounds of row, outbox, dead letters: between two reads the row may have moved from one to the next. */
const LOOKS = 3;

/** What Redis says, see lua/find-holding.lua; `away`: it can't be asked. */
type Membership = 'absent' | 'holder' | 'revoked' | 'not-holder' | 'incomplete' | 'away';

const NOT_KNOWN_NOW: Holding = { kind: 'not-known-now' };

/** What lua/find-holding.lua reads, in its order. */
export function findHoldingKeys(couponId: number): string[] {
  const { stock, holders, outbox, dead, meta, revoked } = couponKeys(couponId);
  return [stock, holders, outbox, dead, meta, revoked];
}

export class HoldingFinder {
  readonly #redis: Pick<VerifiedPool, 'run'>;
  readonly #database: Database;
  readonly #searches = new Semaphore(SEARCHES_MAX, TURN_WAIT_MS);

  constructor(redis: Pick<VerifiedPool, 'run'>, database: Database) {
    this.#redis = redis;
    this.#database = database;
  }

  readonly find: FindHolding = async (couponId, userId) => {
    const member = await this.#membership(couponId, userId);
    try {
      return await this.#findInBoth(couponId, userId, member);
    } catch (error) {
      if (error instanceof OperationalError) return this.#findWithoutMysql(couponId, userId, member);
      throw error;
    }
  };

  async #findInBoth(couponId: number, userId: UserId, member: Membership): Promise<Holding> {
    for (let look = 0; look < LOOKS; look++) {
      const row = await this.#stored(couponId, userId);
      if (row) return row;
      if (member !== 'holder') break;
      const found = await this.#pending(couponId, userId);
      // A user who waited for a search may have a row by now.
      if (found === NOT_KNOWN_NOW) return (await this.#stored(couponId, userId)) ?? found;
      if (found) return found;
    }
    if (member === 'not-holder') return { kind: 'not-held' };
    if (member === 'holder') return (await this.#givenUp(couponId, userId)) ?? NOT_KNOWN_NOW;
    const coupon = await readCoupon(this.#database, couponId);
    if (!coupon || !isPublished(coupon)) return { kind: 'unknown-coupon' };
    // Its life in Redis is over: MySQL knows all. Otherwise Redis knows more than we can see now.
    if (coupon.state === 'ARCHIVED') return (await this.#givenUp(couponId, userId)) ?? { kind: 'not-held' };
    return NOT_KNOWN_NOW;
  }

  async #findWithoutMysql(couponId: number, userId: UserId, member: Membership): Promise<Holding> {
    // A verified Redis has every holder of a loaded coupon. What became of a revoked one is in MySQL.
    if (member === 'not-holder') return { kind: 'not-held' };
    return (member === 'holder' ? await this.#pending(couponId, userId) : null) ?? NOT_KNOWN_NOW;
  }

  async #membership(couponId: number, userId: UserId): Promise<Membership> {
    const reply = await this.#search(couponId, userId, 'holders', '-');
    return reply === null ? 'away' : (reply[0] as Membership);
  }

  async #stored(couponId: number, userId: UserId): Promise<Holding | null> {
    const row = await readIssuance(this.#database, couponId, userId);
    return row && { kind: 'held', sequence: row.sequence, status: row.status, issuedAtMs: row.issuedAt.getTime() };
  }

  /** A dead letter that an operator gave up: the user holds the coupon in Redis, and will never have a row. */
  async #givenUp(couponId: number, userId: UserId): Promise<Holding | null> {
    const letter = await readResolvedOf(this.#database, couponId, userId);
    if (!letter) return null;
    return { kind: 'held', sequence: letter.sequence, status: 'GIVEN_UP', issuedAtMs: letter.issuedAt.getTime() };
  }

  /** In the outbox or the dead letters; null: in neither of them. */
  async #pending(couponId: number, userId: UserId): Promise<Holding | null> {
    const found = await this.#searches.run(async () => {
      const untilMs = performance.now() + SEARCH_MS_MAX;
      const inOutbox = await this.#searchStream(couponId, userId, 'outbox', untilMs);
      return { holding: inOutbox ?? (await this.#searchStream(couponId, userId, 'dead', untilMs)) };
    });
    return found === null ? NOT_KNOWN_NOW : found.holding;
  }

  async #searchStream(
    couponId: number,
    userId: UserId,
    stage: 'outbox' | 'dead',
    untilMs: number,
  ): Promise<Holding | null> {
    for (let from = '-'; performance.now() < untilMs; ) {
      const reply = await this.#search(couponId, userId, stage, from);
      if (reply === null) return NOT_KNOWN_NOW;
      if (reply[0] === 'end') return null;
      if (reply[0] === 'found') {
        return { kind: 'held', sequence: Number(reply[1]), status: 'ISSUED', issuedAtMs: Number(reply[2]) };
      }
      from = `(${reply[1]}`;
    }
    return NOT_KNOWN_NOW;
  }

  /** null while Redis can't be asked. */
  async #search(couponId: number, userId: UserId, stage: 'holders' | 'outbox' | 'dead', from: string) {
    try {
      const args = [userId, stage, from, PAGE_BYTES];
      const call = this.#redis.run(0, 'find-holding', findHoldingKeys(couponId), args);
      return call === null ? null : ((await call) as string[]);
    } catch {
      return null;
    }
  }
}
