// Whether a user holds a coupon. This settles an unknown outcome (504): once a request's deadline has passed,
// lua/issue.lua will not execute it any more, so the answer is final.
// Whoever a verified Redis proves not to hold it is answered so from there. Of a holder it is known from this worker's
// own decisions, or MySQL has the row, or it is granted and still on its way there. All that is asked of a store is
// asked for all users of a coupon who ask in the same turn, in one call, and after they asked.
import { OperationalError } from '../errors.ts';
import type { VerifiedPool } from '../redis/verified-pool.ts';
import { type GatheringLimits, Gatherings } from '../runtime/gatherings.ts';
import type { Database } from '../store/database.ts';
import { type Coupon, isPublished, readCoupon } from '../store/tables/coupons.ts';
import { readResolvedUsers } from '../store/tables/dead-letters.ts';
import { readIssuancesOf } from '../store/tables/held-coupons.ts';
import { type UserId, type UserKey, userKey } from '../user-id.ts';
import { type Membership, Memberships } from './memberships.ts';
import type { Grant, RecentGrants } from './recent-grants.ts';
import { UnpersistedGrants } from './unpersisted-grants.ts';

export type Holding =
  | { readonly kind: 'held'; readonly sequence: number; readonly status: string; readonly issuedAtMs: number }
  | { readonly kind: 'not-held' }
  | { readonly kind: 'unknown-coupon' }
  | { readonly kind: 'not-known-now' };

export type FindHolding = (couponId: number, userId: UserId) => Promise<Holding>;

/** Some milliseconds of MySQL. */
const USERS_A_QUERY = 500;
/** Rounds of row, outbox, dead letters: between two reads the row may have moved from one to the next. */
const LOOKS = 3;

const NOT_HELD: Holding = { kind: 'not-held' };
const UNKNOWN_COUPON: Holding = { kind: 'unknown-coupon' };
const NOT_KNOWN_NOW: Holding = { kind: 'not-known-now' };

export interface HoldingFinderOptions extends GatheringLimits {
  readonly redis: Pick<VerifiedPool, 'run'>;
  readonly database: Pick<Database, 'query'>;
  /** Connections of `database`. */
  readonly queriesMax: number;
  readonly recent: Pick<RecentGrants, 'find'>;
}

export class HoldingFinder {
  readonly #recent: Pick<RecentGrants, 'find'>;
  readonly #memberships: Memberships;
  readonly #unpersisted: UnpersistedGrants;
  readonly #rows: Gatherings<number, UserId, Holding | null>;
  readonly #givenUp: Gatherings<number, UserId, Holding | null>;
  readonly #coupons: Gatherings<number, null, Coupon | null>;

  constructor({ redis, database, queriesMax, recent, ...limits }: HoldingFinderOptions) {
    this.#recent = recent;
    this.#memberships = new Memberships({ redis, ...limits });
    this.#unpersisted = new UnpersistedGrants(redis, limits.waitingMax);
    const shared = { ...limits, callsMax: queriesMax, failTogether: true };
    const ofUsers = (read: ReadOfUsers) =>
      new Gatherings<number, UserId, Holding | null>({
        ...shared,
        ask: (couponId, users) => readHoldings(database, read, couponId, users),
        keysMax: USERS_A_QUERY,
      });
    this.#rows = ofUsers(readIssuancesOf);
    this.#givenUp = ofUsers(readResolvedUsers);
    this.#coupons = new Gatherings({
      ...shared,
      async ask(couponId, keys) {
        const coupon = await readCoupon(database, couponId);
        return keys.map(() => coupon);
      },
      keysMax: limits.waitingMax,
    });
  }

  readonly find: FindHolding = async (couponId, userId) => {
    let member: Membership;
    try {
      member = await this.#memberships.find(couponId, userId);
    } catch (error) {
      if (error instanceof OperationalError) return NOT_KNOWN_NOW;
      throw error;
    }
    // A verified Redis has every holder of a loaded coupon.
    if (member.kind === 'not-holder') return NOT_HELD;
    if (member.kind === 'holder') {
      const grant = this.#recent.find(couponId, userId, member.epoch);
      if (grant) return heldBy(grant);
    }
    try {
      return await this.#findInBoth(couponId, userId, member);
    } catch (error) {
      if (error instanceof OperationalError) return this.#findWithoutMysql(couponId, userId, member);
      throw error;
    }
  };

  async #findInBoth(couponId: number, userId: UserId, { kind }: Membership): Promise<Holding> {
    for (let look = 0; look < LOOKS; look++) {
      const row = await this.#rows.ask(couponId, userId);
      if (row) return row;
      if (kind !== 'holder') break;
      const found = await this.#unpersisted.find(couponId, userId);
      // A user who waited for a search may have a row by now.
      if (found === 'unknown') return (await this.#rows.ask(couponId, userId)) ?? NOT_KNOWN_NOW;
      if (found !== 'none') return heldBy(found);
    }
    if (kind === 'holder') return (await this.#givenUp.ask(couponId, userId)) ?? NOT_KNOWN_NOW;
    const coupon = await this.#coupons.ask(couponId, null);
    if (!coupon || !isPublished(coupon)) return UNKNOWN_COUPON;
    // Its life in Redis is over: MySQL knows all. Otherwise Redis knows more than we can see now.
    if (coupon.state === 'ARCHIVED') return (await this.#givenUp.ask(couponId, userId)) ?? NOT_HELD;
    return NOT_KNOWN_NOW;
  }

  /** What became of a revoked one is in MySQL. */
  async #findWithoutMysql(couponId: number, userId: UserId, { kind }: Membership): Promise<Holding> {
    if (kind !== 'holder') return NOT_KNOWN_NOW;
    const found = await this.#unpersisted.find(couponId, userId);
    return typeof found === 'string' ? NOT_KNOWN_NOW : heldBy(found);
  }
}

function heldBy({ sequence, issuedAtMs }: Grant): Holding {
  return { kind: 'held', sequence, status: 'ISSUED', issuedAtMs };
}

/** By user. A dead letter that an operator gave up has no status: the user holds the coupon, and has no row. */
type ReadOfUsers = (
  database: Pick<Database, 'query'>,
  couponId: number,
  users: readonly UserKey[],
) => Promise<ReadonlyMap<UserKey, { readonly sequence: number; readonly issuedAt: Date; readonly status?: string }>>;

async function readHoldings(
  database: Pick<Database, 'query'>,
  read: ReadOfUsers,
  couponId: number,
  users: readonly UserId[],
): Promise<(Holding | null)[]> {
  const keys = users.map(userKey);
  const found = await read(database, couponId, [...new Set(keys)]);
  return keys.map((key): Holding | null => {
    const row = found.get(key);
    if (!row) return null;
    const { sequence, status = 'GIVEN_UP', issuedAt } = row;
    return { kind: 'held', sequence, status, issuedAtMs: issuedAt.getTime() };
  });
}
