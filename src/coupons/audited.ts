// Work of an operator that is not one transaction of MySQL: a rebuild, and what is done with dead letters.
// Promise: its record is there before it begins, so nothing is changed that MySQL can't record. A record that still
// says RECORDED was not seen to end.
import type { Statements } from '../store/database.ts';
import { type AuditEntry, type AuditResult, recordAudit, recordRefusal, settleAudit } from '../store/tables/audit.ts';
import { MoveRefused } from './move.ts';

/** @throws what the work throws; refused work (MoveRefused) is recorded as such, and a second record says why */
export async function audited<T>(
  database: Pick<Statements, 'query' | 'execute'>,
  entry: Omit<AuditEntry, 'result'>,
  work: () => Promise<T>,
): Promise<T> {
  const id = await recordAudit(database, { ...entry, result: 'RECORDED' });
  // What is done is done, even if MySQL becomes unreachable meanwhile.
  const settle = (result: AuditResult) => settleAudit(database, id, result).catch(() => {});
  try {
    const done = await work();
    await settle('APPLIED');
    return done;
  } catch (error) {
    if (error instanceof MoveRefused) {
      await settle('REFUSED');
      await recordRefusal(database, entry, error).catch(() => {});
    }
    throw error;
  }
}
