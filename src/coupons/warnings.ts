// What an operator may want but usually does not: a mistake that costs money. It is not refused: a dry run reports it,
// and the command line asks first.
import type { Coupon } from '../store/tables/coupons.ts';

export const warningMeanings = {
  SMALL_FIXED_DISCOUNT: "a fixed discount of less than 100 of the currency's smallest unit: was a percentage meant?",
  STOCK_MORE_THAN_DOUBLED: 'more than twice the stock that the coupon has now: is there a digit too many?',
} as const;

export type Warning = keyof typeof warningMeanings;
export const warnings = Object.keys(warningMeanings) as Warning[];

const SMALL_DISCOUNT = 100;

type Discounted = Pick<Coupon, 'discountType' | 'discountAmount'>;

/** @param before the coupon as it is; null: it is made now */
export function warningsOfDiscount(before: Discounted | null, after: Discounted): Warning[] {
  const isAsBefore = before?.discountType === after.discountType && before?.discountAmount === after.discountAmount;
  const isSmall = after.discountType === 'FIXED' && after.discountAmount < SMALL_DISCOUNT;
  return isSmall && !isAsBefore ? ['SMALL_FIXED_DISCOUNT'] : [];
}

export function warningsOfRestock(before: Pick<Coupon, 'totalStock'>, totalStock: number): Warning[] {
  return totalStock > 2 * before.totalStock ? ['STOCK_MORE_THAN_DOUBLED'] : [];
}
