// The declared loss: sequence numbers that were given and are in no store any more. A rebuild writes down exactly the
// numbers that are missing now, so a loss that was found again (an older Redis that still knew it) leaves the record.
import type { Database } from '../store/database.ts';
import type { SequenceRange } from './sequence-set.ts';

/** More ranges than this are the work of no crash; the rest is one range, so that nothing is left unexplained (I6). */
export const RANGES_MAX = 10_000;

export interface DeclaredLoss {
  readonly first: number;
  readonly last: number;
  readonly reason: string;
  readonly detectedAt: Date;
}

export function readLosses(database: Database, couponId: number): Promise<DeclaredLoss[]> {
  return database.query<DeclaredLoss>(
    `SELECT first_sequence AS first, last_sequence AS last, reason, detected_at AS detectedAt
       FROM declared_loss WHERE coupon_id = ? ORDER BY first_sequence`,
    [couponId],
  );
}

/** @returns the ranges that were not declared before */
export async function declareLosses(
  database: Database,
  couponId: number,
  ranges: readonly SequenceRange[],
  reason: string,
): Promise<SequenceRange[]> {
  const known = await readLosses(database, couponId);
  const name = ({ first, last }: SequenceRange) => `${first}-${last}`;
  const wanted = new Set(ranges.map(name));
  const present = new Set(known.map(name));
  const gone = known.filter((loss) => !wanted.has(name(loss)));
  const fresh = ranges.filter((range) => !present.has(name(range)));
  if (gone.length === 0 && fresh.length === 0) return [];
  await database.transaction(async (tx) => {
    for (const loss of gone) {
      await tx.execute('DELETE FROM declared_loss WHERE coupon_id = ? AND first_sequence = ?', [couponId, loss.first]);
    }
    for (const { first, last } of fresh) {
      await tx.execute(
        `INSERT INTO declared_loss (coupon_id, first_sequence, last_sequence, reason, detected_at)
         VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3))`,
        [couponId, first, last, reason],
      );
    }
  });
  return fresh;
}
