// How we speak to MySQL or MariaDB: the options of a connection and the settings of its session.
// Promise: affected rows count what really changed, times are UTC, strings are never cut silently, and no statement
// waits for a lock longer than a few seconds. `mysqls://` means TLS with the server's certificate verified
// (`?ca=<file>` names the authority, NODE_EXTRA_CA_CERTS adds one).

import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'mysql2/promise';

const LOCK_WAIT_S = 3;

/** Run on each new connection before anything else. Both spellings are known to MySQL 8+ and MariaDB 10.11+. */
export const sessionStatements: readonly string[] = [
  // A server set up without strict mode would store a shortened value where we rely on an error.
  `SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
     time_zone = '+00:00', innodb_lock_wait_timeout = ${LOCK_WAIT_S}`,
  // Fewer gap locks, so that two batches of one coupon don't wait for each other.
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

/**
 * @param url `mysql://user:password@host:port/database`, or `mysqls://` for TLS
 * @param timeoutMs until the connection must stand
 */
export function connectionOptions(url: string, timeoutMs: number): ConnectionOptions {
  const parsed = new URL(url);
  const database = decodeURIComponent(parsed.pathname.slice(1));
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: parsed.port === '' ? 3306 : Number(parsed.port),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    ...(database === '' ? {} : { database }),
    ...(parsed.protocol === 'mysqls:'
      ? { ssl: { minVersion: 'TLSv1.2', verifyIdentity: true, ...authorityOf(parsed) } }
      : {}),
    connectTimeout: timeoutMs,
    charset: 'utf8mb4',
    timezone: 'Z',
    // With FOUND_ROWS (mysql2's default) a duplicate counts as affected, and the stock would be lowered for it.
    flags: ['-FOUND_ROWS'],
    // A BIGINT beyond 2^53 becomes a string instead of a wrong number.
    supportBigNumbers: true,
  };
}

/** Certificates of the file in the parameter `ca`. Without it Node's own, with those of NODE_EXTRA_CA_CERTS. */
function authorityOf({ searchParams }: URL): { ca?: string } {
  const caFile = searchParams.get('ca');
  return caFile === null ? {} : { ca: readFileSync(caFile, 'utf8') };
}

/** The database's name in the URL, '' if there is none. */
export function databaseName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}
