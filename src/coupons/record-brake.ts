// The second half of a pause: what Redis does already gets its row and its audit record in MySQL.
// Promise: each mark is recorded once, by its id, whichever process does it. It is released in Redis only after MySQL
// has it and Redis has MySQL's version. A crash at any point leaves the mark, so the coupon stays paused and the next
// process goes on.

import { recordAudit, recordRefusal } from '../store/tables/audit.ts';
import { isBrakeRecorded } from '../store/tables/brake-records.ts';
import { pauseRow } from '../store/tables/coupon-changes.ts';
import { type Coupon, lockCoupon } from '../store/tables/coupons.ts';
import type { Stores } from '../stores.ts';
import { type Brake, releaseBrake } from './brake.ts';
import { MoveRefused, whenUncontended } from './move.ts';
import { planMove, stateConflict } from './states.ts';
import { syncCoupon } from './sync.ts';

export interface RecordOptions {
  /** When it took effect in Redis; null: it did not. */
  readonly atMs: number | null;
  readonly ifVersion?: number | undefined;
  /** A draft can't be paused. Of a pause that was accepted while MySQL was down, the mark waits until it is loaded. */
  readonly holdDraft?: boolean;
}

export interface BrakeRecord {
  /** As MySQL has it after the pause; null: there is no such coupon. */
  readonly coupon: Coupon | null;
  readonly changed: boolean;
  readonly refusal: MoveRefused | null;
}

/** @returns null if the mark has to wait: the coupon is a draft. @throws OperationalError: MySQL can't record it now */
export async function recordBrake(
  { database }: Pick<Stores, 'database'>,
  brake: Brake,
  { atMs, ifVersion, holdDraft = false }: RecordOptions,
): Promise<BrakeRecord | null> {
  const { couponId, actor, reason } = brake;
  return whenUncontended(database, async (tx) => {
    const before = await lockCoupon(tx, couponId);
    if (!before) return refused(null, new MoveRefused('NOT_FOUND_COUPON', `There is no coupon ${couponId}`));
    if (await isBrakeRecorded(tx, couponId, brake.id)) return { coupon: before, changed: true, refusal: null };
    if (holdDraft && before.state === 'DRAFT') return null;
    const refusal = findRefusal(before, ifVersion);
    const goes = refusal === null && before.state !== 'PAUSED';
    const coupon = goes ? await pauseRow(tx, before) : before;
    // Without a mark in Redis no process looks for its record: it is recorded as refusals of other moves are.
    if (refusal && atMs === null) {
      await recordRefusal(tx, { actor, action: 'pause', couponId }, refusal);
      return refused(coupon, refusal);
    }
    await recordAudit(tx, {
      actor,
      action: 'pause',
      couponId,
      ...(goes ? { versionBefore: before.version, versionAfter: coupon.version } : {}),
      before: { state: before.state },
      after: afterPause(brake, coupon, atMs),
      result: refusal ? 'REFUSED' : goes ? 'RECORDED' : 'APPLIED',
      detail: refusal ? `${refusal.code}: ${refusal.message}` : reason,
    });
    return refusal ? refused(coupon, refusal) : { coupon, changed: goes, refusal: null };
  });
}

/** As the audit table has it, in which the id of the mark is found again. */
export function afterPause(brake: Brake, { state }: Coupon, atMs: number | null): object {
  return { state, ...(atMs === null ? {} : { inEffectAt: new Date(atMs).toISOString() }), brake: brake.id };
}

function refused(coupon: Coupon | null, refusal: MoveRefused): BrakeRecord {
  return { coupon, changed: false, refusal };
}

function findRefusal({ state, version }: Coupon, ifVersion: number | undefined): MoveRefused | null {
  if (planMove('pause', state).kind === 'refused') {
    return new MoveRefused('STATE_CONFLICT', stateConflict('pause', state));
  }
  if (state === 'PAUSED' || ifVersion === undefined || ifVersion === version) return null;
  return new MoveRefused('VERSION_CONFLICT', `The coupon has version ${version}, not ${ifVersion}`);
}

/**
 * After recordBrake, or releaseDraft.
 * @returns whether Redis has what MySQL says; otherwise the mark stays, and it is tried again
 */
export async function settleBrake(servers: Stores, brake: Brake, coupon: Coupon | null): Promise<boolean> {
  const outcome = coupon === null ? 'nothing' : await syncCoupon(servers, brake.couponId);
  if (outcome !== 'applied' && outcome !== 'nothing') return false;
  return releaseBrake(servers.redis, brake, coupon);
}
