// Whether the load balancer may send requests to this worker. MySQL does not decide: while it is unreachable, issuing
// goes on, and the outbox keeps what it does not have yet.
import type { Redis } from 'ioredis';
import { readSettings, summarizeSettings } from '../durability.ts';
import type { VerifiedPool } from '../redis/verified-pool.ts';
import type { Database } from '../store/database.ts';
import { isWriter } from '../store/writer.ts';
import type { Readiness } from './routes/health.ts';

const MYSQL_LOOK_EVERY_MS = 1000;
const SETTINGS_LOOK_EVERY_MS = 10_000;

export interface ReadinessParts {
  readonly pool: Pick<VerifiedPool, 'state' | 'usable'>;
  readonly database: Pick<Database, 'query'>;
  /** For reading Redis' settings. */
  readonly commands: Redis;
  /** Why this Redis is not ours to decide on; null if it is. */
  readonly installationProblem: () => string | null;
  /** Whether users can be identified: keys of tokens may not be there yet. */
  readonly hasKeys: () => boolean;
  /** Why requests are served by the slower engine; null if they are not. */
  readonly engineReason: string | null;
  /** In words, if the server starts, stops, or stops soon. */
  readonly serverNote: () => string | null;
}

/** Checks by itself, so that every answer says what was a moment ago: MySQL a second, the settings ten. */
export function createReadiness(parts: ReadinessParts): () => Readiness {
  const { pool, database, commands, installationProblem, hasKeys, engineReason, serverNote } = parts;
  const http = engineReason === null ? null : `node:http, slower than uWebSockets.js: ${engineReason}`;
  let mysql = 'not asked yet';
  const look = () => {
    isWriter(database).then(
      (writer) => {
        mysql = writer ? 'usable' : 'read-only: issuing goes on, rows are kept in the outbox';
      },
      () => {
        mysql = 'unreachable: issuing goes on, rows are kept in the outbox';
      },
    );
  };
  let settings = 'not asked yet';
  const lookAtSettings = () => {
    readSettings({ redis: commands, database }).then(
      (read) => {
        settings = summarizeSettings(read);
      },
      // Most likely they still are what they were.
      () => {},
    );
  };
  look();
  lookAtSettings();
  setInterval(look, MYSQL_LOOK_EVERY_MS).unref();
  setInterval(lookAtSettings, SETTINGS_LOOK_EVERY_MS).unref();
  return () => {
    const server = serverNote();
    const identity = hasKeys() ? null : 'JWT_JWKS_URL has not returned usable keys yet';
    const ready = pool.usable && server === null && identity === null;
    const installation = installationProblem();
    const notes = Object.entries({ http, installation, identity, server }).filter(([, note]) => note !== null);
    return { ready, checks: { redis: pool.state, mysql, settings, ...Object.fromEntries(notes) } };
  };
}
