// The coupons of the page Events: what the API lists, brought up to date by each look of the stream.
import { ApiError, call } from '../../api.ts';
import type { CouponOverview } from '../../api-types.ts';
import type { CouponLook } from '../../live-look.ts';

export type Listed = CouponOverview & { readonly issuedPerSecond: number | null };

export interface Unfinished {
  readonly coupons: readonly CouponOverview[];
  /** There may be more of a state than one list has. */
  readonly more: boolean;
  /** Both stores have answered. */
  readonly whole: boolean;
}

export interface FinishedPage {
  readonly coupons: readonly CouponOverview[];
  /** The next page begins before it; null: this was the last. */
  readonly before: number | null;
}

const UNFINISHED_MAX = 500;
export const PAGE_SIZE = 20;
const FOUND_MAX = 50;

/** What runs, and what is next. */
export async function listUnfinished(signal: AbortSignal): Promise<Unfinished> {
  const states = ['DRAFT', 'OPEN', 'PAUSED'] as const;
  const lists = await Promise.all(
    states.map((state) => call('listCoupons', { query: { state, limit: UNFINISHED_MAX }, signal })),
  );
  const coupons = new Map(lists.flatMap((list) => list.coupons.map((coupon) => [coupon.id, coupon])));
  return {
    coupons: [...coupons.values()],
    more: lists.some((list) => list.coupons.length === UNFINISHED_MAX),
    whole: lists.every(({ mysql, redis }) => mysql === 'ok' && redis === 'ok'),
  };
}

/** What is over, newest first: the API lists one state at a time, so two lists become one. */
export async function listFinished(before: number | null, signal: AbortSignal): Promise<FinishedPage> {
  const query = { limit: PAGE_SIZE + 1, ...(before === null ? {} : { before }) };
  const lists = await Promise.all([
    call('listCoupons', { query: { ...query, state: 'CLOSED' }, signal }),
    call('listCoupons', { query: { ...query, state: 'ARCHIVED' }, signal }),
  ]);
  const coupons = lists.flatMap((list) => list.coupons).sort((a, b) => b.id - a.id);
  const page = coupons.slice(0, PAGE_SIZE);
  return { coupons: page, before: coupons.length > PAGE_SIZE ? (page.at(-1)?.id ?? null) : null };
}

export interface Found {
  readonly coupons: readonly CouponOverview[];
  /** More were found than are shown. */
  readonly more: boolean;
  /** MySQL, which alone knows names, does not answer. */
  readonly withoutNames: boolean;
}

const ID = /^[1-9]\d{0,14}$/;

/** By id, which comes first, or by a part of the name. */
export async function searchCoupons(text: string, signal: AbortSignal): Promise<Found> {
  const name = text.normalize('NFC');
  const [byId, { coupons, mysql }] = await Promise.all([
    ID.test(name) ? findCoupon(Number(name), signal) : null,
    call('listCoupons', { query: { name, limit: FOUND_MAX + 1 }, signal }),
  ]);
  const byName = coupons.filter(({ id }) => id !== byId?.id);
  return {
    coupons: [...(byId ? [byId] : []), ...byName.slice(0, FOUND_MAX)],
    more: byName.length > FOUND_MAX,
    withoutNames: mysql === 'unreachable',
  };
}

async function findCoupon(couponId: number, signal: AbortSignal): Promise<CouponOverview | null> {
  try {
    return await call('readCoupon', { path: { couponId }, signal });
  } catch (error) {
    if (error instanceof ApiError && error.code === 'NOT_FOUND_COUPON') return null;
    throw error;
  }
}

/** @param look the newest of the stream: figures of coupons that are loaded */
export function withLook(coupons: readonly CouponOverview[], look: readonly CouponLook[]): readonly Listed[] {
  const newest = new Map(look.map((coupon) => [coupon.id, coupon]));
  return coupons.map((coupon) => {
    const live = newest.get(coupon.id);
    if (!live) return { ...coupon, issuedPerSecond: null };
    // MySQL may be down: then the look has no name.
    return { ...coupon, ...withoutNulls(live), live: live.live, issuedPerSecond: live.issuedPerSecond };
  });
}

function withoutNulls(look: CouponLook): Partial<CouponLook> {
  return Object.fromEntries(Object.entries(look).filter(([, value]) => value !== null)) as Partial<CouponLook>;
}

/** Coupons of the look that the list does not have: it was read before they were made. */
export function missingFrom(coupons: readonly CouponOverview[], look: readonly CouponLook[]): readonly CouponLook[] {
  const known = new Set(coupons.map(({ id }) => id));
  return look.filter(({ id, phase }) => !known.has(id) && phase !== 'closed' && phase !== 'archived');
}

export function isRunning({ phase, state }: Listed): boolean {
  if (phase === null) return state === 'OPEN' || state === 'PAUSED';
  return phase === 'open' || phase === 'sold-out' || phase === 'paused' || phase === 'ended';
}

export function isNext({ phase, state }: Listed): boolean {
  return phase === null ? state === 'DRAFT' : phase === 'draft' || phase === 'scheduled';
}

/** What opens first stands first; what has no time stands last, the newest of them first. */
export function byOpening(a: Listed, b: Listed): number {
  const [first, second] = [a, b].map(({ opensAt }) =>
    opensAt === null ? Number.POSITIVE_INFINITY : Date.parse(opensAt),
  );
  if (first === second) return b.id - a.id;
  return (first as number) - (second as number);
}
