// The table `user_coupon`, user by user: what was promised to one, and many whose coupon is taken back.
import { type UserKey, userFromSql } from '../../user-id.ts';
import type { Statements } from '../database.ts';

type Queries = Pick<Statements, 'query'>;
type Executes = Pick<Statements, 'execute'>;

/**
 * Statuses by user, of those among these users that have a row; at most a thousand of them. Other software can't change
 * them until the end of the transaction.
 */
export async function lockStatuses(
  tx: Queries,
  couponId: number,
  users: readonly UserKey[],
): Promise<Map<UserKey, string>> {
  const rows = await tx.query<{ user: number | string; status: string }>(
    'SELECT user_id AS user, status FROM user_coupon WHERE coupon_id = ? AND user_id IN (?) FOR UPDATE',
    [couponId, users],
  );
  return new Map(rows.map(({ user, status }) => [userFromSql(user), status]));
}

export async function revokeRows(tx: Executes, couponId: number, users: readonly UserKey[]): Promise<void> {
  await tx.execute("UPDATE user_coupon SET status = 'REVOKED' WHERE coupon_id = ? AND user_id IN (?)", [
    couponId,
    users,
  ]);
}

/** A row, with what the user was promised. */
export interface IssuedCoupon {
  readonly sequence: number;
  readonly status: string;
  readonly name: string;
  readonly discountType: string;
  readonly discountAmount: number;
  readonly issuedAt: Date;
  readonly persistedAt: Date;
  readonly expiredAt: Date | null;
}

/** @returns null if the user has no row of this coupon */
export async function readIssuedCoupon(
  database: Queries,
  couponId: number,
  userId: UserKey,
): Promise<IssuedCoupon | null> {
  const [row] = await database.query<IssuedCoupon>(
    `SELECT sequence, status, name, discount_type AS discountType, discount_amount AS discountAmount,
            issued_at AS issuedAt, persisted_at AS persistedAt, expired_at AS expiredAt
       FROM user_coupon WHERE coupon_id = ? AND user_id = ?`,
    [couponId, userId],
  );
  return row ?? null;
}

export type Promised = Pick<IssuedCoupon, 'name' | 'discountType' | 'discountAmount' | 'expiredAt'>;

/** What the rows of this range of numbers promise, by number; at most some ten thousand of them. */
export async function readPromises(
  database: Queries,
  couponId: number,
  first: number,
  last: number,
): Promise<Map<number, Promised>> {
  const rows = await database.query<Promised & { sequence: number }>(
    `SELECT sequence, name, discount_type AS discountType, discount_amount AS discountAmount, expired_at AS expiredAt
       FROM user_coupon WHERE coupon_id = ? AND sequence BETWEEN ? AND ?`,
    [couponId, first, last],
  );
  return new Map(rows.map((row) => [Number(row.sequence), row]));
}
