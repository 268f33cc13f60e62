// The body that describes a coupon, as create and edit take it.

import type { CouponOrder } from '../../coupons/create.ts';
import type { Edit } from '../../coupons/edit.ts';
import { findProblems } from '../../coupons/fields.ts';
import { mysqlNow } from '../../store/server-status.ts';
import { readCoupon } from '../../store/tables/coupons.ts';
import type { Stores } from '../../stores.ts';
import type { FieldProblem } from '../field-problems.ts';
import type { AdminRequest } from '../route.ts';
import { readTime } from '../time.ts';

export interface CouponBody {
  readonly name: string;
  readonly totalStock: number;
  readonly discountType: CouponOrder['discountType'];
  readonly discountAmount: number;
  readonly opensAt?: string | null;
  readonly closesAt?: string | null;
  readonly expiresAt?: string | null;
  /** The older name of expiresAt. */
  readonly expiredAt?: string | null;
  readonly openNow?: boolean;
  /** Only of a new one. */
  readonly rehearsal?: boolean;
}

export function readNewCoupon({
  opensAt,
  closesAt,
  expiresAt,
  expiredAt = expiresAt,
  ...fields
}: CouponBody): CouponOrder {
  return {
    ...fields,
    ...(opensAt ? { opensAt: readTime(opensAt) } : {}),
    ...(closesAt ? { closesAt: readTime(closesAt) } : {}),
    ...(expiredAt ? { expiredAt: readTime(expiredAt) } : {}),
  };
}

/** What is not given stays as it is; null removes a time. */
export function readEdit({
  opensAt,
  closesAt,
  expiresAt,
  expiredAt = expiresAt,
  ...fields
}: Partial<Omit<CouponBody, 'rehearsal'>>): Edit {
  const time = (name: string, value: string | null | undefined) =>
    value === undefined ? {} : { [name]: value === null ? null : readTime(value) };
  return { ...fields, ...time('opensAt', opensAt), ...time('closesAt', closesAt), ...time('expiredAt', expiredAt) };
}

/** What else is wrong with a body that its schema refuses already, so that all of it is named at once. */
export async function couponProblems(
  { database }: Stores,
  { couponId, body }: Pick<AdminRequest, 'couponId' | 'body'>,
  wrong: ReadonlySet<string>,
): Promise<FieldProblem[]> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  const given = Object.entries(body as CouponBody).filter(([name]) => !wrong.has(name));
  const { openNow = false, ...fields } = readEdit(Object.fromEntries(given));
  const before = Number.isNaN(couponId) ? null : await readCoupon(database, couponId);
  const found = findProblems(fields, await mysqlNow(database), { before, openNow }, wrong);
  return found.map(({ field, problem }) => ({ field: `/${field}`, problem }));
}
