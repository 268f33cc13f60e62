// What a pause reads: its record in the table `coupon_audit`, by the id of its mark in Redis, and which coupons are
// open.
import type { Statements } from '../database.ts';
import type { CouponState } from './coupons.ts';

const CLOCK_ERROR_S = 600;

/** Whether the pause with this id was recorded or refused. */
export async function isBrakeRecorded(
  database: Pick<Statements, 'query'>,
  couponId: number,
  brakeId: string,
): Promise<boolean> {
  const [found] = await database.query<{ id: number }>(
    "SELECT id FROM coupon_audit WHERE coupon_id = ? AND action = 'pause' AND LOCATE(?, after_move) > 0 LIMIT 1",
    [couponId, brakeId],
  );
  return found !== undefined;
}

/**
 * Ids of the coupons that are issued, or will be, without another move of an operator: those that are open, and drafts
 * that are preloaded by themselves. With room for an error of the clocks: Redis' clock decides.
 */
export async function listOpening(
  database: Pick<Statements, 'query'>,
): Promise<{ readonly open: readonly number[]; readonly drafts: readonly number[] }> {
  const rows = await database.query<{ id: number; state: CouponState }>(
    `SELECT id, state FROM coupon
      WHERE state = 'OPEN' OR (state = 'DRAFT' AND opens_at IS NOT NULL
        AND (closes_at IS NULL OR closes_at > UTC_TIMESTAMP(3) - INTERVAL ? SECOND))
      ORDER BY id`,
    [CLOCK_ERROR_S],
  );
  const idsOf = (wanted: CouponState) => rows.filter(({ state }) => state === wanted).map(({ id }) => id);
  return { open: idsOf('OPEN'), drafts: idsOf('DRAFT') };
}
