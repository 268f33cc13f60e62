// Makes a coupon: a draft in MySQL, which nobody can be issued before it is preloaded.
import type { Database, Statements } from '../store/database.ts';
import type { DiscountType } from '../store/tables/coupons.ts';
import { recordAudit } from './audit.ts';
import { checkFields } from './fields.ts';
import { mysqlNow } from './mysql-now.ts';

export interface NewCoupon {
  readonly name: string;
  /** How many may be issued. */
  readonly totalStock: number;
  readonly discountType: DiscountType;
  /** FIXED: in the currency's smallest unit. PERCENT: 1 to 100. */
  readonly discountAmount: number;
  /** Without it: open as soon as it is preloaded. */
  readonly opensAt?: Date;
  /** Without it: open until an operator closes it. */
  readonly closesAt?: Date;
  /** When an issued coupon can't be used any more; without it: never. */
  readonly expiredAt?: Date;
}

/**
 * @returns its id
 * @throws MoveRefused VALIDATION_FAILED, EXPIRES_TOO_EARLY; OperationalError, the database's
 */
export async function createCoupon(database: Database, coupon: NewCoupon, actor = 'couponrush'): Promise<number> {
  return database.transaction(async (tx) => {
    checkFields(coupon, await mysqlNow(tx));
    const couponId = await insertDraft(tx, coupon);
    await recordAudit(tx, {
      actor,
      action: 'create',
      couponId,
      versionAfter: 0,
      after: { ...coupon },
      result: 'APPLIED',
    });
    return couponId;
  });
}

async function insertDraft(tx: Statements, coupon: NewCoupon): Promise<number> {
  const { insertId } = await tx.execute(
    `INSERT INTO coupon
       (name, total_stock, stock, discount_type, discount_amount, opens_at, closes_at, expired_at, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))`,
    [
      coupon.name,
      coupon.totalStock,
      coupon.totalStock,
      coupon.discountType,
      coupon.discountAmount,
      coupon.opensAt ?? null,
      coupon.closesAt ?? null,
      coupon.expiredAt ?? null,
    ],
  );
  return insertId;
}
