// How we speak to MySQL or MariaDB: the options of a connection. Its session's settings are in session-settings.ts.
// Promise: affected rows count what really changed, and times are UTC. `mysqls://` means TLS with the server's
// certificate verified (`?ca=<file>` names the authority, NODE_EXTRA_CA_CERTS adds one).

import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'mysql2/promise';

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
