// Sums over the table `user_coupon`, for reports. Each reads all rows of a coupon, or, for a period, of all coupons:
// about a second for a million rows.
import type { Statements } from '../database.ts';

type Queries = Pick<Statements, 'query'>;

/** Face values are sums of FIXED discounts, in the currency's smallest unit; a PERCENT discount has none. */
export interface StatusTotal {
  readonly status: string;
  readonly rows: number;
  readonly fixedRows: number;
  readonly faceValue: number;
}

export async function readStatusTotals(database: Queries, couponId: number): Promise<StatusTotal[]> {
  const totals = await database.query<{ status: string; n: number; fixedRows: string; faceValue: string }>(
    `SELECT status, COUNT(*) AS n, SUM(discount_type = 'FIXED') AS fixedRows,
            SUM(CASE WHEN discount_type = 'FIXED' THEN discount_amount ELSE 0 END) AS faceValue
       FROM user_coupon WHERE coupon_id = ? GROUP BY status`,
    [couponId],
  );
  return totals.map(({ status, n, fixedRows, faceValue }) => ({
    status,
    rows: Number(n),
    fixedRows: Number(fixedRows),
    faceValue: Number(faceValue),
  }));
}

export interface IssueTimes {
  readonly first: Date;
  readonly last: Date;
  /** From the decision to the row: milliseconds. */
  readonly delayMeanMs: number;
  readonly delayMaxMs: number;
}

/** @returns null if there is no row */
export async function readIssueTimes(database: Queries, couponId: number): Promise<IssueTimes | null> {
  const [row] = await database.query<{ first: Date | null; last: Date; mean: string; max: string }>(
    `SELECT MIN(issued_at) AS \`first\`, MAX(issued_at) AS \`last\`,
            AVG(TIMESTAMPDIFF(MICROSECOND, issued_at, persisted_at)) / 1000 AS mean,
            MAX(TIMESTAMPDIFF(MICROSECOND, issued_at, persisted_at)) / 1000 AS max
       FROM user_coupon WHERE coupon_id = ?`,
    [couponId],
  );
  if (!row?.first) return null;
  // The clocks of Redis and MySQL may differ by some milliseconds.
  const delay = (text: string) => Math.max(0, Math.round(Number(text)));
  return { first: row.first, last: row.last, delayMeanMs: delay(row.mean), delayMaxMs: delay(row.max) };
}

/** Rows by step since a moment; steps without any are left out. */
export async function countByStep(
  database: Queries,
  couponId: number,
  from: Date,
  stepSeconds: number,
): Promise<Map<number, number>> {
  const steps = await database.query<{ step: number; n: number }>(
    `SELECT TIMESTAMPDIFF(SECOND, ?, issued_at) DIV ? AS step, COUNT(*) AS n
       FROM user_coupon WHERE coupon_id = ? GROUP BY step ORDER BY step`,
    [from, stepSeconds, couponId],
  );
  return new Map(steps.map(({ step, n }) => [Number(step), Number(n)]));
}

/** The most rows of one second. */
export async function readPeak(database: Queries, couponId: number, from: Date): Promise<number> {
  const [peak] = await database.query<{ n: number }>(
    `SELECT COUNT(*) AS n FROM user_coupon WHERE coupon_id = ?
      GROUP BY TIMESTAMPDIFF(SECOND, ?, issued_at) ORDER BY n DESC LIMIT 1`,
    [couponId, from],
  );
  return Number(peak?.n ?? 0);
}

/** What was issued within a period, by what became of it until now. */
export interface PeriodTotal {
  readonly couponId: number;
  readonly name: string;
  readonly discountType: string;
  readonly issued: number;
  readonly revoked: number;
  readonly used: number;
  /** Cancelled or expired. */
  readonly lapsed: number;
  readonly faceValueIssued: number;
  readonly faceValueUsed: number;
  /** Of those that can still be used. */
  readonly faceValueOpen: number;
}

const faceValueOf = (condition: string) =>
  `SUM(CASE WHEN u.discount_type = 'FIXED' AND ${condition} THEN u.discount_amount ELSE 0 END)`;

/** @param to not within it. By coupon, in rising order of their ids; without rehearsals, which are no sale */
export async function readPeriod(database: Queries, from: Date, to: Date): Promise<PeriodTotal[]> {
  const rows = await database.query<PeriodTotal>(
    `SELECT u.coupon_id AS couponId, c.name, c.discount_type AS discountType, COUNT(*) AS issued,
            SUM(u.status = 'REVOKED') AS revoked, SUM(u.status = 'USED') AS used,
            SUM(u.status IN ('CANCELLED', 'EXPIRED')) AS lapsed, ${faceValueOf('TRUE')} AS faceValueIssued,
            ${faceValueOf("u.status = 'USED'")} AS faceValueUsed, ${faceValueOf("u.status = 'ISSUED'")} AS faceValueOpen
       FROM user_coupon u JOIN coupon c ON c.id = u.coupon_id
      WHERE u.issued_at >= ? AND u.issued_at < ? AND c.rehearsal = 0
      GROUP BY u.coupon_id, c.name, c.discount_type ORDER BY u.coupon_id`,
    [from, to],
  );
  return rows.map((row) => ({
    ...row,
    couponId: Number(row.couponId),
    issued: Number(row.issued),
    revoked: Number(row.revoked),
    used: Number(row.used),
    lapsed: Number(row.lapsed),
    faceValueIssued: Number(row.faceValueIssued),
    faceValueUsed: Number(row.faceValueUsed),
    faceValueOpen: Number(row.faceValueOpen),
  }));
}
