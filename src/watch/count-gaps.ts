// The quick comparison of Redis and MySQL: by counts. It misses what cancels out, and costs no list of users.

import { type CouponSnapshot, inspectCoupon } from '../redis/coupon-snapshot.ts';
import { readCounts } from '../store/tables/coupons.ts';
import type { ReadStores } from '../stores.ts';
import type { GapName } from '../verify/gaps.ts';

/**
 * Over-issue is judged at any time. Holders and rows are compared only if nothing was on its way while both were
 * counted: the outbox was empty before and after, and no one got a coupon in between.
 */
export async function countGaps({ redis, database }: ReadStores, couponId: number): Promise<Map<GapName, number>> {
  const before = await inspectCoupon(redis, couponId);
  const row = await readCounts(database, couponId);
  const after = await inspectCoupon(redis, couponId);
  if (!row) return new Map([['couponMissing', 1]]);
  const stock = Number(after.stock);
  const gaps = new Map<GapName, number>([
    ['overIssuedRedis', Number.isNaN(stock) ? 0 : Math.max(0, after.holders - stock)],
    ['overIssuedMysql', Math.max(0, row.rowsHeld - row.totalStock)],
  ]);
  if (!atRest(before, after)) return gaps;
  // Resolved dead letters are holders without a row, if they had a user.
  const difference = after.holders - row.rowsHeld - after.dead;
  gaps.set('holdersWithoutRow', Math.max(0, difference - row.resolved));
  gaps.set('rowsWithoutHolder', Math.max(0, -difference));
  return gaps;
}

function atRest(before: CouponSnapshot, after: CouponSnapshot): boolean {
  const moved = before.sequence !== after.sequence || before.holders !== after.holders || before.dead !== after.dead;
  return before.outbox === 0 && after.outbox === 0 && !moved;
}
