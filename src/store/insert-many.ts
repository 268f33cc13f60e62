// Writes parts of many coupons in one transaction: few rows of each cost little more than the same rows of one coupon.
// Promises: as insertBatch, for each coupon. The coupons' rows are locked first, in the order of their ids and without
// waiting, and each epoch is compared under its lock. A coupon whose row is locked, whose epoch is another one, or that
// is not there is left out and named, and the others are written. If the rest can't be written together, nothing is.
import type { ResultSetHeader } from 'mysql2/promise';
import { countUsers, type InsertTask, type RunSql } from './insert-batch.ts';
import { insertManyStatement } from './insert-statement.ts';

/** Of one coupon. */
export type InsertPart = Omit<InsertTask, 'singly'>;

export interface InsertManyTask {
  /** Each of another coupon. */
  readonly parts: readonly InsertPart[];
}

/**
 * `locked`: another transaction has the coupon's row. `fenced`: as in InsertOutcome. `absent`: there is no such coupon.
 * But for `written` nothing of the part is written.
 */
export type PartState = 'written' | 'locked' | 'fenced' | 'absent';

export type ManyOutcome =
  | { readonly kind: 'written'; readonly states: readonly PartState[] }
  | { readonly kind: 'transient'; readonly code: string; readonly message: string }
  /**
   * Nothing is written, because of some parts: a row is there already or is refused. To find them, halves are written.
   */
  | { readonly kind: 'apart' };

interface Locked {
  readonly id: number;
  readonly epoch: number;
}

/** @throws what mysql2 throws; the transaction is then undone or the connection must be destroyed */
export async function insertMany(run: RunSql, { parts }: InsertManyTask): Promise<ManyOutcome> {
  const ids = parts.map(({ couponId }) => couponId).join(',');
  const [, locked] = await run<[ResultSetHeader, Locked[]]>(
    `START TRANSACTION;SELECT id, epoch FROM coupon WHERE id IN (${ids}) ORDER BY id FOR UPDATE SKIP LOCKED`,
  );
  const epochs = new Map(locked.map(({ id, epoch }) => [id, epoch]));
  const writable = parts.filter(({ couponId, epoch }) => epochs.get(couponId) === epoch);
  if (writable.length > 0 && !(await write(run, writable))) {
    await run('ROLLBACK');
    return { kind: 'apart' };
  }
  if (writable.length === 0) await run('ROLLBACK');
  const known = epochs.size === parts.length ? new Set<number>() : await readKnown(run, ids);
  const states = parts.map(({ couponId, epoch }): PartState => {
    const found = epochs.get(couponId);
    if (found === undefined) return known.has(couponId) ? 'locked' : 'absent';
    return found === epoch ? 'written' : 'fenced';
  });
  return { kind: 'written', states };
}

/** @returns false if rows are there already; then nothing is committed */
async function write(run: RunSql, parts: readonly InsertPart[]): Promise<boolean> {
  const counts = parts.map(({ runs }) => runs.reduce((sum, { users }) => sum + countUsers(users), 0));
  const { affectedRows } = await run<ResultSetHeader>(insertManyStatement(parts));
  // How many of which coupon are new is not known otherwise.
  if (affectedRows !== counts.reduce((sum, count) => sum + count, 0)) return false;
  const ids = parts.map(({ couponId }) => couponId).join(',');
  const cases = parts.map(({ couponId }, index) => `WHEN ${couponId} THEN stock-${counts[index]}`);
  await run(`UPDATE coupon SET stock=CASE id ${cases.join(' ')} END WHERE id IN (${ids});COMMIT`);
  return true;
}

/** Without a lock. */
async function readKnown(run: RunSql, ids: string): Promise<Set<number>> {
  const found = await run<{ id: number }[]>(`SELECT id FROM coupon WHERE id IN (${ids})`);
  return new Set(found.map(({ id }) => id));
}
