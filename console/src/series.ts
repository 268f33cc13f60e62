// "Daily 10:00, 1,000 each, 14 days": the coupons of a series. Each opens at the same time of day by the
// operator's zone, also after clocks were changed, and lasts as long as the first.
import type { NewCoupon } from './api-types.ts';
import { addDays, type Moment, momentOf } from './zoned-time.ts';

export interface SeriesPlan {
  /** {n} is its number, {date} its day. */
  readonly name: string;
  /** Local: 2026-12-01T10:00. */
  readonly firstOpens: string;
  readonly everyDays: number;
  readonly count: number;
  /** null: it stays open. */
  readonly openMinutes: number | null;
  /** After it opened: until when users may use it. null: without an end. */
  readonly usableDays: number | null;
  readonly zone: string;
  readonly each: Pick<NewCoupon, 'totalStock' | 'discountType' | 'discountAmount'>;
}

export interface PlannedCoupon {
  readonly coupon: NewCoupon;
  readonly change: Moment['change'];
}

export const COUNT_MAX = 100;
const MINUTE_MS = 60_000;

/** @returns null: the first opening is no date */
export function planSeries(plan: SeriesPlan): readonly PlannedCoupon[] | null {
  const planned: PlannedCoupon[] = [];
  for (let index = 0; index < Math.min(plan.count, COUNT_MAX); index++) {
    const local = addDays(plan.firstOpens, index * plan.everyDays);
    const opens = local === null ? null : momentOf(local, plan.zone);
    if (local === null || opens === null) return null;
    const lastLocal = plan.usableDays === null ? null : addDays(local, plan.usableDays);
    const expires = lastLocal === null ? null : momentOf(lastLocal, plan.zone);
    planned.push({
      change: opens.change,
      coupon: {
        ...plan.each,
        name: nameOf(plan.name, index + 1, local.slice(0, 10)),
        opensAt: new Date(opens.ms).toISOString(),
        closesAt: plan.openMinutes === null ? null : new Date(opens.ms + plan.openMinutes * MINUTE_MS).toISOString(),
        expiresAt: expires === null ? null : new Date(expires.ms).toISOString(),
      },
    });
  }
  return planned;
}

/** A name without {n} and {date} would be that of all of them: the day is put behind it. */
export function nameOf(pattern: string, number: number, date: string): string {
  const marked = /\{(?:n|date)\}/.test(pattern) ? pattern : `${pattern.trim()} {date}`;
  return marked.replaceAll('{n}', String(number)).replaceAll('{date}', date).trim();
}
