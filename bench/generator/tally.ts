// Counts the answers of one run: granted and refused apart, in sum and over time.
import { Histogram } from './histogram.ts';
import type { GeneratorRecord, Slice } from './messages.ts';

const SLICE_MS = 250;

export class Tally {
  readonly #granted = new Histogram();
  readonly #refused = new Histogram();
  readonly #unavailable = new Histogram();
  readonly #ofSlice = new Histogram();
  readonly #slices: Slice[] = [];
  readonly #grantedByCoupon: number[];
  readonly #answers: number[] = [];
  readonly #keepAnswers: boolean;
  readonly #goodStatus: number;
  readonly #startMs: number;
  readonly #cpuAtStart = process.cpuUsage();
  #sliceGranted = 0;
  #sliceRefused = 0;
  #sliceEndMs: number;
  #unexpected = 0;
  #failed = 0;
  #lastMs: number;
  latestSendMs = 0;

  /** @param goodStatus of an answer that has what was asked for */
  constructor(coupons: number, keepAnswers: boolean, goodStatus = 201) {
    this.#goodStatus = goodStatus;
    this.#grantedByCoupon = new Array<number>(coupons).fill(0);
    this.#keepAnswers = keepAnswers;
    this.#startMs = performance.now();
    this.#lastMs = this.#startMs;
    this.#sliceEndMs = this.#startMs + SLICE_MS;
  }

  get startMs(): number {
    return this.#startMs;
  }

  answered(status: number, startedMs: number, couponIndex: number, user: number): void {
    const nowMs = performance.now();
    const latencyMs = nowMs - startedMs;
    this.#lastMs = nowMs;
    if (nowMs >= this.#sliceEndMs) this.#endSlice(nowMs);
    if (status === this.#goodStatus) {
      this.#granted.record(latencyMs);
      this.#sliceGranted += 1;
      this.#grantedByCoupon[couponIndex] = (this.#grantedByCoupon[couponIndex] as number) + 1;
    } else if (status >= 400 && status < 500) {
      this.#refused.record(latencyMs);
      this.#sliceRefused += 1;
    } else if (status === 503 || status === 504) this.#unavailable.record(latencyMs);
    else this.#unexpected += 1;
    this.#ofSlice.record(latencyMs);
    if (this.#keepAnswers) this.#answers.push(user, status);
  }

  failed(user: number): void {
    this.#failed += 1;
    this.#lastMs = performance.now();
    if (this.#keepAnswers) this.#answers.push(user, 0);
  }

  record(): GeneratorRecord {
    this.#endSlice(this.#lastMs);
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    return {
      elapsedMs: this.#lastMs - this.#startMs,
      granted: this.#granted.count,
      refused: this.#refused.count,
      unavailable: this.#unavailable.count,
      unexpected: this.#unexpected,
      failed: this.#failed,
      grantedLatency: this.#granted.pack(),
      refusedLatency: this.#refused.pack(),
      unavailableLatency: this.#unavailable.pack(),
      slices: this.#slices,
      grantedByCoupon: this.#grantedByCoupon,
      cpuMicros: user + system,
      latestSendMs: this.latestSendMs,
      firstConnectMs: 0,
      lastConnectMs: 0,
      answers: this.#answers,
    };
  }

  #endSlice(nowMs: number): void {
    if (this.#ofSlice.count > 0) {
      this.#slices.push({
        atMs: this.#sliceEndMs - this.#startMs,
        granted: this.#sliceGranted,
        refused: this.#sliceRefused,
        p50Ms: this.#ofSlice.percentile(0.5),
        p99Ms: this.#ofSlice.percentile(0.99),
      });
    }
    this.#ofSlice.reset();
    this.#sliceGranted = 0;
    this.#sliceRefused = 0;
    while (this.#sliceEndMs <= nowMs) this.#sliceEndMs += SLICE_MS;
  }
}
