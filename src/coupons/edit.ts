// Changes a coupon before it opens. What users were promised is never changed later: once it opens, only restock,
// pause, close and revoke are left.
import { couponKeys } from '../redis/keys.ts';
import { redisNow } from '../redis/time.ts';
import { mysqlNow } from '../store/server-status.ts';
import type { Changes, NewCoupon } from '../store/tables/coupon-changes.ts';
import type { Coupon } from '../store/tables/coupons.ts';
import type { Stores } from '../stores.ts';
import { checkFields, fieldsThatDiffer, openingOf } from './fields.ts';
import { type MoveOutcome, MoveRefused, makeMove, type Order } from './move.ts';
import { checkLowering, lowerInRedis, stockChanges } from './restock.ts';
import { restoreCoupon } from './restore.ts';
import { warningsOfDiscount } from './warnings.ts';

/** What is not given stays as it is; null removes a time. */
export interface Edit {
  readonly name?: string;
  readonly totalStock?: number;
  readonly discountType?: NewCoupon['discountType'];
  readonly discountAmount?: number;
  readonly opensAt?: Date | null;
  readonly closesAt?: Date | null;
  readonly expiredAt?: Date | null;
  /** As of CouponOrder. */
  readonly openNow?: boolean;
}

/** Longer than it takes to repair a crash between MySQL and Redis, so that no user meets the coupon half edited. */
const MARGIN_MS = 5000;

export async function editCoupon(
  servers: Stores,
  order: Order,
  { openNow = false, ...fields }: Edit,
): Promise<MoveOutcome> {
  const lowering = { begun: false };
  try {
    return await makeMove(servers, 'edit', order, async (tx, coupon) => {
      const nowMs = await mysqlNow(tx);
      const edit = { ...fields, ...openingOf(fields.opensAt, openNow, nowMs) };
      checkFields({ ...coupon, ...edit }, nowMs, { before: coupon, openNow });
      // Also a repeat after a 504, so that it does not take the version from another operator.
      if (fieldsThatDiffer(coupon, { ...coupon, ...edit }).size === 0) return null;
      if (coupon.state !== 'DRAFT') await checkNotOpening(servers, coupon, edit.opensAt);
      const total = edit.totalStock ?? coupon.totalStock;
      if (total < coupon.totalStock && coupon.state !== 'DRAFT') {
        lowering.begun = !order.dryRun;
        await (order.dryRun ? checkLowering(servers, coupon, total) : lowerInRedis(servers, tx, coupon, total));
      }
      return {
        changes: { ...(edit as Changes), ...(edit.totalStock === undefined ? {} : stockChanges(coupon, total)) },
        warnings: warningsOfDiscount(coupon, { ...coupon, ...edit }),
      };
    });
  } catch (error) {
    if (lowering.begun) await restoreCoupon(servers, order.couponId).catch(() => {});
    throw error;
  }
}

/** By Redis' clock, which is the one that opens it. */
async function checkNotOpening({ redis }: Stores, coupon: Coupon, opensAt?: Date | null): Promise<void> {
  const nowMs = await redisNow(redis);
  const opensAtMs = coupon.opensAt?.getTime() ?? 0;
  if (opensAtMs - nowMs < MARGIN_MS) {
    const when = opensAtMs > nowMs ? `opens in less than ${MARGIN_MS / 1000} s` : 'is open already';
    throw new MoveRefused('STATE_CONFLICT', `The coupon ${when}: only restock, pause, close and revoke are left`);
  }
  if (opensAt === null) {
    throw new MoveRefused('STATE_CONFLICT', 'The coupon is preloaded: without opensAt it would open at once');
  }
  // An edit of a coupon that a user holds would change what was promised.
  if ((await redis.exists(couponKeys(coupon.id).holders)) === 1) {
    throw new MoveRefused('STATE_CONFLICT', 'The coupon was issued already');
  }
}
