// Reads a coupon from MySQL for comparing: page by page along the sequence, each page by its index.
import type { Statements } from '../store/database.ts';
import type { CouponRow } from './comparison.ts';
import type { IssuedRow, Numbered } from './issuances.ts';

/** Some 20 ms of MySQL each, and a few megabytes here. */
const ROWS_A_PAGE = 10_000;

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

/** Ascending by sequence, each row once, also where two rows share a number. */
export async function* readRows(database: Queries, couponId: number): AsyncGenerator<IssuedRow[]> {
  let sequence = 0;
  let id = 0;
  for (;;) {
    const page = await database.query<{ id: number; user: number; sequence: number; status: string }>(
      `SELECT id, user_id AS user, sequence, status FROM user_coupon
        WHERE coupon_id = ? AND sequence >= ? AND (sequence > ? OR id > ?)
        ORDER BY sequence, id LIMIT ?`,
      [couponId, sequence, sequence, id, ROWS_A_PAGE],
    );
    const last = page.at(-1);
    if (last === undefined) return;
    yield page.map((row) => ({
      user: Number(row.user),
      sequence: Number(row.sequence),
      revoked: row.status === 'REVOKED',
    }));
    if (page.length < ROWS_A_PAGE) return;
    sequence = Number(last.sequence);
    id = Number(last.id);
  }
}
