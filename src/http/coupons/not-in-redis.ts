// The answer for a coupon that Redis can't decide about. A draft is answered as an unknown coupon, an archived one as
// closed. A user who holds an archived one, or did until it was revoked, is answered so, from MySQL. Anything else is
// NOT_READY, to be asked again. The row is at most a second old, so a preload is known within that time, and at once
// when Redis announces it.
import { type Decision, decisions } from '../../issuance/decision.ts';
import type { FindHolding } from '../../issuance/holding.ts';
import { isPublished } from '../../store/tables/coupons.ts';
import type { UserId } from '../../user-id.ts';
import type { CouponCache } from './coupon-cache.ts';

export interface NotInRedisOptions {
  readonly coupons: Pick<CouponCache, 'read'>;
  readonly findHolding: FindHolding;
}

export type DecideNotInRedis = (couponId: number, userId: UserId) => Promise<Decision>;

/** The function never rejects. */
export function createDecideNotInRedis({ coupons, findHolding }: NotInRedisOptions): DecideNotInRedis {
  return async (couponId, userId) => {
    const coupon = await coupons.read(couponId);
    if (coupon && !isPublished(coupon)) return decisions.unknownCoupon;
    if (coupon?.state !== 'ARCHIVED') return decisions.notReady;
    try {
      const found = await findHolding(couponId, userId);
      if (found.kind === 'held') return found.status === 'REVOKED' ? decisions.revoked : decisions.alreadyIssued;
      return found.kind === 'not-held' ? decisions.closed : decisions.notReady;
    } catch {
      return decisions.notReady;
    }
  };
}
