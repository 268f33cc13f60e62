// Writes rows one by one in one transaction, so that each row is accepted or refused by itself and the accepted ones
// are kept. One packet a row, refused or not: for rows of which many are refused this is much cheaper than a
// transaction each. Promises: as insertBatch. A crash anywhere leaves none of the rows.
import type { ResultSetHeader } from 'mysql2/promise';
import { classifyFailure, NO_SUCH_COUPON } from './failures.ts';
import { findRefused, type InsertOutcome, type InsertTask, type RefusedRow, type RunSql } from './insert-batch.ts';
import { insertRowStatement, type Row, rowsOf } from './insert-statement.ts';

/** The coupon's row is locked meanwhile, and other batches of the coupon wait for it: some 30 ms. */
export const SINGLY_ROWS_MAX = 64;
/**
 * On a slow MySQL: well below the lock wait of those that wait (3 s). The rows that are left are returned as untried.
 */
const LOCKED_MS_MAX = 1000;

/** @throws what mysql2 throws, except for the refusal of a row; the transaction must then be undone */
export async function insertSingly(run: RunSql, { couponId, epoch, runs }: InsertTask): Promise<InsertOutcome> {
  const [, [coupon]] = await run<[ResultSetHeader, { epoch: number }[]]>(
    `START TRANSACTION;SELECT epoch FROM coupon WHERE id=${couponId} FOR UPDATE`,
  );
  const startMs = performance.now();
  if (coupon?.epoch !== epoch) {
    await run('ROLLBACK');
    if (coupon) return { kind: 'fenced' };
    const message = `there is no coupon ${couponId} in the database`;
    return { kind: 'permanent', scope: 'coupon', code: NO_SUCH_COUPON, message };
  }
  const rows = rowsOf(runs);
  const refused: RefusedRow[] = [];
  const unchanged: Row[] = [];
  let tried = 0;
  let undo = '';
  for (const row of rows) {
    if (performance.now() - startMs > LOCKED_MS_MAX) break;
    tried++;
    const outcome = await insertOne(run, couponId, row, undo);
    undo = typeof outcome === 'number' ? '' : 'ROLLBACK TO SAVEPOINT one_row;';
    if (outcome === 0) unchanged.push(row);
    else if (typeof outcome !== 'number') refused.push(outcome);
  }
  await run(`${undo}COMMIT`);
  const conflicts = unchanged.length === 0 ? [] : await findRefused(run, couponId, unchanged);
  return {
    kind: 'written',
    inserted: tried - refused.length - unchanged.length,
    duplicates: unchanged.length - conflicts.length,
    refused: [...refused, ...conflicts],
    untried: rows.length - tried,
  };
}

/** @returns how many rows are new (0: it was there), or the refusal; then the savepoint must be rolled back to */
async function insertOne(run: RunSql, couponId: number, row: Row, undo: string): Promise<number | RefusedRow> {
  try {
    const results = await run<ResultSetHeader[]>(
      // ROW_COUNT() is safe in this packet: the commit comes in another one, and only if the answer to this one
      // arrived.
      `${undo}SAVEPOINT one_row;${insertRowStatement(couponId, row)};` +
        `UPDATE coupon SET stock=stock-ROW_COUNT() WHERE id=${couponId}`,
    );
    return results.at(-2)?.affectedRows ?? 0;
  } catch (error) {
    const { persistence, code, message } = classifyFailure(error);
    if (persistence !== 'permanent') throw error;
    return { user: row.user, sequence: row.sequence, code, reason: message };
  }
}
