// Makes a coupon: a draft in MySQL, which nobody can be issued before it is preloaded.
import { OperationalError } from '../errors.ts';
import type { Database, Statements } from '../store/database.ts';
import type { DiscountType } from '../store/tables/coupons.ts';
import { recordAudit } from './audit.ts';

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

const NAME_LENGTH_MAX = 100;
/** Sequence numbers of a rebuild are one bit each: 125 MB at this bound. */
export const STOCK_MAX = 1_000_000_000;

/** @returns what is wrong with it, in words; empty where nothing is */
export function findProblems(coupon: NewCoupon): string[] {
  const problems: string[] = [];
  const { name, totalStock, discountType, discountAmount, opensAt, closesAt, expiredAt } = coupon;
  const length = [...name].length;
  if (name.trim() === '' || length > NAME_LENGTH_MAX)
    problems.push(`name must have 1 to ${NAME_LENGTH_MAX} characters`);
  if (!isInteger(totalStock, 1, STOCK_MAX)) problems.push(`totalStock must be an integer from 1 to ${STOCK_MAX}`);
  if (discountType === 'PERCENT') {
    if (!isInteger(discountAmount, 1, 100)) problems.push('discountAmount of PERCENT must be an integer from 1 to 100');
  } else if (discountType === 'FIXED') {
    if (!isInteger(discountAmount, 1, Number.MAX_SAFE_INTEGER))
      problems.push('discountAmount must be a positive integer');
  } else {
    problems.push('discountType must be FIXED or PERCENT');
  }
  for (const [field, time] of Object.entries({ opensAt, closesAt, expiredAt })) {
    if (time && !(time.getTime() > 0)) problems.push(`${field} must be a time after 1970`);
  }
  if (opensAt && closesAt && closesAt <= opensAt) problems.push('closesAt must be after opensAt');
  return problems;
}

function isInteger(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}

/**
 * @returns its id
 * @throws OperationalError INVALID_COUPON (permanent), or the database's
 */
export async function createCoupon(database: Database, coupon: NewCoupon, actor = 'couponrush'): Promise<number> {
  const problems = findProblems(coupon);
  if (problems.length > 0) throw new OperationalError('INVALID_COUPON', 'permanent', problems.join('; '));
  return database.transaction(async (tx) => {
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
