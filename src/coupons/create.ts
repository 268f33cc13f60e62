// Makes a coupon: a draft in MySQL, which no user can be issued before it is preloaded.
import type { Database, Statements } from '../store/database.ts';
import { mysqlNow } from '../store/server-status.ts';
import { recordAudit } from '../store/tables/audit.ts';
import { insertDraft, type NewCoupon } from '../store/tables/coupon-changes.ts';
import { checkFields, openingOf } from './fields.ts';
import { type Warning, warningsOfDiscount } from './warnings.ts';

export interface CouponOrder extends NewCoupon {
  /** The coupon is to open at once: `opensAt` may be over, and is the moment of the creation if it is left out. */
  readonly openNow?: boolean;
}

/**
 * @returns its id
 * @throws MoveRefused VALIDATION_FAILED, OPENS_IN_PAST, EXPIRES_TOO_EARLY; OperationalError, the database's
 */
export async function createCoupon(database: Database, order: CouponOrder, actor = 'couponrush'): Promise<number> {
  return database.transaction(async (tx) => {
    const coupon = await checkedCoupon(tx, order);
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

/**
 * What createCoupon would make of it; nothing is changed.
 * @throws as createCoupon
 */
export async function previewCoupon(
  database: Database,
  order: CouponOrder,
): Promise<{ coupon: NewCoupon; warnings: Warning[] }> {
  const coupon = await checkedCoupon(database, order);
  return { coupon, warnings: warningsOfDiscount(null, coupon) };
}

async function checkedCoupon(
  database: Pick<Statements, 'query'>,
  { openNow = false, ...fields }: CouponOrder,
): Promise<NewCoupon> {
  const nowMs = await mysqlNow(database);
  const coupon = { ...fields, ...openingOf(fields.opensAt, openNow, nowMs) } as NewCoupon;
  checkFields(coupon, nowMs, { openNow });
  return coupon;
}
