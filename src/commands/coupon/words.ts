// A coupon in words, so that a mistake is seen before it costs something: how many, how much off, when.
import type { CouponJson } from '../../overview/overview.ts';
import { timeInWords } from '../local-time.ts';
import { discountInWords } from '../money.ts';
import { type Cell, table } from '../output.ts';

/** How it is written: in which zone and currency, and when. */
export interface Telling {
  readonly zone: string;
  readonly currency: string;
  readonly nowMs: number;
}

export type CouponFields = Omit<CouponJson, 'id' | 'createdAt'>;

export function couponInWords(coupon: CouponFields, { zone, currency, nowMs }: Telling): string {
  const time = (at: string | null, otherwise: string) => (at ? timeInWords(at, zone, nowMs) : otherwise);
  const rows: Cell[][] = [
    ['name', coupon.name],
    ['stock', coupon.totalStock.toLocaleString('en-US')],
    ['discount', discountInWords(coupon, currency)],
    ['opens at', time(coupon.opensAt, 'when it is preloaded')],
    ['closes at', time(coupon.closesAt, 'when it is closed')],
    ['use by', time(coupon.expiresAt, 'no limit')],
  ];
  return table(rows.map(([name = '', value = '']): Cell[] => [`  ${name}`, value]));
}
