// The resume of a draft that is held: a pause of everything has marked it in Redis, so it would be loaded paused. MySQL
// gets the pause and the resume in one transaction; then the mark is removed. A crash in between leaves a mark whose id
// MySQL knows: the persisters release it, and it is not put back after a loss of Redis.
import { recordAudit } from '../store/tables/audit.ts';
import { isBrakeRecorded } from '../store/tables/brake-records.ts';
import { type Coupon, lockCoupon } from '../store/tables/coupons.ts';
import type { Stores } from '../stores.ts';
import type { PlacedBrake } from './brake.ts';
import { type MoveOutcome, MoveRefused, type Order, recordRefusedMove, whenUncontended } from './move.ts';
import { afterPause, settleBrake } from './record-brake.ts';
import { noStore } from './store-attempt.ts';

/**
 * @param brakes the marks of the coupon; undefined: Redis does not answer
 * @returns null if the coupon is no draft, or is not held: nothing was changed
 * @throws MoveRefused, or OperationalError
 */
export async function releaseDraft(
  servers: Stores,
  order: Order,
  brakes: readonly PlacedBrake[] | undefined,
): Promise<MoveOutcome | null> {
  const { couponId, ifVersion, dryRun } = order;
  const draft = await whenUncontended(servers.database, async (tx) => {
    const coupon = await lockCoupon(tx, couponId);
    if (coupon?.state !== 'DRAFT' || brakes?.length === 0) return null;
    if (brakes === undefined) throw noStore('Redis does not answer, and it knows whether this draft is paused');
    const isAsSeen = ifVersion === undefined || ifVersion === coupon.version;
    if (isAsSeen && !dryRun) {
      for (const brake of brakes) {
        if (await isBrakeRecorded(tx, couponId, brake.id)) continue;
        const { actor, reason, atMs } = brake;
        await recordAudit(tx, recordOf(coupon, 'pause', actor, reason, afterPause(brake, coupon, atMs)));
      }
      await recordAudit(tx, recordOf(coupon, 'resume', order.actor, order.reason ?? null, { state: coupon.state }));
    }
    return { coupon, isAsSeen, held: brakes };
  });
  if (draft === null) return null;
  const { coupon, isAsSeen, held } = draft;
  if (!isAsSeen) {
    const refusal = new MoveRefused('VERSION_CONFLICT', `The coupon has version ${coupon.version}, not ${ifVersion}`);
    if (!dryRun) await recordRefusedMove(servers.database, 'resume', order, refusal);
    throw refusal;
  }
  if (dryRun) return { coupon, changed: true, inEffect: false, dryRun: true, warnings: [] };
  let inEffect = true;
  // Not if it was preloaded a moment ago: the persisters release it, as of any coupon whose pause is recorded.
  for (const brake of held) inEffect = (await settleBrake(servers, brake, coupon)) && inEffect;
  return { coupon, changed: true, inEffect };
}

function recordOf(coupon: Coupon, action: 'pause' | 'resume', actor: string, reason: string | null, after: object) {
  const before = { state: coupon.state };
  return { actor, action, couponId: coupon.id, before, after, result: 'APPLIED', detail: reason } as const;
}
