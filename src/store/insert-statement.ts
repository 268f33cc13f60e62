// The text of one multi-row insert. Pure, and the hottest code of the persister: what is the same for all rows of a
// batch is built once, and each row adds only its user and its sequence to it.
import { escape as quote } from 'mysql2';

/** Consecutive sequence numbers granted at the same moment. */
export interface Run {
  readonly firstSequence: number;
  /** By Redis' clock, milliseconds since 1970. */
  readonly issuedAtMs: number;
  /** User ids, canonical decimals separated by commas; the n-th has sequence `firstSequence + n`. */
  readonly users: string;
}

export interface Row {
  readonly user: string;
  readonly sequence: number;
  readonly issuedAtMs: number;
}

/** The coupon as its users were promised it, and the database's clock, as texts. */
export interface CouponSnapshot {
  readonly name: string;
  readonly discountType: string;
  readonly discountAmount: string;
  readonly expiredAt: string | null;
  readonly now: string;
}

export function rowsOf(runs: readonly Run[]): Row[] {
  const rows: Row[] = [];
  for (const run of runs) {
    let sequence = run.firstSequence;
    for (const user of run.users.split(',')) rows.push({ user, sequence: sequence++, issuedAtMs: run.issuedAtMs });
  }
  return rows;
}

/** The inverse: neighbours with consecutive numbers and the same moment become one run. */
export function runsOf(rows: readonly Row[]): Run[] {
  const runs: Run[] = [];
  for (let start = 0; start < rows.length; ) {
    const { sequence, issuedAtMs } = rows[start] as Row;
    let end = start + 1;
    while (end < rows.length && follows(rows[end] as Row, sequence + end - start, issuedAtMs)) end++;
    const users = rows.slice(start, end).map((row) => row.user);
    runs.push({ firstSequence: sequence, issuedAtMs, users: users.join(',') });
    start = end;
  }
  return runs;
}

function follows(row: Row, sequence: number, issuedAtMs: number): boolean {
  return row.sequence === sequence && row.issuedAtMs === issuedAtMs;
}

const TIME_MAX_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** `2026-01-31 23:59:59.999`. A time that no calendar holds becomes a text that the database refuses for this row. */
export function sqlTime(ms: number): string {
  if (!(ms >= 0 && ms <= TIME_MAX_MS)) return `no time: ${ms}`;
  return new Date(ms).toISOString().slice(0, 23).replace('T', ' ');
}

/**
 * Rows are sorted by user: unsorted, four connections with overlapping batches deadlocked in 66 of 240 batches.
 * ON DUPLICATE KEY UPDATE changes nothing of a row that is there, and unlike INSERT IGNORE it still raises every error.
 * Not id=id: MySQL 9.7 answers 1869, conflict with generated values, when a row repeats one of the same statement.
 */
export function insertStatement(couponId: number, runs: readonly Run[], coupon: CouponSnapshot): string {
  const users: string[] = [];
  const keys: number[] = [];
  const sequences: number[] = [];
  const tails: string[] = [];
  const promised = `,${quote(coupon.name)},${quote(coupon.discountType)},${coupon.discountAmount},${quote(coupon.expiredAt)}`;
  for (const run of runs) {
    const tail = `${promised},'${sqlTime(run.issuedAtMs)}','${coupon.now}')`;
    let sequence = run.firstSequence;
    for (const user of run.users.split(',')) {
      users.push(user);
      keys.push(Number(user));
      sequences.push(sequence++);
      tails.push(tail);
    }
  }
  const order = new Uint32Array(users.length).map((_, index) => index);
  order.sort((a, b) => (keys[a] as number) - (keys[b] as number));
  let values = '';
  for (const index of order) {
    values += `${values === '' ? '' : ','}(${couponId},${users[index]},${sequences[index]}${tails[index]}`;
  }
  return `INSERT INTO user_coupon (coupon_id,user_id,sequence,name,discount_type,discount_amount,expired_at,issued_at,persisted_at) VALUES ${values} ON DUPLICATE KEY UPDATE status=status`;
}
