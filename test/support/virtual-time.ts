// Time that passes as fast as it can: for many clients that wait, and for a device whose clock is changed or which
// sleeps. All that is due at one moment runs before time goes on.
import { setImmediate as turn } from 'node:timers/promises';
import type { Timing } from '#client/timing';
import type { Seeded } from './seeded.ts';

interface Sleeper {
  readonly dueMs: number;
  /** Nothing if it has left. */
  wake: () => void;
}

export class VirtualTime implements Timing {
  readonly random: () => number;
  /** What a change of the device's clock adds to it. */
  deviceOffsetMs = 1_800_000_000_000;
  #nowMs = 1000;
  /** The one that is due last is the first. */
  readonly #sleepers: Sleeper[] = [];

  constructor(random: Seeded) {
    this.random = () => random.below(2 ** 32) / 2 ** 32;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  deviceMs(): number {
    return this.deviceOffsetMs + this.#nowMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = () => {
        sleeper.wake = () => {};
        reject(signal.reason);
      };
      const wake = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const sleeper = { dueMs: this.#nowMs + Math.max(0, ms), wake };
      this.#add(sleeper);
      signal.addEventListener('abort', leave);
    });
  }

  /** Lets this time pass. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      await turn();
      const next = this.#sleepers.at(-1);
      if (!next || next.dueMs > untilMs) break;
      this.#nowMs = next.dueMs;
      while (this.#sleepers.at(-1)?.dueMs === next.dueMs) this.#sleepers.pop()?.wake();
    }
    this.#nowMs = untilMs;
  }

  #add(sleeper: Sleeper): void {
    let [from, to] = [0, this.#sleepers.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#sleepers[middle] as Sleeper).dueMs > sleeper.dueMs) from = middle + 1;
      else to = middle;
    }
    this.#sleepers.splice(from, 0, sleeper);
  }
}
