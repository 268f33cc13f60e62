// The tables `declared_loss` and `reissued_range`: sequence numbers of a coupon that Redis lost before MySQL had them,
// and numbers that were given again since (src/rebuild/declared-losses.ts).
import type { Statements } from '../database.ts';

type Queries = Pick<Statements, 'query'>;
type Executes = Pick<Statements, 'execute'>;

/** Both ends included. */
export interface SequenceRange {
  readonly first: number;
  readonly last: number;
}

export interface ReissuedRange extends SequenceRange {
  readonly couponId: number;
  /** Of the history in which they were given first. */
  readonly epoch: number;
}

/** Ascending. */
export function readMissing(database: Queries, couponId: number): Promise<SequenceRange[]> {
  return database.query<SequenceRange>(
    'SELECT first_sequence AS first, last_sequence AS last FROM ' +
      'declared_loss WHERE coupon_id = ? ORDER BY first_sequence',
    [couponId],
  );
}

export async function insertMissing(
  database: Executes,
  couponId: number,
  { first, last }: SequenceRange,
  reason: string,
): Promise<void> {
  await database.execute(
    `INSERT INTO declared_loss (coupon_id, first_sequence, last_sequence, reason, detected_at)
     VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3))`,
    [couponId, first, last, reason],
  );
}

export async function deleteMissing(database: Executes, couponId: number, { first }: SequenceRange): Promise<void> {
  await database.execute('DELETE FROM declared_loss WHERE coupon_id = ? AND first_sequence = ?', [couponId, first]);
}

/** In the order in which they were lost. */
export function readReissued(database: Queries, couponId: number): Promise<ReissuedRange[]> {
  return database.query<ReissuedRange>(
    `SELECT coupon_id AS couponId, epoch, first_sequence AS first, last_sequence AS last
       FROM reissued_range WHERE coupon_id = ? ORDER BY epoch`,
    [couponId],
  );
}

/** Within a transaction: replaces what is there of this history. */
export async function replaceReissued(tx: Executes, { couponId, epoch, first, last }: ReissuedRange): Promise<void> {
  await tx.execute('DELETE FROM reissued_range WHERE coupon_id = ? AND epoch = ?', [couponId, epoch]);
  await tx.execute(
    `INSERT INTO reissued_range (coupon_id, epoch, first_sequence, last_sequence, detected_at)
     VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3))`,
    [couponId, epoch, first, last],
  );
}

/** How many numbers each coupon lost, of the newest coupons that lost any. */
export function countMissing(database: Queries, couponsMax: number): Promise<Map<number, number>> {
  return countNumbers(database, 'declared_loss', couponsMax);
}

export function countReissued(database: Queries, couponsMax: number): Promise<Map<number, number>> {
  return countNumbers(database, 'reissued_range', couponsMax);
}

async function countNumbers(
  database: Queries,
  table: 'declared_loss' | 'reissued_range',
  couponsMax: number,
): Promise<Map<number, number>> {
  const losses = await database.query<{ id: number; numbers: string | number }>(
    `SELECT coupon_id AS id, SUM(last_sequence - first_sequence + 1) AS numbers FROM ${table}
      GROUP BY coupon_id ORDER BY coupon_id DESC LIMIT ?`,
    [couponsMax],
  );
  return new Map(losses.map(({ id, numbers }) => [Number(id), Number(numbers)]));
}
