// What a coupon may be: one rule for those who create and edit one, at the command line and in the admin API. A coupon
// that could never be used is refused: its window is over, or it expires before it can be issued. An opening in the
// past is refused as well, because it is usually a mistake and would open at once: unless the operator says that this
// is meant.
import type { NewCoupon } from '../store/tables/coupon-changes.ts';
import { distance } from './distance.ts';
import { type FieldProblem, MoveRefused } from './move.ts';
import { isTitle, LINE_MEANING } from './text.ts';

interface Finding extends FieldProblem {
  readonly code: 'VALIDATION_FAILED' | 'OPENS_IN_PAST' | 'EXPIRES_TOO_EARLY';
  /** Fields that the problem is between. */
  readonly of: readonly (keyof NewCoupon)[];
}

export interface Circumstances {
  /** The coupon as it is, for an edit: what the edit leaves as it was is not held against it. */
  readonly before?: CouponFields | null;
  /** The operator says that the coupon is to open at once. */
  readonly openNow?: boolean;
}

const NAME_LENGTH_MAX = 100;
/** Sequence numbers of a rebuild are one bit each: 125 MB at this bound. */
export const STOCK_MAX = 1_000_000_000;
/** Beyond these a time is a mistake: seconds for milliseconds, 2206 for 2026. `never` is a time that is left out. */
export const FIRST_YEAR = 2000;
export const LAST_YEAR = 2100;
/** Redis' clock opens and closes; these times are held against MySQL's, and the two may differ a little. */
const CLOCK_SKEW_MS = 5000;

/**
 * @param nowMs milliseconds since 1970, by MySQL's clock
 * @throws MoveRefused VALIDATION_FAILED, OPENS_IN_PAST, EXPIRES_TOO_EARLY
 */
export function checkFields(coupon: CouponFields, nowMs: number, circumstances: Circumstances = {}): void {
  const findings = find(coupon, nowMs, circumstances);
  const [first] = findings;
  if (!first) return;
  const code = findings.find((finding) => finding.code === 'VALIDATION_FAILED')?.code ?? first.code;
  throw new MoveRefused(
    code,
    findings.map(({ field, problem }) => `${field} ${problem}`).join('; '),
    findings.map(({ field, problem }) => ({ field, problem })),
  );
}

/** For fields that are missing or wrong: nothing is wrong with these. */
const standIns: CouponFields = { name: 'x', totalStock: 1, discountType: 'FIXED', discountAmount: 1 };

/**
 * The same, of fields some of which are known to be wrong and may have any type: what else is wrong.
 * @param wrong these are left out
 */
export function findProblems(
  coupon: Partial<CouponFields>,
  nowMs: number,
  circumstances: Circumstances,
  wrong: ReadonlySet<string>,
): FieldProblem[] {
  const sound = Object.fromEntries(Object.entries(coupon).filter(([field]) => !wrong.has(field)));
  const complete = { ...standIns, ...circumstances.before, ...sound };
  return find(complete, nowMs, circumstances).map(({ field, problem }) => ({ field, problem }));
}

function find(
  coupon: CouponFields,
  nowMs: number,
  { before = null, openNow = false }: Circumstances,
): readonly Finding[] {
  const given = before === null ? null : fieldsThatDiffer(before, coupon);
  return (
    [...ofName(coupon), ...ofStock(coupon), ...ofDiscount(coupon), ...ofTimes(coupon, nowMs, openNow)]
      .filter(({ of }) => given === null || of.some((field) => given.has(field)))
      // What else is wrong with a field mostly repeats the first.
      .filter(({ field }, index, all) => all.findIndex((other) => other.field === field) === index)
  );
}

/**
 * With `openNow` and without a time of its own, a coupon opens at this moment. A time that is given stays: checkFields
 * says whether the two fit together.
 */
export function openingOf(
  opensAt: Date | null | undefined,
  openNow: boolean,
  nowMs: number,
): { opensAt?: Date | null } {
  if (openNow && !opensAt) return { opensAt: new Date(nowMs) };
  return opensAt === undefined ? {} : { opensAt };
}

/** A coupon with or without its times: NewCoupon, or Coupon. */
export type CouponFields = Omit<NewCoupon, 'opensAt' | 'closesAt' | 'expiredAt'> & {
  readonly [time in 'opensAt' | 'closesAt' | 'expiredAt']?: Date | null;
};

const names = [
  'name',
  'totalStock',
  'discountType',
  'discountAmount',
  'opensAt',
  'closesAt',
  'expiredAt',
] as const satisfies readonly (keyof NewCoupon)[];

/** Of two coupons; a time that is missing is one that is null. */
export function fieldsThatDiffer(before: CouponFields, after: CouponFields): Set<keyof NewCoupon> {
  const plain = (coupon: CouponFields, field: keyof NewCoupon) => coupon[field]?.valueOf() ?? null;
  return new Set(names.filter((field) => plain(before, field) !== plain(after, field)));
}

