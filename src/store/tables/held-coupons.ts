// The table `user_coupon` as users ask for it: what many of them hold, in one statement.
import { type UserId, type UserKey, userFromSql } from '../../user-id.ts';
import type { Statements } from '../database.ts';

type Queries = Pick<Statements, 'query'>;

export interface Issuance {
  readonly sequence: number;
  readonly status: string;
  readonly issuedAt: Date;
}

/** By user, of those among these users that have a row of the coupon; at most a thousand of them. */
export async function readIssuancesOf(
  database: Queries,
  couponId: number,
  users: readonly UserKey[],
): Promise<Map<UserKey, Issuance>> {
  const rows = await database.query<Issuance & { readonly user: number | string }>(
    `SELECT user_id AS user, sequence, status, issued_at AS issuedAt
       FROM user_coupon WHERE coupon_id = ? AND user_id IN (?)`,
    [couponId, users],
  );
  return new Map(rows.map((row) => [userFromSql(row.user), row]));
}

export interface OwnedCoupon {
  /** Of the row: the cursor. */
  readonly id: number;
  readonly couponId: number;
  readonly name: string;
  readonly sequence: number;
  readonly status: string;
  readonly discountType: string;
  readonly discountAmount: number;
  readonly issuedAt: Date;
  readonly expiredAt: Date | null;
}

const OWNED_COLUMNS = `id, coupon_id AS couponId, name, sequence, status, discount_type AS discountType,
            discount_amount AS discountAmount, issued_at AS issuedAt, expired_at AS expiredAt`;

/** A user's coupons, newest first. @param before id of the last row of the page before; null for the first page */
export function listOwned(
  database: Queries,
  userId: UserId,
  before: number | null,
  limit: number,
): Promise<OwnedCoupon[]> {
  return database.query<OwnedCoupon>(
    `SELECT ${OWNED_COLUMNS}
       FROM user_coupon
      WHERE user_id = ? AND id < ?
      ORDER BY id DESC
      LIMIT ?`,
    [userId, before ?? Number.MAX_SAFE_INTEGER, limit],
  );
}

/**
 * Coupons of many users, each user's newest first. A user is missing if rows beyond `rowsMax` may belong to them; one
 * without a coupon has an empty list.
 */
export async function listOwnedOfMany(
  database: Queries,
  users: readonly UserKey[],
  rowsMax: number,
): Promise<Map<UserKey, OwnedCoupon[]>> {
  // In the order of the index (user_id, id), backwards.
  const rows = await database.query<OwnedCoupon & { readonly user: number | string }>(
    `SELECT user_id AS user, ${OWNED_COLUMNS}
       FROM user_coupon
      WHERE user_id IN (?)
      ORDER BY user_id DESC, id DESC
      LIMIT ?`,
    [users, rowsMax],
  );
  const owned = new Map<UserKey, OwnedCoupon[]>();
  for (const { user, ...coupon } of rows) {
    const key = userFromSql(user);
    const coupons = owned.get(key);
    if (coupons) coupons.push(coupon);
    else owned.set(key, [coupon]);
  }
  if (rows.length < rowsMax) {
    for (const user of users) if (!owned.has(user)) owned.set(user, []);
    return owned;
  }
  const last = rows.at(-1);
  if (last) owned.delete(userFromSql(last.user));
  return owned;
}
