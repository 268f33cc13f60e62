// What an operator types about a coupon, and the request that comes of it. The server checks again, and knows more (the
// opening must not be past, for instance); here is what makes no request at all.
import type { Coupon, EditedCoupon, NewCoupon } from './api-types.ts';
import { localOf, type Moment, momentOf } from './zoned-time.ts';

export interface CouponInput {
  readonly name: string;
  readonly totalStock: string;
  readonly discountType: 'FIXED' | 'PERCENT';
  readonly discountAmount: string;
  /** Local times of the zone that is chosen: 2026-12-01T10:00. Empty: none. */
  readonly opens: string;
  readonly closes: string;
  readonly expires: string;
}

/** What is wrong, by the name of a text in texts/en/create.ts. */
export type Problem = 'problemMissing' | 'problemNumber' | 'problemPercent' | 'problemTime' | 'problemOrder';
export type Problems = { readonly [Field in keyof CouponInput]?: Problem };

export interface ReadInput {
  /** null: there are problems. */
  readonly coupon: NewCoupon | null;
  readonly problems: Problems;
  /** Of the opening: a night on which clocks are changed. */
  readonly change: Moment['change'];
}

export const emptyInput: CouponInput = {
  name: '',
  totalStock: '',
  discountType: 'PERCENT',
  discountAmount: '',
  opens: '',
  closes: '',
  expires: '',
};

/** Thousands may be separated; nothing else stands in a number. @returns null if it is none */
export function readWhole(text: string): number | null {
  const digits = text.trim().replaceAll(/(?<=\d)[,_\s](?=\d{3}(?:\D|$))/g, '');
  return /^\d{1,16}$/.test(digits) && Number.isSafeInteger(Number(digits)) ? Number(digits) : null;
}

export function readInput(input: CouponInput, zone: string): ReadInput {
  const problems: { -readonly [Field in keyof CouponInput]?: Problem } = {};
  const name = input.name.trim();
  if (name === '') problems.name = 'problemMissing';
  const totalStock = readPositive('totalStock');
  const discountAmount = readPositive('discountAmount');
  if (input.discountType === 'PERCENT' && discountAmount > 100) problems.discountAmount = 'problemPercent';
  const opens = readTime('opens');
  const closes = readTime('closes');
  const expires = readTime('expires');
  if (opens && closes && closes.ms <= opens.ms) problems.closes = 'problemOrder';
  if (expires && closes && expires.ms < closes.ms) problems.expires = 'problemOrder';
  const { discountType } = input;
  const times = { opensAt: isoOf(opens), closesAt: isoOf(closes), expiresAt: isoOf(expires) };
  const coupon = { name, totalStock, discountType, discountAmount, ...times };
  return {
    coupon: Object.keys(problems).length === 0 ? coupon : null,
    problems,
    change: opens?.change ?? 'none',
  };

  function readPositive(field: 'totalStock' | 'discountAmount'): number {
    const value = readWhole(input[field]);
    if (input[field].trim() === '') problems[field] = 'problemMissing';
    else if (value === null || value === 0) problems[field] = 'problemNumber';
    return value ?? 0;
  }

  function readTime(field: 'opens' | 'closes' | 'expires'): Moment | null {
    if (input[field].trim() === '') return null;
    const moment = momentOf(input[field], zone);
    if (moment === null) problems[field] = 'problemTime';
    return moment;
  }
}

function isoOf(moment: Moment | null): string | null {
  return moment === null ? null : new Date(moment.ms).toISOString();
}

type Described = Pick<
  Coupon,
  'name' | 'totalStock' | 'discountType' | 'discountAmount' | 'opensAt' | 'closesAt' | 'expiresAt'
>;

/** A coupon as it would have been typed. */
export function inputOf(coupon: Described, zone: string): CouponInput {
  const local = (at: string | null) => (at === null ? '' : localOf(Date.parse(at), zone));
  return {
    name: coupon.name,
    totalStock: String(coupon.totalStock),
    discountType: coupon.discountType,
    discountAmount: String(coupon.discountAmount),
    opens: local(coupon.opensAt),
    closes: local(coupon.closesAt),
    expires: local(coupon.expiresAt),
  };
}

/** For a copy: times that are past would be refused, so they are left out. */
export function copyOf(coupon: Described, zone: string, nowMs: number): CouponInput {
  const ahead = (at: string | null) => (at !== null && Date.parse(at) > nowMs ? at : null);
  const { opensAt, closesAt, expiresAt } = coupon;
  const times = { opensAt: ahead(opensAt), closesAt: ahead(closesAt), expiresAt: ahead(expiresAt) };
  return inputOf({ ...coupon, ...times }, zone);
}

/**
 * Only what differs from what was read: an edit leaves the rest to others. Times are compared as they are shown, to the
 * second, so that milliseconds that were not typed are no change.
 */
export function editOf(before: Described, typed: CouponInput, coupon: NewCoupon, zone: string): EditedCoupon {
  const old = inputOf(before, zone);
  const edit: EditedCoupon = {};
  if (typed.name.trim() !== old.name) edit.name = coupon.name;
  if (coupon.totalStock !== before.totalStock) edit.totalStock = coupon.totalStock;
  if (typed.discountType !== old.discountType || coupon.discountAmount !== before.discountAmount) {
    edit.discountType = coupon.discountType;
    edit.discountAmount = coupon.discountAmount;
  }
  if (typed.opens !== old.opens) edit.opensAt = coupon.opensAt ?? null;
  if (typed.closes !== old.closes) edit.closesAt = coupon.closesAt ?? null;
  if (typed.expires !== old.expires) edit.expiresAt = coupon.expiresAt ?? null;
  return edit;
}
