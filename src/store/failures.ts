// What a failure of MySQL or MariaDB means for us: the only place that knows their error numbers.
// Promise: only what concerns a row itself is permanent. All else, also what we never saw, is transient: the entry stays
// in the outbox and is tried again, so that no outage, setting or bug turns a granted coupon into a dead letter (I3).
import { OperationalError } from '../errors.ts';
import type { RetryReason } from '../metrics/inserts.ts';

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
  // SIGNAL in somebody's trigger: the owner of the database refuses the row.
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

export function isContention(code: string): boolean {
  return contention.has(code);
}

const reasons: ReadonlyMap<string, RetryReason> = new Map([
  ['ER_LOCK_DEADLOCK', 'deadlock'],
  ['ER_LOCK_WAIT_TIMEOUT', 'lock_wait'],
  ['QUERY_TIMEOUT', 'timeout'],
  ['ETIMEDOUT', 'timeout'],
  ['ECONNREFUSED', 'connection'],
  ['ECONNRESET', 'connection'],
  ['EPIPE', 'connection'],
  ['PROTOCOL_CONNECTION_LOST', 'connection'],
  ['ER_SERVER_SHUTDOWN', 'connection'],
  ['ER_CON_COUNT_ERROR', 'connection'],
  ['ER_OPTION_PREVENTS_STATEMENT', 'read_only'],
  ['ER_READ_ONLY_MODE', 'read_only'],
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
