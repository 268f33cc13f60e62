// The tables `event_progress` and `event_hole`: which rows and moves of a coupon are in the log of events, and what is
// not. A row is in it once, whenever it came: numbers are the key, not the order of commits.
import type { Statements } from '../database.ts';

type Queries = Pick<Statements, 'query'>;
type Executes = Pick<Statements, 'execute'>;

/** Numbers from `first` to `last`, both included. */
export interface Interval {
  readonly first: number;
  readonly last: number;
}

export interface Progress {
  readonly lastSequence: number;
  readonly lastVersion: number;
  readonly seenVersion: number;
  readonly seenStock: number;
  readonly isPending: boolean;
}

/** Coupons with something that may not be in the log: each row and each move changes stock or version. */
export async function listCouponsWithNews(database: Queries, limit: number): Promise<number[]> {
  const rows = await database.query<{ couponId: number }>(
    `SELECT c.id AS couponId FROM coupon c LEFT JOIN event_progress p ON p.coupon_id = c.id
      WHERE p.coupon_id IS NULL OR p.pending = 1 OR p.seen_version <> c.version OR p.seen_stock <> c.stock
      ORDER BY c.id LIMIT ?`,
    [limit],
  );
  return rows.map(({ couponId }) => couponId);
}

/** With the log locked. @returns null if nothing of the coupon is in the log */
export async function readProgress(tx: Queries, couponId: number): Promise<Progress | null> {
  const [row] = await tx.query<Omit<Progress, 'isPending'> & { pending: number }>(
    `SELECT last_sequence AS lastSequence, last_version AS lastVersion, seen_version AS seenVersion,
            seen_stock AS seenStock, pending FROM event_progress WHERE coupon_id = ?`,
    [couponId],
  );
  if (!row) return null;
  const { pending, ...progress } = row;
  return { ...progress, isPending: pending === 1 };
}

export async function writeProgress(tx: Executes, couponId: number, progress: Progress): Promise<void> {
  const { lastSequence, lastVersion, seenVersion, seenStock, isPending } = progress;
  const values = [lastSequence, lastVersion, seenVersion, seenStock, isPending ? 1 : 0];
  await tx.execute(
    `INSERT INTO event_progress (coupon_id, last_sequence, last_version, seen_version, seen_stock, pending)
     VALUES (?, ?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE last_sequence = ?, last_version = ?, seen_version = ?, seen_stock = ?, pending = ?`,
    [couponId, ...values, ...values],
  );
}

/** Holes that have a row by now, whole, with the numbers of these rows, ascending. At most so many rows. */
export function readFilled(
  tx: Queries,
  couponId: number,
  limit: number,
): Promise<(Interval & { readonly sequence: number })[]> {
  return tx.query(
    `SELECT h.first_sequence AS first, h.last_sequence AS last, u.sequence
       FROM event_hole h JOIN user_coupon u
         ON u.coupon_id = h.coupon_id AND u.sequence BETWEEN h.first_sequence AND h.last_sequence
      WHERE h.coupon_id = ? ORDER BY u.sequence LIMIT ?`,
    [couponId, limit],
  );
}

/** At least one. */
export async function insertHoles(tx: Executes, couponId: number, holes: readonly Interval[]): Promise<void> {
  await tx.execute(
    `INSERT INTO event_hole (coupon_id, first_sequence, last_sequence)
     VALUES ${holes.map(() => '(?, ?, ?)').join(', ')}`,
    holes.flatMap(({ first, last }) => [couponId, first, last]),
  );
}

/** By their first numbers; at least one. */
export async function deleteHoles(tx: Executes, couponId: number, firsts: readonly number[]): Promise<void> {
  await tx.execute('DELETE FROM event_hole WHERE coupon_id = ? AND first_sequence IN (?)', [couponId, firsts]);
}

export async function hasHoles(tx: Queries, couponId: number): Promise<boolean> {
  const holes = await tx.query<{ first: number }>(
    'SELECT first_sequence AS first FROM event_hole WHERE coupon_id = ? LIMIT 1',
    [couponId],
  );
  return holes.length > 0;
}

export async function isInHole(tx: Queries, couponId: number, sequence: number): Promise<boolean> {
  const [hole] = await tx.query<{ last: number }>(
    `SELECT last_sequence AS last FROM event_hole
      WHERE coupon_id = ? AND first_sequence <= ? ORDER BY first_sequence DESC LIMIT 1`,
    [couponId, sequence],
  );
  return hole !== undefined && hole.last >= sequence;
}
