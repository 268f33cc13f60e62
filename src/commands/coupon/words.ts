// A coupon in words, so that a mistake is seen before it costs something: how many, how much off, when.
import type { CouponJson } from '../../overview/overview.ts';
import { visible } from '../columns.ts';
import { timeInWords } from '../local-time.ts';
import { discountInWords } from '../money.ts';
import { type Cell, table } from '../output.ts';

/** How it is written: in which zone and currency, and when. */
export interface Telling {
  readonly zone: string;
  readonly currency: string;
  readonly nowMs: number;
}

/** `Coupon 1 "Demo coupon" (open, 322 of 1,000 left)`; what is not known is left out. */
export function namedCoupon(coupon: {
  readonly id: number;
  readonly name: string | null;
  readonly phase?: string | null;
  readonly left: number | null;
  readonly totalStock: number | null;
}): string {
  const { id, name, phase, left, totalStock } = coupon;
  const known = [
    ...(phase ? [phase] : []),
    ...(left === null || totalStock === null ? [] : [`${inThousands(left)} of ${inThousands(totalStock)} left`]),
  ];
  return `Coupon ${id}${name === null ? '' : ` "${visible(name)}"`}${known.length > 0 ? ` (${known.join(', ')})` : ''}`;
}

function inThousands(count: number): string {
  return count.toLocaleString('en-US');
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
    ...(coupon.rehearsal ? [['rehearsal', 'yes']] : []),
  ];
  return table(rows.map(([name = '', value = '']): Cell[] => [`  ${name}`, value]));
}

/** What becomes of the unit of a revoked coupon. */
export function unitAfterRevoke({ state, closesAt }: Pick<CouponJson, 'state' | 'closesAt'>, nowMs: number): string {
  const isOpen = state === 'OPEN' || state === 'PAUSED';
  if (isOpen && (closesAt === null || Date.parse(closesAt) > nowMs)) return 'its unit is in stock again';
  return `its unit is not issued again: the coupon ${isOpen ? 'has ended' : `is ${state}`}`;
}
