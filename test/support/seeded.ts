// Random numbers that a seed gives again: a test prints its seed, and TEST_SEED repeats it.
import { randomInt } from 'node:crypto';

export interface Seeded {
  readonly seed: number;
  /** From 0 up to below `end`. */
  below(end: number): number;
  pick<T>(values: readonly T[]): T;
}

/** mulberry32 */
export function seeded(seed = Number(process.env.TEST_SEED ?? randomInt(2 ** 32))): Seeded {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    seed,
    below: (end) => Math.floor(next() * end),
    pick: (values) => values[Math.floor(next() * values.length)] as (typeof values)[number],
  };
}
