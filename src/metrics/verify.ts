// What the scheduled check of Redis against MySQL found (I1-I4). See docs/verify.md for the gaps.
import { counter, readGauge } from './registry.ts';

/** `full`: user by user. `counts`: by counting, for a coupon that is too big to compare each minute. */
export type VerifyKind = 'full' | 'counts';

const runs = counter({
  name: 'verify_runs_total',
  help: 'Scheduled checks of one coupon, by kind and result.',
  labels: ['kind', 'result'],
});
for (const kind of ['full', 'counts'] as const) {
  for (const result of ['ok', 'gaps', 'failed'] as const) runs.labels(kind, result).inc(0);
}

interface Verified {
  readonly gaps: ReadonlyMap<string, number>;
  readonly atMs: number;
  readonly durationMs: number;
}

const coupons = new Map<number, Verified>();

/** @param gaps every gap that was looked for, with its count */
export function countVerify(
  couponId: number,
  kind: VerifyKind,
  gaps: ReadonlyMap<string, number>,
  durationMs: number,
): void {
  runs.labels(kind, [...gaps.values()].some((count) => count > 0) ? 'gaps' : 'ok').inc();
  coupons.set(couponId, { gaps, atMs: Date.now(), durationMs });
}

export function countVerifyFailure(kind: VerifyKind): void {
  runs.labels(kind, 'failed').inc();
}

/** Coupons that are not loaded any more have no series. */
export function keepVerified(loaded: ReadonlySet<number>): void {
  for (const couponId of coupons.keys()) if (!loaded.has(couponId)) coupons.delete(couponId);
}

readGauge(
  {
    name: 'verify_gaps',
    help: 'Differences between Redis and MySQL that the last scheduled check found, by kind of gap.',
    labels: ['coupon', 'gap'],
    combine: 'one',
  },
  function* () {
    for (const [coupon, { gaps }] of coupons) {
      for (const [gap, count] of gaps) yield { labels: { coupon: String(coupon), gap }, value: count };
    }
  },
);
readGauge(
  {
    name: 'verify_last_timestamp_seconds',
    help: 'When a coupon was last checked.',
    labels: ['coupon'],
    combine: 'one',
  },
  () => [...coupons].map(([coupon, { atMs }]) => ({ labels: { coupon: String(coupon) }, value: atMs / 1000 })),
);
readGauge(
  {
    name: 'verify_last_duration_seconds',
    help: 'How long the last check of a coupon took.',
    labels: ['coupon'],
    combine: 'one',
  },
  () =>
    [...coupons].map(([coupon, { durationMs }]) => ({ labels: { coupon: String(coupon) }, value: durationMs / 1000 })),
);
