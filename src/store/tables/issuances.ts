// The table `user_coupon`: one row for each coupon of a user, unique by (coupon, user) and by (coupon, sequence). The
// insert threads write it (../insert-statement.ts); everything else that is asked of it stands here.

import { type UserId, type UserKey, userFromSql } from '../../user-id.ts';
import type { Statements } from '../database.ts';
import type { Issuance } from './held-coupons.ts';

type Queries = Pick<Statements, 'query'>;

/** A user and the number that was granted. */
export interface Numbered {
  readonly user: UserKey;
  readonly sequence: number;
}

export interface IssuedRow extends Numbered {
  /** The row keeps its number, but its user does not hold the coupon any more. */
  readonly revoked: boolean;
}

/** ISSUED and REVOKED are written by couponrush; the others are for the software that redeems coupons. */
export const issuanceStatuses = ['ISSUED', 'USED', 'CANCELLED', 'EXPIRED', 'REVOKED'] as const;

interface StoredRow extends Numbered {
  readonly status: string;
}

const toIssuedRow = ({ user, sequence, status }: StoredRow): IssuedRow => ({
  user: userFromSql(user),
  sequence: Number(sequence),
  revoked: status === 'REVOKED',
});

/** @returns null if the user has no row of this coupon */
export async function readIssuance(database: Queries, couponId: number, userId: UserId): Promise<Issuance | null> {
  const [row] = await database.query<Issuance>(
    'SELECT sequence, status, issued_at AS issuedAt FROM user_coupon WHERE coupon_id = ? AND user_id = ?',
    [couponId, userId],
  );
  return row ?? null;
}

/** Rows of these users; at most a thousand of them. */
export async function readRowsOfUsers(
  database: Queries,
  couponId: number,
  users: readonly UserKey[],
): Promise<IssuedRow[]> {
  const rows = await database.query<StoredRow>(
    'SELECT user_id AS user, sequence, status FROM user_coupon WHERE coupon_id = ? AND user_id IN (?)',
    [couponId, users],
  );
  return rows.map(toIssuedRow);
}

/** How many users of this range of ids have a row. */
export async function countRowsOfUsers(
  database: Queries,
  couponId: number,
  users: { readonly first: UserKey; readonly last: UserKey },
): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    'SELECT COUNT(*) AS n FROM user_coupon WHERE coupon_id = ? AND user_id BETWEEN ? AND ?',
    [couponId, users.first, users.last],
  );
  return Number(row?.n ?? 0);
}

/** Some 10 ms of MySQL each, and a few megabytes here. */
const NUMBERS_A_PAGE = 10_000;

/**
 * All rows of a coupon, ascending by sequence, each row once, also if two rows share a number. A page is a range of
 * numbers: with LIMIT instead, MariaDB 10.11 reads the coupon from its beginning for each page (a million rows: 55 s
 * instead of 5 s).
 */
export async function* readRows(database: Queries, couponId: number): AsyncGenerator<IssuedRow[]> {
  for (let last = 0; ; ) {
    const [next] = await database.query<{ first: number | null }>(
      'SELECT MIN(sequence) AS first FROM user_coupon WHERE coupon_id = ? AND sequence > ?',
      [couponId, last],
    );
    if (next === undefined || next.first === null) return;
    const first = Number(next.first);
    last = first + NUMBERS_A_PAGE - 1;
    const page = await database.query<StoredRow>(
      `SELECT user_id AS user, sequence, status FROM user_coupon
        WHERE coupon_id = ? AND sequence BETWEEN ? AND ? ORDER BY sequence`,
      [couponId, first, last],
    );
    yield page.map(toIssuedRow);
  }
}

export interface IssuanceTimes {
  readonly sequence: number;
  readonly userId: UserKey;
  readonly state: string;
  readonly issuedAt: Date | null;
  readonly persistedAt: Date | null;
}

/** The next rows after a number, ascending. */
export function readIssuancesAfter(
  database: Queries,
  couponId: number,
  after: number,
  limit: number,
): Promise<IssuanceTimes[]> {
  return database.query<IssuanceTimes>(
    `SELECT sequence, user_id AS userId, status AS state, issued_at AS issuedAt, persisted_at AS persistedAt
       FROM user_coupon WHERE coupon_id = ? AND sequence > ? ORDER BY sequence LIMIT ?`,
    [couponId, after, limit],
  );
}

