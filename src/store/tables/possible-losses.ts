// The table `possible_loss`: grants that Redis may have lost, and of which it can't be known whether there were any,
// because HTTP workers to which Redis could have reported them are gone too. It is recorded as a question before the
// coupon is decided on again, so a crash forgets nothing. If every HTTP worker answers (src/rebuild/witness.ts), the
// question is removed: what was lost is declared exactly. Otherwise it is confirmed, and stays (src/gate/witnesses.ts).
import type { Database, Statements } from '../database.ts';

/** What may be lost of one coupon. */
export interface LossBounds {
  /** The highest number that survived: what is lost was above it, and is given again. */
  readonly afterSequence: number;
  /** At most so many grants: what was left of the stock. */
  readonly numbersMax: number;
  readonly grantedAfter: Date;
  readonly grantedBefore: Date;
  readonly reason: string;
}

export interface Question extends LossBounds {
  readonly id: number;
  readonly couponId: number;
  /** Grants of histories before this one may be lost. */
  readonly epoch: number;
}

export interface PossibleLoss extends LossBounds {
  /** False: the HTTP workers are being asked. */
  readonly confirmed: boolean;
}

const BOUNDS = `after_sequence AS afterSequence, numbers_max AS numbersMax, granted_after AS grantedAfter,
  granted_before AS grantedBefore, reason`;

/**
 * Replaces a question about the same coupon and Redis process that is not answered yet: a comparison that begins
 * again, or knows more, asks again.
 * @param bounds null: nothing can be lost
 */
export async function askAfterLoss(
  database: Pick<Database, 'transaction'>,
  { couponId, runId, epoch }: { readonly couponId: number; readonly runId: string; readonly epoch: number },
  bounds: LossBounds | null,
): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.execute('DELETE FROM possible_loss WHERE coupon_id = ? AND run_id = ? AND confirmed_at IS NULL', [
      couponId,
      runId,
    ]);
    if (bounds === null) return;
    const { afterSequence, numbersMax, grantedAfter, grantedBefore, reason } = bounds;
    await tx.execute(
      `INSERT INTO possible_loss (coupon_id, run_id, epoch, after_sequence, numbers_max, granted_after, granted_before,
         reason, detected_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))`,
      [couponId, runId, epoch, afterSequence, numbersMax, grantedAfter, grantedBefore, reason],
    );
  });
}

/** Not answered by all HTTP workers yet, in the order in which they were asked. */
export function readQuestions(database: Pick<Statements, 'query'>): Promise<(Question & { ageMs: number })[]> {
  return database.query<Question & { ageMs: number }>(
    `SELECT id, coupon_id AS couponId, epoch, ${BOUNDS},
            TIMESTAMPDIFF(MICROSECOND, detected_at, UTC_TIMESTAMP(3)) DIV 1000 AS ageMs
       FROM possible_loss WHERE confirmed_at IS NULL ORDER BY id`,
  );
}

/** Every HTTP worker has declared what it knew. */
export async function withdrawQuestion(database: Pick<Statements, 'execute'>, id: number): Promise<void> {
  await database.execute('DELETE FROM possible_loss WHERE id = ? AND confirmed_at IS NULL', [id]);
}

/** @returns false if another persister did it */
export async function confirmLoss(database: Pick<Statements, 'execute'>, id: number): Promise<boolean> {
  const { affectedRows } = await database.execute(
    'UPDATE possible_loss SET confirmed_at = UTC_TIMESTAMP(3) WHERE id = ? AND confirmed_at IS NULL',
    [id],
  );
  return affectedRows === 1;
}

/** The newest, in the order in which they happened. */
export async function readPossibleLosses(
  database: Pick<Statements, 'query'>,
  couponId: number,
  limit: number,
): Promise<PossibleLoss[]> {
  const rows = await database.query<LossBounds & { confirmed: number }>(
    `SELECT ${BOUNDS}, confirmed_at IS NOT NULL AS confirmed
       FROM possible_loss WHERE coupon_id = ? ORDER BY id DESC LIMIT ?`,
    [couponId, limit],
  );
  return rows.reverse().map((row) => ({ ...row, confirmed: Number(row.confirmed) === 1 }));
}

/** How many of each coupon are confirmed, of the newest coupons that have any. */
export async function countPossible(
  database: Pick<Statements, 'query'>,
  couponsMax: number,
): Promise<Map<number, number>> {
  const losses = await database.query<{ id: number; count: string | number }>(
    `SELECT coupon_id AS id, COUNT(*) AS count FROM possible_loss WHERE confirmed_at IS NOT NULL
      GROUP BY coupon_id ORDER BY coupon_id DESC LIMIT ?`,
    [couponsMax],
  );
  return new Map(losses.map(({ id, count }) => [Number(id), Number(count)]));
}
