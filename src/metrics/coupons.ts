// The loaded coupons, as the persister saw them a moment ago: the state of the event.
// If several servers share one Redis, each of them reports this: use the largest value, never the sum.
import type { MetricsRegistry } from './registry.ts';

export const couponStates = ['scheduled', 'open', 'paused', 'closed', 'not_ready'] as const;
export type CouponState = (typeof couponStates)[number];

export interface CouponFigures {
  /** null: it is not there, or no number, as while the coupon is rebuilt. */
  readonly stock: number | null;
  readonly holders: number;
  readonly state: CouponState;
}

/** Sequence numbers of one coupon that were granted and then lost by Redis. */
export interface DeclaredLosses {
  readonly missing: number;
  readonly reissued: number;
  /** Times that grants may have been lost, and it can't be known. */
  readonly possible: number;
}

export class CouponMetrics {
  #coupons: ReadonlyMap<number, CouponFigures> = new Map();
  #names: ReadonlyMap<number, string> = new Map();
  #unpreloaded: { readonly openInMs: ReadonlyMap<number, number>; readonly atMs: number } = {
    openInMs: new Map(),
    atMs: 0,
  };
  #losses: ReadonlyMap<number, DeclaredLosses> = new Map();

  constructor(registry: MetricsRegistry) {
    this.#declareCoupons(registry);
    this.#declareInfo(registry);
    this.#declareUnpreloaded(registry);
    this.#declareLosses(registry);
  }

  showCoupons(figures: ReadonlyMap<number, CouponFigures>): void {
    this.#coupons = figures;
  }

  /** Of loaded coupons. */
  showNames(names: ReadonlyMap<number, string>): void {
    this.#names = names;
  }

  /** @param openInMs coupons that are not preloaded and open soon, or should be open; milliseconds until then */
  showUnpreloaded(openInMs: ReadonlyMap<number, number>): void {
    this.#unpreloaded = { openInMs, atMs: performance.now() };
  }

  showDeclaredLosses(byCoupon: ReadonlyMap<number, DeclaredLosses>): void {
    this.#losses = byCoupon;
  }

  #declareCoupons(registry: MetricsRegistry): void {
    const gauge = (name: string, help: string, of: (figures: CouponFigures) => number | null) =>
      declareGauge(registry, name, help, () => this.#coupons, of);
    gauge(
      'coupon_stock',
      'How many coupons may be issued in total. Not reported while Redis does not have it.',
      ({ stock }) => stock,
    );
    gauge('coupon_holders', 'Users who hold the coupon, in Redis.', ({ holders }) => holders);
    gauge(
      'coupon_stock_left',
      'How many coupons are left. Not reported while Redis does not have the stock.',
      ({ stock, holders }) => (stock === null ? null : Math.max(0, stock - holders)),
    );
    const coupons = () => this.#coupons;
    registry.readGauge(
      {
        name: 'coupon_state',
        help:
          '1 for the state that a loaded coupon is in: scheduled (opens ' +
          'later), open, paused, closed, or not_ready (nothing is decided).',
        labels: ['coupon', 'state'],
        combine: 'one',
      },
      function* () {
        for (const [coupon, figures] of coupons()) {
          for (const state of couponStates) {
            yield { labels: { coupon: String(coupon), state }, value: figures.state === state ? 1 : 0 };
          }
        }
      },
    );
  }

  #declareInfo(registry: MetricsRegistry): void {
    registry.readGauge(
      {
        name: 'coupon_info',
        help:
          'Name of a loaded coupon as a label, to be joined; the value is always 1. ' +
          'Not reported until MySQL has answered.',
        labels: ['coupon', 'name'],
        combine: 'max',
      },
      () =>
        [...this.#names]
          .filter(([coupon]) => this.#coupons.has(coupon))
          .map(([coupon, name]) => ({ labels: { coupon: String(coupon), name }, value: 1 })),
    );
  }

  #declareUnpreloaded(registry: MetricsRegistry): void {
    declareGauge(
      registry,
      'coupon_unpreloaded_opens_in_seconds',
      'Time until a coupon opens that is not preloaded; negative ' +
        'where it should be open. Only within an hour of its opening.',
      () => this.#unpreloaded.openInMs,
      // Also while MySQL is unreachable, which is when it may become too late.
      (openInMs) => (openInMs - (performance.now() - this.#unpreloaded.atMs)) / 1000,
    );
  }

  #declareLosses(registry: MetricsRegistry): void {
    const gauge = (name: string, help: string, of: (losses: DeclaredLosses) => number) =>
      declareGauge(registry, name, help, () => this.#losses, of);
    gauge(
      'coupon_declared_losses',
      'Sequence numbers that were granted and are in no store any more, as a rebuild recorded them. They explain gaps.',
      ({ missing }) => missing,
    );
    gauge(
      'coupon_reissued_numbers',
      'Sequence numbers that were granted, lost by Redis, and given again ' +
        'or free to be: users got a 201 for coupons that they do not hold.',
      ({ reissued }) => reissued,
    );
    gauge(
      'coupon_possible_losses',
      'Times that Redis may have lost grants that no store and ' +
        'no HTTP worker knows of. verify shows the bounds of each.',
      ({ possible }) => possible,
    );
  }
}

/** @param of null: not known, and not reported */
function declareGauge<T>(
  registry: MetricsRegistry,
  name: string,
  help: string,
  read: () => ReadonlyMap<number, T>,
  of: (figures: T) => number | null,
): void {
  registry.readGauge({ name, help, labels: ['coupon'], combine: 'one' }, function* () {
    for (const [coupon, figures] of read()) {
      const value = of(figures);
      if (value !== null) yield { labels: { coupon: String(coupon) }, value };
    }
  });
}
