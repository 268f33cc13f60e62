// Which numbers of a coupon go into the log next, and which are left out for now. Pure.
import type { Interval } from '../store/tables/event-progress.ts';

/** Ascending numbers as intervals. */
export function runsOf(numbers: readonly number[]): Interval[] {
  const runs: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run && run.last + 1 === number) run.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs;
}

/** What is left of an interval without these runs, which are in it, ascending. */
export function without({ first, last }: Interval, runs: readonly Interval[]): Interval[] {
  const left: Interval[] = [];
  let next = first;
  for (const run of runs) {
    if (run.first > next) left.push({ first: next, last: run.first - 1 });
    next = run.last + 1;
  }
  if (next <= last) left.push({ first: next, last });
  return left;
}

/** The part of the runs up to this number. */
export function upTo(runs: readonly Interval[], number: number): Interval[] {
  return runs
    .filter(({ first }) => first <= number)
    .map(({ first, last }) => ({ first, last: Math.min(last, number) }));
}

/** By the number at which a hole begins: what its rows fill. */
export function fillHoles(filled: readonly (Interval & { readonly sequence: number })[]): {
  readonly runs: readonly Interval[];
  readonly filled: readonly number[];
  readonly left: readonly Interval[];
} {
  const holes = new Map<number, { hole: Interval; numbers: number[] }>();
  for (const { first, last, sequence } of filled) {
    const known = holes.get(first);
    if (known) known.numbers.push(sequence);
    else holes.set(first, { hole: { first, last }, numbers: [sequence] });
  }
  const each = [...holes.values()].map(({ hole, numbers }) => ({ hole, runs: runsOf(numbers) }));
  return {
    runs: each.flatMap(({ runs }) => runs),
    filled: each.map(({ hole }) => hole.first),
    left: each.flatMap(({ hole, runs }) => without(hole, runs)),
  };
}
