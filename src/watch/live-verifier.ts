// Compares Redis and MySQL while the event goes on, one loaded coupon after the other, and reports gaps to the metrics.
// Promise: it reads only, takes at most a twentieth of one core's time, and a coupon that is too big to be compared
// user by user every minute is compared by counts. A failed check is counted, and made again in the next round.
import type { Logger } from '../log.ts';
import type { VerifyKind, VerifyMetrics } from '../metrics/verify.ts';
import { inspectCoupon } from '../redis/coupon-snapshot.ts';
import { pauseUnlessAborted } from '../runtime/retry.ts';
import { Service } from '../runtime/service.ts';
import type { ReadStores } from '../stores.ts';
import { verifyCoupon } from '../verify/verify.ts';
import { countGaps } from './count-gaps.ts';
import { readLoaded } from './coupon-figures.ts';

export interface LiveVerifierOptions extends ReadStores {
  readonly log: Logger;
  /** Between two rounds; 0 makes none. */
  readonly everyMs: number;
  /** Coupons with more holders are compared by counts. */
  readonly holdersMax: number;
  readonly metrics: VerifyMetrics;
}

/** After a check, so many times its duration passes before the next one. */
const REST = 19;

export class LiveVerifier {
  readonly #options: LiveVerifierOptions;
  readonly #service: Service;

  constructor(options: LiveVerifierOptions) {
    this.#options = options;
    this.#service = new Service({
      name: 'the live verifier',
      log: options.log,
      turn: (signal) => this.#round(signal),
      // Rounds begin every `everyMs`, if they are shorter than that.
      pauseMs: (roundMs) => Math.max(0, options.everyMs - roundMs),
    });
  }

  start(): void {
    if (this.#options.everyMs > 0) this.#service.start();
  }

  /** A check that is under way ends with its connections. */
  stop(): Promise<void> {
    return this.#service.stop();
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { database, metrics } = this.#options;
    let loaded: number[];
    try {
      loaded = await readLoaded(database);
    } catch {
      metrics.countVerifyFailure('full');
      return;
    }
    metrics.keepVerified(new Set(loaded));
    for (const couponId of loaded) {
      if (signal.aborted) return;
      const startMs = performance.now();
      await this.#verify(couponId);
      await pauseUnlessAborted((performance.now() - startMs) * REST, signal);
    }
  }

  async #verify(couponId: number): Promise<void> {
    const { redis, holdersMax, log, metrics } = this.#options;
    let kind: VerifyKind = 'full';
    try {
      const startMs = performance.now();
      const { holders } = await inspectCoupon(redis, couponId);
      kind = holders > holdersMax ? 'counts' : 'full';
      const gaps = kind === 'full' ? await this.#compare(couponId) : await countGaps(this.#options, couponId);
      metrics.countVerify(couponId, kind, gaps, performance.now() - startMs);
      const found = [...gaps].filter(([, count]) => count > 0);
      if (found.length > 0) log.error({ couponId, gaps: Object.fromEntries(found) }, 'Redis and MySQL do not agree');
    } catch (error) {
      if (this.#service.signal.aborted) return;
      metrics.countVerifyFailure(kind);
      log.warn({ couponId, error: String(error) }, 'a coupon could not be verified');
    }
  }

  async #compare(couponId: number): Promise<Map<string, number>> {
    const { gaps } = await verifyCoupon(this.#options, couponId, { mode: 'live', examplesMax: 0 });
    // At rest alone the outbox is empty.
    return new Map(gaps.filter(({ name }) => name !== 'outboxNotEmpty').map(({ name, count }) => [name, count]));
  }
}
