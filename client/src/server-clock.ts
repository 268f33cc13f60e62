// The server's clock, as answers show it: the median of the last samples, on top of the device's monotonic clock.
// Promise: once it is set it never goes back, and a change of the device's clock does not move it.
// A cache on the way makes it late by the age of what it kept, a second at most; nothing makes it early, apart from
// half of a request's travel time.
import type { Timing } from './timing.ts';

const SAMPLES_MAX = 9;
/** Between the device's two clocks: beyond it, one was changed, or the device slept and one of them stood still. */
const DRIFT_MS_MAX = 1000;

export class ServerClock {
  readonly #timing: Timing;
  /** Server time minus monotonic time. */
  #offsetsMs: number[] = [];
  #driftMs = 0;
  #shownMs = Number.NEGATIVE_INFINITY;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /** Whether a sample of the server's time was taken. Until then `now` is the device's clock. */
  get isSet(): boolean {
    return this.#offsetsMs.length > 0;
  }

  /** Whether the device slept, or its clock was changed, since the last sample: a new one should be taken. */
  get isDoubtful(): boolean {
    return this.isSet && Math.abs(this.#drift() - this.#driftMs) > DRIFT_MS_MAX;
  }

  /** Milliseconds since 1970. */
  now(): number {
    if (!this.isSet) return this.#timing.deviceMs();
    const sorted = [...this.#offsetsMs].sort((a, b) => a - b);
    const middle = sorted.length / 2;
    const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
    this.#shownMs = Math.max(this.#shownMs, this.#timing.monotonicMs() + median);
    return this.#shownMs;
  }

  /** @param serverMs the time in an answer; the others are monotonic: before the request, behind the answer */
  add(serverMs: number, sentMs: number, receivedMs: number): void {
    if (!Number.isFinite(serverMs)) return;
    // What was measured before the device slept says nothing about the time after it.
    if (this.isDoubtful) this.#offsetsMs = [];
    this.#driftMs = this.#drift();
    this.#offsetsMs = [...this.#offsetsMs, serverMs - (sentMs + receivedMs) / 2].slice(-SAMPLES_MAX);
  }

  #drift(): number {
    return this.#timing.deviceMs() - this.#timing.monotonicMs();
  }
}
