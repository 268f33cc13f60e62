// What a failure of MySQL or MariaDB means for us: the only place that knows their error numbers.
// Promise: only what concerns a row itself is permanent. All else, also what we never saw, is transient: the entry
// stays in the outbox and is tried again, so that no outage, setting or bug turns a granted coupon into a dead letter
// (I3).
import { OperationalError } from '../errors.ts';
import type { RetryReason } from '../metrics/inserts.ts';
import { READ_ONLY } from './writer.ts';

/** A column that must have a value was given none. */
export const BAD_NULL = 1048;
/** Error numbers that mean: this row, as it is, will never be accepted. */
const permanent: ReadonlyMap<number, string> = new Map([
  [BAD_NULL, 'ER_BAD_NULL_ERROR'],
  [1062, 'ER_DUP_ENTRY'],
  [1216, 'ER_NO_REFERENCED_ROW'],
  [1264, 'ER_WARN_DATA_OUT_OF_RANGE'],
  [1265, 'WARN_DATA_TRUNCATED'],
  [1292, 'ER_TRUNCATED_WRONG_VALUE'],
  [1364, 'ER_NO_DEFAULT_FOR_FIELD'],
  [1366, 'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD'],
  [1406, 'ER_DATA_TOO_LONG'],
  [1452, 'ER_NO_REFERENCED_ROW_2'],
  // SIGNAL in a trigger: the owner of the database refuses the row.
  [1644, 'ER_SIGNAL_EXCEPTION'],
  [1690, 'ER_DATA_OUT_OF_RANGE'],
  // CHECK violated: 3819 is MySQL's, 4025 MariaDB's. One name for both.
  [3819, 'ER_CHECK_CONSTRAINT_VIOLATED'],
  [4025, 'ER_CHECK_CONSTRAINT_VIOLATED'],
]);

/** The coupon id is in no row of `coupon`: found by us, not by the server. */
export const NO_SUCH_COUPON = 'NO_SUCH_COUPON';
/** Another transaction was in the way: the next try, at once, most likely succeeds. */
const contention: ReadonlySet<string> = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT']);

/** A lock was waited for, and not released in time. */
export function isLockWait(code: string): boolean {
  return code === 'ER_LOCK_WAIT_TIMEOUT';
}

export function isContention(code: string): boolean {
  return contention.has(code);
}

/**
 * Whether a failure is about the statement only, so that its connection may be used again after a ROLLBACK.
 *
 * These are few, and they are known: a row that is refused, and another transaction in the way. Every other error may
 * say that this server is not, or no longer, the one to write to. Each kind of server has its own word for it:
 * - read-only after a failover: 1290 (--read-only, super_read_only, Aurora's old writer), 1792 (a read-only
 *   transaction), 1836 (InnoDB read-only mode), 1874, 1223 (locked for reading);
 * - ending or going offline: 1053 and 1077-1080 (shutdown), 1927 (MariaDB, MaxScale), 3169, 1317 (killed),
 *   3032 (offline mode), 4031;
 * - thrown out of its group: 3100, 3101 (Group Replication), 1047 (a Galera node that is not prepared);
 * - a proxy that lost the server behind it: 2006, 2013, 9001 and others.
 * The list would never be complete, so it isn't used: such a connection is closed, the next one resolves the name
 * again, and what is refused for another reason (no such table, disk full) costs a new connection a try. 3024 and 1969,
 * a statement that took too long for the server, are treated alike: our sessions have no such limit.
 */
export function isOfStatement(failure: OperationalError): boolean {
  if (isFatal(failure.cause)) return false;
  // Ours, thrown between two statements, all of which were answered.
  if (!isDatabaseError(failure)) return true;
  return failure.persistence === 'permanent' || isContention(failure.code);
}

/** mysql2 has closed the connection. */
function isFatal(error: unknown): boolean {
  return (error as { fatal?: unknown } | undefined)?.fatal === true;
}

/** Of mysql2, of the server behind it, or of our deadlines for it. */
export function isDatabaseError(error: unknown): boolean {
  if (error instanceof OperationalError) return ofDriver.has(error.code) || isDatabaseError(error.cause);
  return error instanceof Error && ('errno' in error || 'sqlState' in error || ('code' in error && 'fatal' in error));
}

const ofDriver: ReadonlySet<string> = new Set(['QUERY_TIMEOUT', 'PROTOCOL_CONNECTION_LOST', 'SESSION_LOST', READ_ONLY]);

const reasons: ReadonlyMap<string, RetryReason> = new Map([
  ['ER_LOCK_DEADLOCK', 'deadlock'],
  ['ER_LOCK_WAIT_TIMEOUT', 'lock_wait'],
  ['QUERY_TIMEOUT', 'timeout'],
  ['ETIMEDOUT', 'timeout'],
  ['ECONNREFUSED', 'connection'],
  ['ECONNRESET', 'connection'],
  ['EPIPE', 'connection'],
  ['PROTOCOL_CONNECTION_LOST', 'connection'],
  ['SESSION_LOST', 'connection'],
  ['ER_SERVER_SHUTDOWN', 'connection'],
  ['ER_CON_COUNT_ERROR', 'connection'],
  ['ER_SERVER_OFFLINE_MODE', 'connection'],
  ['ER_CLIENT_INTERACTION_TIMEOUT', 'connection'],
  ['ER_OPTION_PREVENTS_STATEMENT', 'read_only'],
  ['ER_READ_ONLY_MODE', 'read_only'],
  ['ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION', 'read_only'],
  ['ER_INNODB_READ_ONLY', 'read_only'],
  ['ER_CANT_UPDATE_WITH_READLOCK', 'read_only'],
  [READ_ONLY, 'read_only'],
  ['INSERT_THREAD_LOST', 'thread_lost'],
]);

/** How the metrics call a transient failure. */
export function retryReason(code: string): RetryReason {
  return reasons.get(code) ?? 'other';
}

/** Reads any error of mysql2 or of the server behind it. An OperationalError is returned as it is. */
export function classifyFailure(error: unknown): OperationalError {
  if (error instanceof OperationalError) return error;
  const { errno, code, message } = (error ?? {}) as { errno?: unknown; code?: unknown; message?: unknown };
  const text = typeof message === 'string' ? message : String(error);
  const permanentCode = typeof errno === 'number' ? permanent.get(errno) : undefined;
  if (permanentCode !== undefined) return new OperationalError(permanentCode, 'permanent', text, error);
  return new OperationalError(typeof code === 'string' ? code : 'UNKNOWN', 'transient', text, error);
}
