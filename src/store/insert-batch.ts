// Writes one batch of one coupon in one transaction: the rows, then the stock lowered by the rows that are really new.
// Promises: written twice is written once (I2), the stock is lowered once per row (I1), and a row that contradicts what
// is there is named, never swallowed. A crash anywhere leaves all of the batch or nothing.
import type { ResultSetHeader } from 'mysql2/promise';
import { OperationalError } from '../errors.ts';
import { type UserId, usersToSqlList, userTextFromSql } from '../user-id.ts';
import { BAD_NULL, NO_SUCH_COUPON } from './failures.ts';
import { insertStatement, type Row, type Run, rowsOf } from './insert-statement.ts';

export interface InsertTask {
  readonly couponId: number;
  /** Under which the rows were read from the outbox. */
  readonly epoch: number;
  readonly runs: readonly Run[];
  /** Each row is tried by itself (see insert-singly.ts), at most SINGLY_ROWS_MAX of them. */
  readonly singly?: boolean;
}

/** A row that stays out while the others are written. */
export interface RefusedRow {
  readonly user: UserId;
  readonly sequence: number;
  readonly code: string;
  readonly reason: string;
}

/** Because of another row: its number or its user is taken. */
const conflicts = {
  SEQUENCE_TAKEN: 'the sequence number belongs to another user',
  USER_HAS_OTHER_SEQUENCE: 'the user has a row with another sequence number',
} as const;

export type InsertOutcome =
  | {
      readonly kind: 'written';
      readonly inserted: number;
      readonly duplicates: number;
      readonly refused: readonly RefusedRow[];
      /** Rows at the end of the task that there was no time for; only if rows are tried singly. */
      readonly untried?: number;
    }
  | { readonly kind: 'transient'; readonly code: string; readonly message: string }
  /** Nothing is written: Redis' content was compared with MySQL since the rows were read. They must be read again. */
  | { readonly kind: 'fenced' }
  /** Nothing of the batch is written. `coupon`: the reason holds for all its rows; `row`: at least one is bad. */
  | { readonly kind: 'permanent'; readonly scope: 'row' | 'coupon'; readonly code: string; readonly message: string };

/**
 * Runs a complete statement on one connection, with a deadline of its own. All that is put into it here are numbers
 * and user ids.
 */
export type RunSql = <T>(sql: string) => Promise<T>;

/** @throws what mysql2 throws; the transaction is then undone or the connection must be destroyed */
export async function insertBatch(run: RunSql, { couponId, epoch, runs }: InsertTask): Promise<InsertOutcome> {
  // Two packets: the rows, then the coupon's row, which is locked last and shortest, because all batches of a coupon
  // meet there. The insert's own answer says how many rows are new (a duplicate counts 0, see -FOUND_ROWS). Asked for
  // by ROW_COUNT() in the same packet, the number is -1 if that answer could not be sent, and MariaDB executes the rest
  // of the packet all the same. A connection that breaks between the two undoes the insert.
  const [, insert] = (await run<ResultSetHeader[]>(`START TRANSACTION;${insertStatement(couponId, runs)}`)) as [
    ResultSetHeader,
    ResultSetHeader,
  ];
  const inserted = insert.affectedRows;
  try {
    // The epoch is checked under that lock: if it has risen, the stock becomes NULL, which is an error.
    await run(`UPDATE coupon SET stock=IF(epoch=${epoch},stock-${inserted},NULL) WHERE id=${couponId};COMMIT`);
  } catch (error) {
    if ((error as { errno?: number }).errno !== BAD_NULL) throw error;
    await run('ROLLBACK');
    if ((await readEpoch(run, couponId)) === epoch) throw error;
    return { kind: 'fenced' };
  }
  const count = runs.reduce((sum, { users }) => sum + countUsers(users), 0);
  if (inserted === count) return { kind: 'written', inserted, duplicates: 0, refused: [] };
  if (inserted === 0 && (await readEpoch(run, couponId)) === undefined) {
    const message = `there is no coupon ${couponId} in the database`;
    return { kind: 'permanent', scope: 'coupon', code: NO_SUCH_COUPON, message };
  }
  const refused = await findRefused(run, couponId, rowsOf(runs));
  return { kind: 'written', inserted, duplicates: count - inserted - refused.length, refused };
}

/** undefined if there is no such coupon. */
async function readEpoch(run: RunSql, couponId: number): Promise<number | undefined> {
  const [coupon] = await run<{ epoch: number }[]>(`SELECT epoch FROM coupon WHERE id=${couponId}`);
  return coupon?.epoch;
}

/**
 * Which of these rows are not in the table as they are. Asked after the commit: what the insert left alone was there
 * before it, and rows don't change their user or number.
 */
export async function findRefused(run: RunSql, couponId: number, rows: readonly Row[]): Promise<RefusedRow[]> {
  const holders = new Map<number, UserId>();
  for (const found of await run<{ userId: number | string; sequence: number }[]>(
    `SELECT user_id AS userId, sequence FROM user_coupon
      WHERE coupon_id=${couponId} AND sequence IN (${rows.map((row) => row.sequence).join(',')})`,
  )) {
    holders.set(Number(found.sequence), userTextFromSql(found.userId));
  }
  const refused: RefusedRow[] = [];
  const absent: Row[] = [];
  for (const row of rows) {
    const holder = holders.get(row.sequence);
    if (holder === row.user) continue;
    if (holder === undefined) absent.push(row);
    else refused.push(conflict(row, 'SEQUENCE_TAKEN'));
  }
  if (absent.length === 0) return refused;
  const known = new Set<UserId>();
  for (const found of await run<{ userId: number | string }[]>(
    `SELECT user_id AS userId FROM user_coupon
      WHERE coupon_id=${couponId} AND user_id IN (${usersToSqlList(absent.map((row) => row.user).join(','))})`,
  )) {
    known.add(userTextFromSql(found.userId));
  }
  for (const row of absent) {
    // Neither its number nor its user is there: someone removes rows right now. The next try will see what is left.
    if (!known.has(row.user)) throw new OperationalError('ROW_VANISHED', 'transient', 'a row vanished while written');
    refused.push(conflict(row, 'USER_HAS_OTHER_SEQUENCE'));
  }
  return refused;
}

function conflict({ user, sequence }: Row, code: keyof typeof conflicts): RefusedRow {
  return { user, sequence, code, reason: conflicts[code] };
}

/** In a run's text of user ids. */
export function countUsers(users: string): number {
  let count = 1;
  for (let index = users.indexOf(','); index !== -1; index = users.indexOf(',', index + 1)) count++;
  return count;
}
