// What the form of the page Create holds, and the coupons that come of it.
import type { NewCoupon } from '../../api-types.ts';
import { type CouponInput, emptyInput, type Problem, type Problems, readInput, readWhole } from '../../coupon-input.ts';
import { COUNT_MAX, planSeries } from '../../series.ts';
import { type Moment, momentOf } from '../../zoned-time.ts';

export interface Draft {
  readonly what: 'one' | 'series';
  readonly input: CouponInput;
  readonly openNow: boolean;
  readonly load: boolean;
  readonly series: SeriesInput;
  /** A copy of a coupon for rehearsals is one too. */
  readonly rehearsal: boolean;
}

export interface SeriesInput {
  readonly firstOpens: string;
  readonly every: 'daily' | 'weekly';
  readonly count: string;
  readonly openMinutes: string;
  readonly usableDays: string;
}

export const emptyDraft: Draft = {
  what: 'one',
  input: emptyInput,
  openNow: false,
  load: false,
  series: { firstOpens: '', every: 'daily', count: '14', openMinutes: '60', usableDays: '30' },
  rehearsal: false,
};

export interface Planned {
  readonly coupon: NewCoupon;
  readonly change: Moment['change'];
}

export type SeriesProblems = { readonly [Field in keyof SeriesInput]?: Problem | 'problemCount' };

export interface ReadDraft {
  /** null: there are problems. */
  readonly planned: readonly Planned[] | null;
  readonly problems: Problems;
  readonly seriesProblems: SeriesProblems;
}

export function readDraft(draft: Draft, zone: string): ReadDraft {
  return draft.what === 'one' ? readOne(draft, zone) : readSeries(draft, zone);
}

function readOne({ input, openNow, load, rehearsal }: Draft, zone: string): ReadDraft {
  const { coupon, problems, change } = readInput(openNow ? { ...input, opens: '' } : input, zone);
  const opening = openNow ? { openNow: true, preload: true } : load ? { preload: true } : {};
  const more = { ...opening, ...markOf(rehearsal) };
  return { planned: coupon && [{ coupon: { ...compact(coupon), ...more }, change }], problems, seriesProblems: {} };
}

function readSeries({ input, load, series, rehearsal }: Draft, zone: string): ReadDraft {
  const { coupon, problems } = readInput({ ...input, opens: '', closes: '', expires: '' }, zone);
  const seriesProblems: { -readonly [Field in keyof SeriesInput]?: Problem | 'problemCount' } = {};
  const count = readWhole(series.count);
  if (count === null || count < 1 || count > COUNT_MAX) seriesProblems.count = 'problemCount';
  if (series.firstOpens.trim() === '') seriesProblems.firstOpens = 'problemMissing';
  else if (momentOf(series.firstOpens, zone) === null) seriesProblems.firstOpens = 'problemTime';
  const openMinutes = optional('openMinutes');
  const usableDays = optional('usableDays');
  if (coupon === null || Object.keys(seriesProblems).length > 0) return { planned: null, problems, seriesProblems };
  const { name, totalStock, discountType, discountAmount } = coupon;
  const planned = planSeries({
    name,
    firstOpens: series.firstOpens,
    everyDays: series.every === 'daily' ? 1 : 7,
    count: count ?? 0,
    openMinutes,
    usableDays,
    zone,
    each: { totalStock, discountType, discountAmount },
  });
  const more = { ...(load ? { preload: true } : {}), ...markOf(rehearsal) };
  return {
    planned: planned?.map(({ coupon: each, change }) => ({ coupon: { ...compact(each), ...more }, change })) ?? null,
    problems,
    seriesProblems,
  };

  function optional(field: 'openMinutes' | 'usableDays'): number | null {
    if (series[field].trim() === '') return null;
    const value = readWhole(series[field]);
    if (value === null || value === 0) seriesProblems[field] = 'problemNumber';
    return value;
  }
}

function markOf(rehearsal: boolean): Pick<NewCoupon, 'rehearsal'> {
  return rehearsal ? { rehearsal } : {};
}

/** Times that are not given are left out: that is "never". */
function compact(coupon: NewCoupon): NewCoupon {
  return Object.fromEntries(Object.entries(coupon).filter(([, value]) => value !== null)) as NewCoupon;
}
