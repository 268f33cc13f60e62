// An insert thread that fails in the way its task's coupon id says, for the tests of the pool.
import type { InsertOutcome, InsertTask } from '../../src/store/insert-batch.ts';

export const EXITS = 1;
export const RUNS_OUT_OF_MEMORY = 2;
export const HANGS = 3;
export const THROWS = 4;

export default function write({ couponId }: InsertTask): InsertOutcome {
  if (couponId === EXITS) process.exit(1);
  if (couponId === THROWS) throw new Error('a fault of ours');
  if (couponId === RUNS_OUT_OF_MEMORY) {
    const hoard: number[][] = [];
    for (;;) hoard.push(new Array(1_000_000).fill(hoard.length));
  }
  while (couponId === HANGS);
  return { kind: 'written', inserted: couponId, duplicates: 0, refused: [] };
}
