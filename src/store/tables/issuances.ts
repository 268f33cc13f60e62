// The table `user_coupon`: one row for each coupon of a user, unique by (coupon, user) and by (coupon, sequence). The insert
// threads write it (../insert-statement.ts); everything else that is asked of it stands here.
import type { Statements } from '../database.ts';

type Queries = Pick<Statements, 'query'>;

/** A user and the number that was granted. */
export interface Numbered {
  readonly user: number;
  readonly sequence: number;
}

export interface IssuedRow extends Numbered {
  /** The row keeps its number, but its user does not hold the coupon any more. */
  readonly revoked: boolean;
}

interface StoredRow extends Numbered {
  readonly status: string;
}

const toIssuedRow = ({ user, sequence, status }: StoredRow): IssuedRow => ({
  user: Number(user),
  sequence: Number(sequence),
  revoked: status === 'REVOKED',
});

export interface Issuance {
  readonly sequence: number;
  readonly status: string;
  readonly issuedAt: Date;
}

/** @returns null if the user has no row of this coupon */
export async function readIssuance(database: Queries, couponId: number, userId: string): Promise<Issuance | null> {
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
  users: readonly number[],
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
  users: { readonly first: number; readonly last: number },
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
 * numbers: with LIMIT instead, MariaDB 10.11 reads the coupon from its beginning for each page (a million rows: 55 s instead
 * of 5 s).
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
  readonly userId: number;
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

export interface OwnedCoupon {
  /** Of the row: the cursor. */
  readonly id: number;
  readonly couponId: number;
  readonly name: string;
  readonly sequence: number;
  readonly status: string;
  readonly discountType: string;
  readonly discountAmount: number;
  readonly issuedAt: Date;
  readonly expiredAt: Date | null;
}

/** A user's coupons, newest first. @param before id of the last row of the page before; null for the first page */
export function listOwned(
  database: Queries,
  userId: string,
  before: number | null,
  limit: number,
): Promise<OwnedCoupon[]> {
  return database.query<OwnedCoupon>(
    `SELECT id, coupon_id AS couponId, name, sequence, status, discount_type AS discountType,
            discount_amount AS discountAmount, issued_at AS issuedAt, expired_at AS expiredAt
       FROM user_coupon
      WHERE user_id = ? AND id < ?
      ORDER BY id DESC
      LIMIT ?`,
    [userId, before ?? Number.MAX_SAFE_INTEGER, limit],
  );
}
