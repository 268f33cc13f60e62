// The answer for a coupon that Redis can't decide about. A draft is answered as an unknown coupon, an archived one as
// closed. A user who holds an archived one, or did until it was revoked, is answered so, from MySQL, which has all of
// it: Redis has nothing of it any more. Anything else is NOT_READY, to be asked again. The row is at most a second old,
// so a preload is known within that time, and at once when Redis announces it.
import { type Decision, decisions } from '../../issuance/decision.ts';
import { isPublished } from '../../store/tables/coupons.ts';
import type { UserId } from '../../user-id.ts';
import type { ArchivedHolding, ArchivedHoldings } from './archived-holdings.ts';
import type { CouponCache } from './coupon-cache.ts';

export interface NotInRedisOptions {
  readonly coupons: Pick<CouponCache, 'read'>;
  readonly archived: Pick<ArchivedHoldings, 'find'>;
}

const archivedDecisions = {
  held: decisions.alreadyIssued,
  revoked: decisions.revoked,
  'not-held': decisions.closed,
} as const satisfies Record<ArchivedHolding, Decision>;

export type DecideNotInRedis = (couponId: number, userId: UserId) => Promise<Decision>;

/** The function never rejects. */
export function createDecideNotInRedis({ coupons, archived }: NotInRedisOptions): DecideNotInRedis {
  return async (couponId, userId) => {
    const coupon = await coupons.read(couponId);
    if (coupon && !isPublished(coupon)) return decisions.unknownCoupon;
    if (coupon?.state !== 'ARCHIVED') return decisions.notReady;
    try {
      return archivedDecisions[await archived.find(couponId, userId)];
    } catch {
      return decisions.notReady;
    }
  };
}
