// A coupon as MySQL has it: the record that every move reads and writes.
import type { Statements } from '../store/database.ts';
import type { DiscountType } from './create.ts';
import type { CouponState } from './states.ts';

export interface Coupon {
  readonly id: number;
  readonly name: string;
  readonly state: CouponState;
  /** How many may be issued. */
  readonly totalStock: number;
  /** How many of them MySQL has no row for, revoked rows aside. During a rush Redis is ahead. */
  readonly stock: number;
  readonly discountType: DiscountType;
  readonly discountAmount: number;
  readonly opensAt: Date | null;
  readonly closesAt: Date | null;
  readonly expiredAt: Date | null;
  /** Rises with each move. */
  readonly version: number;
  readonly createdAt: Date;
}

const COLUMNS = `id, name, state, total_stock AS totalStock, stock, discount_type AS discountType,
  discount_amount AS discountAmount, opens_at AS opensAt, closes_at AS closesAt, expired_at AS expiredAt,
  version, created_at AS createdAt`;

type Queries = Pick<Statements, 'query'>;

export async function readCoupon(database: Queries, couponId: number): Promise<Coupon | null> {
  const [coupon] = await database.query<Coupon>(`SELECT ${COLUMNS} FROM coupon WHERE id = ?`, [couponId]);
  return coupon ?? null;
}

/** Within a transaction: nobody else moves the coupon until its end, and no rows of it are written. */
export async function lockCoupon(tx: Queries, couponId: number): Promise<Coupon | null> {
  const [coupon] = await tx.query<Coupon>(`SELECT ${COLUMNS} FROM coupon WHERE id = ? FOR UPDATE`, [couponId]);
  return coupon ?? null;
}

export interface CouponFilter {
  readonly states?: readonly CouponState[];
  /** Only coupons older than this one. */
  readonly before?: number;
  readonly limit: number;
}

/** Newest first. */
export function listCoupons(
  database: Queries,
  { states = [], before = Number.MAX_SAFE_INTEGER, limit }: CouponFilter,
): Promise<Coupon[]> {
  const inStates = states.length > 0 ? 'AND state IN (?)' : '';
  return database.query<Coupon>(`SELECT ${COLUMNS} FROM coupon WHERE id < ? ${inStates} ORDER BY id DESC LIMIT ?`, [
    before,
    ...(states.length > 0 ? [states] : []),
    limit,
  ]);
}
