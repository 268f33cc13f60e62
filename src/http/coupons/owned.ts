// A user's coupons, as MySQL has them: newest first, page by page. The cursor is the row's id, so that rows which come in
// meanwhile neither repeat nor hide any.
import type { Database } from '../../store/database.ts';

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

export interface OwnedPage {
  readonly coupons: readonly OwnedCoupon[];
  readonly hasNext: boolean;
}

/**
 * @param lastId id of the last row of the previous page; null for the first page
 * @throws OperationalError while MySQL is away
 */
export async function listOwned(
  database: Pick<Database, 'query'>,
  userId: string,
  lastId: number | null,
  size: number,
): Promise<OwnedPage> {
  const rows = await database.query<OwnedCoupon>(
    `SELECT id, coupon_id AS couponId, name, sequence, status, discount_type AS discountType,
            discount_amount AS discountAmount, issued_at AS issuedAt, expired_at AS expiredAt
       FROM user_coupon
      WHERE user_id = ? AND id < ?
      ORDER BY id DESC
      LIMIT ?`,
    [userId, lastId ?? Number.MAX_SAFE_INTEGER, size + 1],
  );
  return { coupons: rows.slice(0, size), hasNext: rows.length > size };
}
