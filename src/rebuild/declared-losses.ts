// The declared loss: sequence numbers that were given to users, and that Redis lost before MySQL had them.
// `missing`: in no store any more. A rebuild writes down exactly the numbers that are missing now, so a loss that was
// found again (an older Redis that still knew it) leaves the record.
// `reissued`: above everything that survived, so that they were given again, or will be. The HTTP workers to which
// Redis reported them write them down. Each writes what it knows of an ended history.
import type { Database, Statements } from '../store/database.ts';
import { lockCoupon } from '../store/tables/coupons.ts';
import {
  deleteMissing,
  insertMissing,
  type ReissuedRange,
  readMissing,
  readReissued,
  replaceReissued,
  type SequenceRange,
} from '../store/tables/losses.ts';

/** More ranges than this are the work of no crash; the rest is one range, so that nothing is left unexplained (I6). */
export const RANGES_MAX = 10_000;

export interface DeclaredLoss extends SequenceRange {
  readonly kind: 'missing' | 'reissued';
}

/** What is missing in the order of its numbers, then what was given again in the order in which it was lost. */
export async function readLosses(database: Pick<Statements, 'query'>, couponId: number): Promise<DeclaredLoss[]> {
  const missing = await readMissing(database, couponId);
  const reissued = await readReissued(database, couponId);
  return [
    ...missing.map(({ first, last }) => ({ first, last, kind: 'missing' as const })),
    ...reissued.map(({ first, last }) => ({ first, last, kind: 'reissued' as const })),
  ];
}

/**
 * Several workers know of the same history: what is written down covers what each of them knows.
 * @returns what is new of it, null if all of it was known
 */
export function declareReissued(database: Database, lost: ReissuedRange): Promise<SequenceRange | null> {
  const { couponId, epoch } = lost;
  return database.transaction(async (tx) => {
    // One after the other.
    await lockCoupon(tx, couponId);
    const known = (await readReissued(tx, couponId)).find((range) => range.epoch === epoch);
    const first = Math.min(lost.first, known?.first ?? lost.first);
    const last = Math.max(lost.last, known?.last ?? 0);
    if (known?.first === first && known.last === last) return null;
    await replaceReissued(tx, { couponId, epoch, first, last });
    return known && known.first === first ? { first: known.last + 1, last } : { first, last };
  });
}

/** @returns the ranges that were not declared before */
export async function declareLosses(
  database: Database,
  couponId: number,
  ranges: readonly SequenceRange[],
  reason: string,
): Promise<SequenceRange[]> {
  const known = await readMissing(database, couponId);
  const name = ({ first, last }: SequenceRange) => `${first}-${last}`;
  const wanted = new Set(ranges.map(name));
  const present = new Set(known.map(name));
  const gone = known.filter((loss) => !wanted.has(name(loss)));
  const fresh = ranges.filter((range) => !present.has(name(range)));
  if (gone.length === 0 && fresh.length === 0) return [];
  await database.transaction(async (tx) => {
    for (const loss of gone) await deleteMissing(tx, couponId, loss);
    for (const loss of fresh) await insertMissing(tx, couponId, loss, reason);
  });
  return fresh;
}