function invalid(field: keyof NewCoupon, problem: string, ...others: (keyof NewCoupon)[]): Finding {
  return { code: 'VALIDATION_FAILED', field, problem, of: [field, ...others] };
}

function ofName({ name }: CouponFields): Finding[] {
  const length = [...name].length;
  if (length < 1 || length > NAME_LENGTH_MAX) return [invalid('name', `must have 1 to ${NAME_LENGTH_MAX} characters`)];
  if (isTitle(name)) return [];
  return [invalid('name', `must be ${LINE_MEANING}; visible, without spaces at its ends`)];
}

function ofStock({ totalStock }: CouponFields): Finding[] {
  if (isInteger(totalStock, 1, STOCK_MAX)) return [];
  return [invalid('totalStock', `must be an integer from 1 to ${STOCK_MAX}`)];
}

function ofDiscount({ discountType, discountAmount }: CouponFields): Finding[] {
  const problem = (most: number) =>
    invalid('discountAmount', `of ${discountType} must be an integer from 1 to ${most}`, 'discountType');
  if (discountType === 'PERCENT') return isInteger(discountAmount, 1, 100) ? [] : [problem(100)];
  if (discountType !== 'FIXED') return [invalid('discountType', 'must be FIXED or PERCENT')];
  return isInteger(discountAmount, 1, Number.MAX_SAFE_INTEGER) ? [] : [problem(Number.MAX_SAFE_INTEGER)];
}

function ofTimes(coupon: CouponFields, nowMs: number, openNow: boolean): Finding[] {
  const { opensAt, closesAt, expiredAt } = coupon;
  const findings = Object.entries({ opensAt, closesAt, expiredAt })
    .filter(([, time]) => time && !isInBounds(time))
    .map(([field, time]) => {
      const isNone = Number.isNaN(time?.getTime());
      const bound = isNone ? 'a time of the calendar' : `in the years ${FIRST_YEAR} to ${LAST_YEAR}`;
      return invalid(field as keyof NewCoupon, `must be ${bound}`);
    });
  findings.push(...ofOpening(coupon, nowMs, openNow));
  if (opensAt && closesAt && closesAt <= opensAt)
    findings.push(invalid('closesAt', `must be after opensAt (${opensAt.toISOString()})`, 'opensAt'));
  if (closesAt && closesAt.getTime() <= nowMs - CLOCK_SKEW_MS)
    findings.push(invalid('closesAt', pastProblem(closesAt, nowMs, 'no user could get the coupon')));
  return [...findings, ...ofExpiry(coupon, nowMs)];
}

function ofOpening({ opensAt }: CouponFields, nowMs: number, openNow: boolean): Finding[] {
  if (!opensAt || Number.isNaN(opensAt.getTime())) return [];
  const isLater = opensAt.getTime() > nowMs;
  const given = `(${opensAt.toISOString()})`;
  if (openNow && isLater) return [invalid('opensAt', `${given} is later, and openNow was given: give one of the two`)];
  if (openNow || isLater) return [];
  const consequence = 'the coupon would open at once. Is the offset right? If so, give openNow (--open-now)';
  const problem = pastProblem(opensAt, nowMs, consequence);
  return [{ code: 'OPENS_IN_PAST', field: 'opensAt', problem, of: ['opensAt'] }];
}

function ofExpiry({ opensAt, closesAt, expiredAt }: CouponFields, nowMs: number): Finding[] {
  if (!expiredAt || Number.isNaN(expiredAt.getTime())) return [];
  const tooEarly = (problem: string): Finding[] => [
    { code: 'EXPIRES_TOO_EARLY', field: 'expiredAt', problem, of: ['expiredAt', 'closesAt', 'opensAt'] },
  ];
  const expiresAt = expiredAt.toISOString();
  if (closesAt && expiredAt <= closesAt)
    return tooEarly(
      `(${expiresAt}) must be after closesAt (${closesAt.toISOString()}): the last to be issued could not use it`,
    );
  if (opensAt && expiredAt <= opensAt)
    return tooEarly(`(${expiresAt}) must be after opensAt (${opensAt.toISOString()}): nobody could use the coupon`);
  if (expiredAt.getTime() <= nowMs) return tooEarly(pastProblem(expiredAt, nowMs, 'no user could use the coupon'));
  return [];
}

/** The problem of a field. */
export function pastProblem(time: Date, nowMs: number, consequence: string): string {
  return `(${time.toISOString()}) is ${distance(time, nowMs)}: ${consequence}`;
}

function isInBounds(time: Date): boolean {
  const year = time.getUTCFullYear();
  return year >= FIRST_YEAR && year <= LAST_YEAR;
}

function isInteger(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}
