// The end of a coupon's life: proven by a final verify, and removed from Redis. MySQL keeps everything.
// A crash after MySQL says ARCHIVED leaves keys in Redis that issue nothing; the reconciler removes them.

import { readCoupon } from '../store/tables/coupons.ts';
import type { Stores } from '../stores.ts';
import { type Verification, type VerifyOptions, verifyCoupon } from '../verify/verify.ts';
import { type MoveOutcome, MoveRefused, makeMove, type Order } from './move.ts';

export interface ArchiveOutcome extends MoveOutcome {
  /** null: a draft, which was never issued, or archived before. */
  readonly verification: Verification | null;
}

/** @throws MoveRefused NOT_DRAINED or NOT_PROVEN: the coupon stays closed */
export async function archiveCoupon(
  servers: Stores,
  order: Order,
  report?: VerifyOptions['report'],
): Promise<ArchiveOutcome> {
  const coupon = await readCoupon(servers.database, order.couponId);
  // Proven now, or a draft that needs no proof: exactly what was checked is archived. Any move in between, also a
  // close, changes the version.
  const asSeen = { ...order, ifVersion: order.ifVersion ?? coupon?.version };
  if (coupon?.state !== 'CLOSED') {
    return { ...(await makeMove(servers, 'archive', asSeen)), verification: null };
  }
  const verification = await verifyCoupon(servers, coupon.id, { mode: 'final', ...(report && { report }) });
  const waiting = verification.redis ? verification.redis.outbox + verification.redis.dead : 0;
  if (waiting > 0) {
    throw new MoveRefused('NOT_DRAINED', `${waiting} issued coupons are in the outbox or in dead letters`);
  }
  if (!verification.ok) {
    const gaps = verification.gaps.filter(({ count }) => count > 0).map(({ name, count }) => `${name} ${count}`);
    throw new MoveRefused('NOT_PROVEN', `Redis and MySQL do not agree: ${gaps.join(', ')}`);
  }
  return { ...(await makeMove(servers, 'archive', asSeen)), verification };
}
