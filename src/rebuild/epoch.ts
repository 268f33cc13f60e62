// The coupon row as a rebuild needs it, and its epoch: the fence between what persisters read from an earlier Redis and
// what this Redis decides. lua/load.lua and lua/resume.lua give Redis the new epoch only when the coupon is ready;
// until then nothing of the coupon is inserted, so its rows stand still while they are read.
import type { Database } from '../store/database.ts';
import { raiseEpoch } from '../store/tables/coupon-changes.ts';
import { LOADED_STATES, type LoadedState, readCoupon } from '../store/tables/coupons.ts';

export interface CouponRow {
  readonly id: number;
  readonly state: LoadedState;
  readonly totalStock: number;
  /** Rows that are not revoked. */
  readonly issued: number;
  /** Milliseconds since 1970, 0 = no bound. */
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  readonly epoch: number;
  readonly version: number;
}

export type Advanced =
  | { readonly kind: 'advanced'; readonly coupon: CouponRow }
  /** There is no such coupon, or it is a draft or archived: it has nothing to do in Redis. */
  | { readonly kind: 'absent' }
  /** Another process compares or rebuilds this coupon right now. */
  | { readonly kind: 'overtaken' };

/**
 * Raises the epoch. It waits for inserts that are being committed, and every later one of the old epoch is refused.
 * @returns the row with its new epoch
 */
export async function advanceEpoch(database: Database, couponId: number): Promise<Advanced> {
  const row = await readCoupon(database, couponId);
  if (!row || !(LOADED_STATES as readonly string[]).includes(row.state)) return { kind: 'absent' };
  if (!(await raiseEpoch(database, row))) return { kind: 'overtaken' };
  const coupon: CouponRow = {
    id: couponId,
    state: row.state as LoadedState,
    totalStock: row.totalStock,
    issued: row.totalStock - row.stock,
    opensAtMs: row.opensAt?.getTime() ?? 0,
    closesAtMs: row.closesAt?.getTime() ?? 0,
    epoch: row.epoch + 1,
    version: row.version,
  };
  return { kind: 'advanced', coupon };
}

/** Whether the row is still the one that was read: no other rebuild, no move of an operator. */
export async function isUnchanged(database: Database, coupon: CouponRow): Promise<boolean> {
  const row = await readCoupon(database, coupon.id);
  return row?.epoch === coupon.epoch && row.version === coupon.version;
}
