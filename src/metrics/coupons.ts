// The loaded coupons, as the persister saw them a moment ago: the state of the event.
// Where several servers share one Redis, each of them tells this: look at the largest, never at the sum.
import { readGauge } from './registry.ts';

export const couponStates = ['scheduled', 'open', 'paused', 'closed', 'not_ready'] as const;
export type CouponState = (typeof couponStates)[number];

export interface CouponFigures {
  /** null: it is not there, or no number, as while the coupon is rebuilt. */
  readonly stock: number | null;
  readonly holders: number;
  readonly state: CouponState;
}

let coupons: ReadonlyMap<number, CouponFigures> = new Map();
let unpreloaded: { readonly openInMs: ReadonlyMap<number, number>; readonly atMs: number } = {
  openInMs: new Map(),
  atMs: 0,
};
let losses: ReadonlyMap<number, DeclaredLosses> = new Map();

export function showCoupons(figures: ReadonlyMap<number, CouponFigures>): void {
  coupons = figures;
}

/** @param openInMs coupons that are not preloaded and open soon, or should be open; milliseconds until then */
export function showUnpreloaded(openInMs: ReadonlyMap<number, number>): void {
  unpreloaded = { openInMs, atMs: performance.now() };
}

/** Sequence numbers of one coupon that were granted and then lost by Redis. */
export interface DeclaredLosses {
  readonly missing: number;
  readonly reissued: number;
  /** Times that grants may have been lost, and it can't be known. */
  readonly possible: number;
}

export function showDeclaredLosses(byCoupon: ReadonlyMap<number, DeclaredLosses>): void {
  losses = byCoupon;
}

/** @param of null: not known, and not told */
function gauge<T>(
  name: string,
  help: string,
  read: () => ReadonlyMap<number, T>,
  of: (figures: T) => number | null,
): void {
  readGauge({ name, help, labels: ['coupon'], combine: 'one' }, function* () {
    for (const [coupon, figures] of read()) {
      const value = of(figures);
      if (value !== null) yield { labels: { coupon: String(coupon) }, value };
    }
  });
}

gauge(
  'coupon_stock',
  'How many coupons may be issued in total. Not told while Redis does not have it.',
  () => coupons,
  ({ stock }) => stock,
);
gauge(
  'coupon_holders',
  'Users who hold the coupon, in Redis.',
  () => coupons,
  ({ holders }) => holders,
);
gauge(
  'coupon_stock_left',
  'How many coupons are left. Not told while Redis does not have the stock.',
  () => coupons,
  ({ stock, holders }) => (stock === null ? null : Math.max(0, stock - holders)),
);
readGauge(
  {
    name: 'coupon_state',
    help: '1 for the state that a loaded coupon is in: scheduled (opens later), open, paused, closed, or not_ready (nothing is decided).',
    labels: ['coupon', 'state'],
    combine: 'one',
  },
  function* () {
    for (const [coupon, figures] of coupons) {
      for (const state of couponStates) {
        yield { labels: { coupon: String(coupon), state }, value: figures.state === state ? 1 : 0 };
      }
    }
  },
);
gauge(
  'coupon_unpreloaded_opens_in_seconds',
  'Time until a coupon opens that is not preloaded; negative where it should be open. Only within an hour of its opening.',
  () => unpreloaded.openInMs,
  // Also while MySQL is away, which is when it may become too late.
  (openInMs) => (openInMs - (performance.now() - unpreloaded.atMs)) / 1000,
);
gauge(
  'coupon_declared_losses',
  'Sequence numbers that were granted and are in no store any more, as a rebuild recorded them. They explain gaps.',
  () => losses,
  ({ missing }) => missing,
);
gauge(
  'coupon_reissued_numbers',
  'Sequence numbers that were granted, lost by Redis, and given again or free to be: users were told of coupons that they do not hold.',
  () => losses,
  ({ reissued }) => reissued,
);
gauge(
  'coupon_possible_losses',
  'Times that Redis may have lost grants that no store and no HTTP worker knows of. verify shows the bounds of each.',
  () => losses,
  ({ possible }) => possible,
);
