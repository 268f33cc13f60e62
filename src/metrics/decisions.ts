// Decisions on each coupon, as Redis took them, and those that a worker gave from what it knows.
import { CouponLabels } from './coupon-labels.ts';
import type { MetricsRegistry } from './registry.ts';

/** By the letter of lua/issue.lua. */
const letters = {
  i: 'granted',
  d: 'already_issued',
  v: 'revoked',
  s: 'sold_out',
  n: 'not_open',
  p: 'paused',
  c: 'closed',
} as const;

export type DecisionOutcome = (typeof letters)[keyof typeof letters];
const outcomes = Object.values(letters);
const indexOfLetter = new Int8Array(128).fill(-1);
for (const [index, letter] of Object.keys(letters).entries()) indexOfLetter[letter.charCodeAt(0)] = index;

export class DecisionMetrics {
  readonly #coupons = new CouponLabels(() => new Float64Array(outcomes.length));
  /** Plain numbers: prom-client's inc would be a tenth of what such an answer costs. */
  readonly #localAnswers = { sold_out: 0, already_issued: 0, revoked: 0 };

  constructor(registry: MetricsRegistry) {
    const coupons = this.#coupons;
    registry.readCounter(
      {
        name: 'decisions_total',
        help:
          'Decisions that Redis took, by coupon and outcome. A process ' +
          'gives at most 100 coupons a label, the rest is "other".',
        labels: ['coupon', 'outcome'],
      },
      function* () {
        for (const [coupon, counts] of coupons.entries()) {
          for (const [index, outcome] of outcomes.entries()) {
            yield { labels: { coupon, outcome }, value: counts[index] as number };
          }
        }
      },
    );
    registry.readCounter(
      {
        name: 'local_answers_total',
        help: 'Requests that a worker answered from what it knows of a sold-out coupon, without asking Redis.',
        labels: ['outcome'],
      },
      () => Object.entries(this.#localAnswers).map(([outcome, count]) => ({ labels: { outcome }, value: count })),
    );
  }

  /** @param codes one letter for each user of a batch that Redis decided */
  countDecisions(couponId: number, codes: string): void {
    const counts = this.#coupons.of(couponId);
    for (let at = 0; at < codes.length; at++) {
      const index = indexOfLetter[codes.charCodeAt(at) & 127] as number;
      if (index >= 0) counts[index] = (counts[index] as number) + 1;
    }
  }

  /** A loaded coupon has all its series from the start, at 0: the first burst is then an increase. */
  expectDecisions(couponId: number): void {
    this.#coupons.of(couponId);
  }

  /** Sold-out knowledge answered by itself. */
  countLocalAnswer(outcome: 'sold_out' | 'already_issued' | 'revoked'): void {
    this.#localAnswers[outcome] += 1;
  }
}
