// Makes a coupon: a draft in MySQL, which nobody can be issued before it is preloaded.
import type { Database, Statements } from '../store/database.ts';
import type { NewCoupon } from '../store/tables/coupons.ts';
import { recordAudit } from './audit.ts';
import { checkFields } from './fields.ts';
import { mysqlNow } from './mysql-now.ts';

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
