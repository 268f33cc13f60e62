// Makes a coupon: a draft in MySQL, which nobody can be issued before it is preloaded.
import type { Database } from '../store/database.ts';
import { mysqlNow } from '../store/server-status.ts';
import { recordAudit } from '../store/tables/audit.ts';
import { insertDraft, type NewCoupon } from '../store/tables/coupon-changes.ts';
import { checkFields } from './fields.ts';

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