/** The row keeps its number. @returns false if the user has none that could be revoked */
export async function revokeRow(tx: Pick<Statements, 'execute'>, couponId: number, user: UserKey): Promise<boolean> {
  const { affectedRows } = await tx.execute(
    "UPDATE user_coupon SET status = 'REVOKED' WHERE coupon_id = ? AND user_id = ? AND status = 'ISSUED'",
    [couponId, user],
  );
  return affectedRows === 1;
}

/** Revoked ones included. */
export async function countRows(database: Queries, couponId: number): Promise<number> {
  const [count] = await database.query<{ rows: number }>(
    'SELECT COUNT(*) AS `rows` FROM user_coupon WHERE coupon_id = ?',
    [couponId],
  );
  return Number(count?.rows ?? 0);
}

/** The next rows after a number, ascending: for who reads all of them while the coupon stands still. */
export async function readRowsAfter(
  database: Queries,
  couponId: number,
  after: number,
  limit: number,
): Promise<IssuedRow[]> {
  const rows = await database.query<StoredRow>(
    `SELECT user_id AS user, sequence, status
       FROM user_coupon WHERE coupon_id = ? AND sequence > ? ORDER BY sequence LIMIT ?`,
    [couponId, after, limit],
  );
  return rows.map(toIssuedRow);
}

/** Rows with numbers from `first` to `last`, both included. */
export async function readRowsOfNumbers(
  database: Queries,
  couponId: number,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<Numbered[]> {
  const rows = await database.query<Numbered>(
    'SELECT user_id AS user, sequence FROM user_coupon WHERE coupon_id = ? AND sequence BETWEEN ? AND ?',
    [couponId, first, last],
  );
  return rows.map(({ user, sequence }) => ({ user: userFromSql(user), sequence: Number(sequence) }));
}

/** The highest number of a row or of a dead letter that was given up; 0: none. */
export async function readHighestSequence(database: Queries, couponId: number): Promise<number> {
  const [highest] = await database.query<{ sequence: number | null }>(
    `SELECT GREATEST(
       COALESCE((SELECT MAX(sequence) FROM user_coupon WHERE coupon_id = ?), 0),
       COALESCE((SELECT MAX(sequence) FROM dead_letter_resolution WHERE coupon_id = ?), 0)) AS sequence`,
    [couponId, couponId],
  );
  return highest?.sequence ?? 0;
}

/**
 * How many numbers above `after`, up to `upTo`, are a row, a dead letter that was given up, or a declared loss; of one
 * moment.
 * @returns null if MySQL does not say
 */
export async function countAccounted(
  database: Queries,
  couponId: number,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): Promise<number | null> {
  const [found] = await database.query<{ written: number; resolved: number; lost: string | number }>(
    `SELECT
       (SELECT COUNT(*) FROM user_coupon WHERE coupon_id = ? AND sequence > ? AND sequence <= ?) AS written,
       (SELECT COUNT(*) FROM dead_letter_resolution WHERE coupon_id = ? AND sequence > ? AND sequence <= ?) AS resolved,
       (SELECT COALESCE(SUM(LEAST(last_sequence, ?) - GREATEST(first_sequence, ? + 1) + 1), 0) FROM declared_loss
         WHERE coupon_id = ? AND last_sequence > ? AND first_sequence <= ?) AS lost`,
    [couponId, after, upTo, couponId, after, upTo, upTo, after, couponId, after, upTo],
  );
  return found ? found.written + found.resolved + Number(found.lost) : null;
}

/** The highest number of a row; 0: none. */
export async function readHighestWritten(database: Queries, couponId: number): Promise<number> {
  const [row] = await database.query<{ highest: number | null }>(
    'SELECT MAX(sequence) AS highest FROM user_coupon WHERE coupon_id = ?',
    [couponId],
  );
  return Number(row?.highest ?? 0);
}

/** When the row with the highest number was granted. @returns null if there is none */
export async function readLastIssuedAt(database: Queries, couponId: number): Promise<Date | null> {
  const [row] = await database.query<{ at: Date }>(
    'SELECT issued_at AS at FROM user_coupon WHERE coupon_id = ? ORDER BY sequence DESC LIMIT 1',
    [couponId],
  );
  return row?.at ?? null;
}
