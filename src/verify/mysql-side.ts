// Reads a coupon from MySQL for comparing: page by page along the sequence, each page by its index.
import type { Statements } from '../store/database.ts';
import type { CouponRow } from './comparison.ts';
import type { IssuedRow, Numbered } from './issuances.ts';

/** Some 10 ms of MySQL each, and a few megabytes here. */
const NUMBERS_A_PAGE = 10_000;

type Queries = Pick<Statements, 'query'>;

/** @returns null where there is no such coupon */
export async function readCouponRow(database: Queries, couponId: number): Promise<CouponRow | null> {
  const [row] = await database.query<{ total: number; stock: number; state: string; held: number }>(
    `SELECT total_stock AS total, stock, state,
            (SELECT COUNT(*) FROM user_coupon WHERE coupon_id = coupon.id AND status <> 'REVOKED') AS held
       FROM coupon WHERE id = ?`,
    [couponId],
  );
  if (row === undefined) return null;
  return { totalStock: Number(row.total), stock: Number(row.stock), rowsHeld: Number(row.held), state: row.state };
}

/** Dead letters that an operator gave up: they explain a number, and a holder, without a row. */
export async function readResolved(database: Queries, couponId: number): Promise<Numbered[]> {
  const resolved = await database.query<{ user: number; sequence: number }>(
    `SELECT user_id AS user, sequence FROM dead_letter_resolution
      WHERE coupon_id = ? AND user_id IS NOT NULL AND sequence IS NOT NULL`,
    [couponId],
  );
  return resolved.map(({ user, sequence }) => ({ user: Number(user), sequence: Number(sequence) }));
}

/**
 * Ascending by sequence, each row once, also where two rows share a number. A page is a range of numbers: with LIMIT
 * instead, MariaDB 10.11 reads the coupon from its beginning for each page (a million rows: 55 s instead of 5 s).
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
    const page = await database.query<{ user: number; sequence: number; status: string }>(
      `SELECT user_id AS user, sequence, status FROM user_coupon
        WHERE coupon_id = ? AND sequence BETWEEN ? AND ? ORDER BY sequence`,
      [couponId, first, last],
    );
    yield page.map(({ user, sequence, status }) => ({
      user: Number(user),
      sequence: Number(sequence),
      revoked: status === 'REVOKED',
    }));
  }
}
