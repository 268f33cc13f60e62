// Which users hold a coupon, by Redis: asked for all users who ask in one turn of the event loop in one call.
import { type MembershipKind, membershipKeys, readMemberships } from '../redis/membership.ts';
import type { VerifiedPool } from '../redis/verified-pool.ts';
import { type GatheringLimits, Gatherings } from '../runtime/gatherings.ts';
import type { UserId } from '../user-id.ts';

export interface Membership {
  /** `away`: Redis can't be asked. */
  readonly kind: MembershipKind | 'away';
  /** The coupon's history in Redis; 0: not known. */
  readonly epoch: number;
}

/** Some 0.3 ms of Redis, and 8 KB of ids. */
const USERS_A_CALL = 500;
/** One crowd asks for one coupon; a call each for so many coupons at a time. */
const CALLS_MAX = 8;
const AWAY: Membership = { kind: 'away', epoch: 0 };

export interface MembershipsOptions extends GatheringLimits {
  readonly redis: Pick<VerifiedPool, 'run'>;
}

export class Memberships {
  readonly #redis: Pick<VerifiedPool, 'run'>;
  readonly #gatherings: Gatherings<number, UserId, Membership>;

  constructor({ redis, ...limits }: MembershipsOptions) {
    this.#redis = redis;
    this.#gatherings = new Gatherings({
      ...limits,
      ask: (couponId, users) => this.#read(couponId, users),
      keysMax: USERS_A_CALL,
      callsMax: CALLS_MAX,
    });
  }

  /** As Redis has it after this call. @throws OperationalError if too many wait */
  find(couponId: number, userId: UserId): Promise<Membership> {
    return this.#gatherings.ask(couponId, userId);
  }

  async #read(couponId: number, users: readonly UserId[]): Promise<Membership[]> {
    try {
      const call = this.#redis.run(0, 'memberships', membershipKeys(couponId), [users.join(',')]);
      if (call === null) return users.map(() => AWAY);
      const { epoch, kinds } = readMemberships(await call, users.length);
      return kinds.map((kind) => ({ kind, epoch }));
    } catch {
      // A lost connection, or a key of another type: MySQL may know enough.
      return users.map(() => AWAY);
    }
  }
}
