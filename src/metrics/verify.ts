// What the scheduled check of Redis against MySQL found (I1-I4). See docs/verify.md for the gaps.
import type { Counter } from 'prom-client';
import type { MetricsRegistry } from './registry.ts';

/** `full`: user by user. `counts`: by counting, for a coupon that is too big to compare each minute. */
export type VerifyKind = 'full' | 'counts';

interface Verified {
  readonly gaps: ReadonlyMap<string, number>;
  readonly atMs: number;
  readonly durationMs: number;
}

export class VerifyMetrics {
  readonly #runs: Counter<'kind' | 'result'>;
  readonly #coupons = new Map<number, Verified>();

  constructor(registry: MetricsRegistry) {
    this.#runs = registry.counter({
      name: 'verify_runs_total',
      help: 'Scheduled checks of one coupon, by kind and result.',
      labels: ['kind', 'result'],
    });
    for (const kind of ['full', 'counts'] as const) {
      for (const result of ['ok', 'gaps', 'failed'] as const) this.#runs.labels(kind, result).inc(0);
    }
    this.#declareLast(registry);
  }

  /** @param gaps every gap that was looked for, with its count */
  countVerify(couponId: number, kind: VerifyKind, gaps: ReadonlyMap<string, number>, durationMs: number): void {
    this.#runs.labels(kind, [...gaps.values()].some((count) => count > 0) ? 'gaps' : 'ok').inc();
    this.#coupons.set(couponId, { gaps, atMs: Date.now(), durationMs });
  }

  countVerifyFailure(kind: VerifyKind): void {
    this.#runs.labels(kind, 'failed').inc();
  }

  /** Coupons that are not loaded any more have no series. */
  keepVerified(loaded: ReadonlySet<number>): void {
    for (const couponId of this.#coupons.keys()) if (!loaded.has(couponId)) this.#coupons.delete(couponId);
  }

  #declareLast(registry: MetricsRegistry): void {
    const coupons = this.#coupons;
    registry.readGauge(
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
    const gauge = (name: string, help: string, of: (last: Verified) => number) =>
      registry.readGauge({ name, help, labels: ['coupon'], combine: 'one' }, () =>
        [...coupons].map(([coupon, last]) => ({ labels: { coupon: String(coupon) }, value: of(last) })),
      );
    gauge('verify_last_timestamp_seconds', 'When a coupon was last checked.', ({ atMs }) => atMs / 1000);
    gauge(
      'verify_last_duration_seconds',
      'How long the last check of a coupon took.',
      ({ durationMs }) => durationMs / 1000,
    );
  }
}
