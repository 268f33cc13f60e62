// What becomes an event: rows of `user_coupon` by their numbers, and records of `coupon_audit` by the versions that
// they made. Also whom an event concerns, as it is when it is asked for: a user who was erased since is a pseudonym.
import { type UserKey, userFromSql } from '../../user-id.ts';
import type { Statements } from '../database.ts';
import type { Interval } from './event-progress.ts';

type Queries = Pick<Statements, 'query'>;

/** What every row and every move changes. */
export async function readSigns(
  database: Queries,
  couponId: number,
): Promise<{ readonly version: number; readonly stock: number } | null> {
  const [signs] = await database.query<{ version: number; stock: number }>(
    'SELECT version, stock FROM coupon WHERE id = ?',
    [couponId],
  );
  return signs ?? null;
}

/** The lowest and the highest number above this one. @returns null if there is none */
export async function readNumbersAbove(database: Queries, couponId: number, after: number): Promise<Interval | null> {
  const [found] = await database.query<{ first: number | null; last: number | null }>(
    'SELECT MIN(sequence) AS first, MAX(sequence) AS last FROM user_coupon WHERE coupon_id = ? AND sequence > ?',
    [couponId, after],
  );
  return found && found.first !== null && found.last !== null ? { first: found.first, last: found.last } : null;
}

/** How many numbers of these have a row, and the highest of them; read from the index alone. */
export async function countNumbers(
  database: Queries,
  couponId: number,
  { first, last }: Interval,
): Promise<{ readonly rows: number; readonly highest: number }> {
  const [found] = await database.query<{ n: number; highest: number | null }>(
    `SELECT COUNT(*) AS n, MAX(sequence) AS highest FROM user_coupon
      WHERE coupon_id = ? AND sequence BETWEEN ? AND ?`,
    [couponId, first, last],
  );
  return { rows: Number(found?.n ?? 0), highest: found?.highest ?? 0 };
}

/** Which numbers of these have a row, ascending. */
export async function readNumbers(database: Queries, couponId: number, { first, last }: Interval): Promise<number[]> {
  const rows = await database.query<{ sequence: number }>(
    'SELECT sequence FROM user_coupon WHERE coupon_id = ? AND sequence BETWEEN ? AND ? ORDER BY sequence',
    [couponId, first, last],
  );
  return rows.map(({ sequence }) => sequence);
}

/** The highest of these numbers whose row was written so long ago, by MySQL's clock; 0: none. */
export async function readHighestSettled(
  database: Queries,
  couponId: number,
  { first, last }: Interval,
  seconds: number,
): Promise<number> {
  const [found] = await database.query<{ highest: number | null }>(
    `SELECT MAX(sequence) AS highest FROM user_coupon
      WHERE coupon_id = ? AND sequence BETWEEN ? AND ? AND persisted_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND`,
    [couponId, first, last, seconds],
  );
  return found?.highest ?? 0;
}

export interface RecordedMove {
  readonly auditId: number;
  readonly version: number;
  readonly action: string;
  readonly at: Date;
  /** Of the row of the user whom it concerns; null: it concerns none, or one without a row. */
  readonly sequence: number | null;
}

/** Moves that raised the coupon's version above this one, in their order. One move may be many records. */
export function readMovesAfter(
  database: Queries,
  couponId: number,
  version: number,
  limit: number,
): Promise<RecordedMove[]> {
  return database.query<RecordedMove>(
    `SELECT a.id AS auditId, a.version_after AS version, a.action, a.at, u.sequence
       FROM coupon_audit a LEFT JOIN user_coupon u ON u.coupon_id = a.coupon_id AND u.user_id = a.user_id
      WHERE a.coupon_id = ? AND a.version_after > ? AND a.result <> 'REFUSED'
      ORDER BY a.version_after, a.id LIMIT ?`,
    [couponId, version, limit],
  );
}

export interface IssuedContent {
  readonly couponId: number;
  readonly sequence: number;
  readonly userId: UserKey;
  readonly at: Date;
}

/** Rows of these intervals of numbers; at least one interval. */
export async function readIssuedContent(
  database: Queries,
  intervals: readonly (Interval & { readonly couponId: number })[],
): Promise<IssuedContent[]> {
  const rows = await database.query<IssuedContent>(
    `SELECT coupon_id AS couponId, sequence, user_id AS userId, issued_at AS at FROM user_coupon
      WHERE ${intervals.map(() => '(coupon_id = ? AND sequence BETWEEN ? AND ?)').join(' OR ')}`,
    intervals.flatMap(({ couponId, first, last }) => [couponId, first, last]),
  );
  return rows.map((row) => ({ ...row, userId: userFromSql(row.userId) }));
}

export interface MoveContent {
  readonly auditId: number;
  readonly action: string;
  readonly couponId: number;
  readonly userId: UserKey | null;
  /** Of the user's row. */
  readonly sequence: number | null;
  readonly at: Date;
}

/** At least one. */
export async function readMoveContent(database: Queries, auditIds: readonly number[]): Promise<MoveContent[]> {
  const rows = await database.query<MoveContent>(
    `SELECT a.id AS auditId, a.action, a.coupon_id AS couponId, a.user_id AS userId, u.sequence, a.at
       FROM coupon_audit a LEFT JOIN user_coupon u ON u.coupon_id = a.coupon_id AND u.user_id = a.user_id
      WHERE a.id IN (?)`,
    [auditIds],
  );
  return rows.map((row) => ({ ...row, userId: row.userId === null ? null : userFromSql(row.userId) }));
}

/** Whether any coupon was ever issued. */
export async function readHasRows(database: Queries): Promise<boolean> {
  return (await database.query<{ id: number }>('SELECT id FROM user_coupon LIMIT 1')).length > 0;
}
