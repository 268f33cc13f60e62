// Decisions on each coupon, as Redis took them, and those that a worker gave from what it knows.
import { CouponLabels } from './coupon-labels.ts';
import { readCounter } from './registry.ts';

/** By the letter of lua/issue.lua. */
const letters = {
  i: 'granted',
  d: 'already_issued',
  s: 'sold_out',
  n: 'not_open',
  p: 'paused',
  c: 'closed',
} as const;

export type DecisionOutcome = (typeof letters)[keyof typeof letters];
const outcomes = Object.values(letters);
const indexOfLetter = new Int8Array(128).fill(-1);
for (const [index, letter] of Object.keys(letters).entries()) indexOfLetter[letter.charCodeAt(0)] = index;

const coupons = new CouponLabels(() => new Float64Array(outcomes.length));

/** @param codes one letter for each user of a batch that Redis decided */
export function countDecisions(couponId: number, codes: string): void {
  const counts = coupons.of(couponId);
  for (let at = 0; at < codes.length; at++) {
    const index = indexOfLetter[codes.charCodeAt(at) & 127] as number;
    if (index >= 0) counts[index] = (counts[index] as number) + 1;
  }
}

/** A loaded coupon has all its series from the start, at 0: the first burst is then an increase. */
export function expectDecisions(couponId: number): void {
  coupons.of(couponId);
}

readCounter(
  {
    name: 'decisions_total',
    help: 'Decisions that Redis took, by coupon and outcome. A process gives at most 100 coupons a label, the rest is "other".',
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

/** Plain numbers: prom-client's inc would be a tenth of what such an answer costs. */
const localAnswers = { sold_out: 0, already_issued: 0 };

readCounter(
  {
    name: 'local_answers_total',
    help: 'Requests that a worker answered from what it knows of a sold-out coupon, without asking Redis.',
    labels: ['outcome'],
  },
  () => Object.entries(localAnswers).map(([outcome, count]) => ({ labels: { outcome }, value: count })),
);

/** Sold-out knowledge answered by itself. */
export function countLocalAnswer(outcome: 'sold_out' | 'already_issued'): void {
  localAnswers[outcome] += 1;
}
