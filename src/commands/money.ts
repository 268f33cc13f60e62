// A discount in words. Amounts are stored in the currency's smallest unit.
import type { DiscountType } from '../store/tables/coupons.ts';

export interface Discount {
  readonly discountType: DiscountType;
  readonly discountAmount: number;
}

/** `15 % off`, `1,500 South Korean won off`, `15.00 US dollars off`. @param currency ISO 4217 */
export function discountInWords({ discountType, discountAmount }: Discount, currency: string): string {
  return discountType === 'PERCENT' ? `${discountAmount} % off` : `${moneyInWords(discountAmount, currency)} off`;
}

/** @param amount in the smallest unit */
export function moneyInWords(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency, currencyDisplay: 'name' });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  return format.format(amount / 10 ** digits);
}
