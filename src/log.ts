// Structured logs: one JSON line an event, on standard error, so that standard output stays for people and commands.
// Request handling writes no log line: the hot path is seen through metrics.
import { type Logger, pino } from 'pino';

export type { Logger };

const REDACTED = [
  'url',
  'redisUrl',
  'mysqlUrl',
  'password',
  'token',
  'authorization',
  '*.url',
  '*.password',
  '*.token',
];

/** A logger whose lines carry `process`, the title without our name: `primary`, `http 1`, `persister`. */
export function createLogger(processName: string, level: string): Logger {
  return pino(
    { level, base: { process: processName }, redact: REDACTED, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
