// The answer for a coupon that Redis can't decide about: a draft has not opened yet, an archived one is closed (and its
// holders get the answer that they hold it, from MySQL). Anything else is NOT_READY, to be asked again.
import { type Decision, decisions } from '../../issuance/decision.ts';
import type { FindHolding } from '../../issuance/holding.ts';
import type { UserId } from '../../user-id.ts';
import type { CouponCache } from './coupon-cache.ts';

export interface NotInRedisOptions {
  readonly coupons: Pick<CouponCache, 'read'>;
  readonly findHolding: FindHolding;
  /** Milliseconds since 1970, by Redis' clock. */
  readonly redisNowMs: () => number;
}

export type DecideNotInRedis = (couponId: number, userId: UserId) => Promise<Decision>;

/** The function never rejects. */
export function createDecideNotInRedis({ coupons, findHolding, redisNowMs }: NotInRedisOptions): DecideNotInRedis {
  return async (couponId, userId) => {
    const coupon = await coupons.read(couponId);
    const opensAtMs = coupon?.opensAt?.getTime() ?? 0;
    if (coupon?.state === 'DRAFT' && opensAtMs > redisNowMs()) return { kind: 'not-open', opensAtMs };
    if (coupon?.state !== 'ARCHIVED') return decisions.notReady;
    try {
      const found = await findHolding(couponId, userId);
      if (found.kind === 'held') return decisions.alreadyIssued;
      return found.kind === 'not-held' ? decisions.closed : decisions.notReady;
    } catch {
      return decisions.notReady;
    }
  };
}
