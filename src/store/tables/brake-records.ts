// The table `coupon_audit`, as far as a pause is found in it by the id of its mark in Redis, and the coupon's row of a
// pause.
import type { Statements } from '../database.ts';
import type { Coupon } from './coupons.ts';

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

/** With the coupon's row locked. @returns the row as it is then */
export async function pauseRow(tx: Pick<Statements, 'execute'>, coupon: Coupon): Promise<Coupon> {
  const version = coupon.version + 1;
  await tx.execute("UPDATE coupon SET state = 'PAUSED', version = ? WHERE id = ?", [version, coupon.id]);
  return { ...coupon, state: 'PAUSED', version };
}

/** Ids of the coupons that are issued, or will be, without another move of an operator. */
export async function listOpenIds(database: Pick<Statements, 'query'>): Promise<number[]> {
  const rows = await database.query<{ id: number }>("SELECT id FROM coupon WHERE state = 'OPEN' ORDER BY id");
  return rows.map(({ id }) => id);
}
