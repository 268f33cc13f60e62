// What a pause reads: its record in the table `coupon_audit`, by the id of its mark in Redis, and which coupons are
// open.
import type { Statements } from '../database.ts';

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

/** Ids of the coupons that are issued, or will be, without another move of an operator. */
export async function listOpenIds(database: Pick<Statements, 'query'>): Promise<number[]> {
  const rows = await database.query<{ id: number }>("SELECT id FROM coupon WHERE state = 'OPEN' ORDER BY id");
  return rows.map(({ id }) => id);
}
