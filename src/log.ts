// Structured logs: one JSON line an event, on standard error, so that standard output stays for people and commands.
// Request handling writes no log line: the hot path is seen through metrics.
// Promise: no line holds a password, a token, a URL with one, or what was sent to a store. Errors of the client
// libraries carry their command or statement with all its arguments (an AUTH, the ids of users), so of an error only
// what is named in `safeError` is written.
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

const SECRETS = ['url', 'redisUrl', 'mysqlUrl', 'mysqlMigrationUrl', 'password', 'token', 'authorization'];
const REDACTED = SECRETS.flatMap((name) => [name, `*.${name}`]);
/** Of causes of causes. */
const DEPTH_MAX = 4;

interface SafeError {
  readonly type: string;
  readonly message: string;
  readonly code?: unknown;
  readonly stack?: string;
  readonly cause?: SafeError;
}

function safeError(error: unknown, depth = 0): SafeError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(cause === undefined || depth === DEPTH_MAX ? {} : { cause: safeError(cause, depth + 1) }),
  };
}

/**
 * A logger whose lines carry `process`, the title without our name: `primary`, `http 1`, `persister`.
 * @param to standard error, unless a test reads along
 */
export function createLogger(
  processName: string,
  level: string,
  to: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  const serializers = { err: (error: unknown) => safeError(error), error: (error: unknown) => describe(error) };
  return pino(
    { level, base: { process: processName }, redact: REDACTED, serializers, timestamp: pino.stdTimeFunctions.isoTime },
    to,
  );
}

/** Under the name `error` goes a sentence; an Error that was put there by mistake is made one. */
function describe(error: unknown): unknown {
  return error instanceof Error ? safeError(error) : error;
}
