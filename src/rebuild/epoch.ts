// The coupon row as a rebuild needs it, and its epoch: the fence between what persisters read from an earlier Redis and
// what this Redis decides. lua/load.lua and lua/resume.lua tell Redis the new epoch only when the coupon is ready; until
// then nothing of the coupon is inserted, so its rows stand still while they are read.
import type { Database } from '../store/database.ts';
import { LOADED_STATES, type LoadedState } from '../store/tables/coupons.ts';

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

interface Stored {
  state: string;
  totalStock: number;
  stock: number;
  opensAt: Date | null;
  closesAt: Date | null;
  epoch: number;
  version: number;
}

export type Advanced =
  | { readonly kind: 'advanced'; readonly coupon: CouponRow }
  /** There is no such coupon, or it is a draft or archived: it has nothing to do in Redis. */
  | { readonly kind: 'absent' }
  /** Somebody else compares or rebuilds this coupon right now. */
  | { readonly kind: 'overtaken' };

/**
 * Raises the epoch. It waits for inserts that are being committed, and every later one of the old epoch is refused.
 * @returns the row with its new epoch
 */
export async function advanceEpoch(database: Database, couponId: number): Promise<Advanced> {
  const [row] = await database.query<Stored>(
    `SELECT state, total_stock AS totalStock, stock, opens_at AS opensAt, closes_at AS closesAt, epoch, version
       FROM coupon WHERE id = ?`,
    [couponId],
  );
  if (!row || !(LOADED_STATES as readonly string[]).includes(row.state)) return { kind: 'absent' };
  const { affectedRows } = await database.execute(
    'UPDATE coupon SET epoch = epoch + 1 WHERE id = ? AND epoch = ? AND version = ?',
    [couponId, row.epoch, row.version],
  );
  if (affectedRows !== 1) return { kind: 'overtaken' };
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
  const [row] = await database.query<{ epoch: number; version: number }>(
    'SELECT epoch, version FROM coupon WHERE id = ?',
    [coupon.id],
  );
  return row?.epoch === coupon.epoch && row.version === coupon.version;
}
