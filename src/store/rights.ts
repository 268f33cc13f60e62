// What couponrush may do in MySQL when it runs: these rights on these tables and columns, and nothing else. The schema
// is changed by another user (MYSQL_MIGRATION_URL), which grants these after each migration.
// A contract test holds the list against the statements in src/, and an integration test runs everything with it.
import type { Connection } from 'mysql2/promise';
import type { Logger } from '../log.ts';
import { UnusableStore, userOf } from '../unusable-store.ts';
import { databaseName } from './connection.ts';
import { classifyFailure } from './failures.ts';
import { connect } from './session.ts';

const CONNECT_TIMEOUT_MS = 5000;
/** To the database, the table, the column, or for want of a right of the server. */
const DENIED: readonly (number | undefined)[] = [1044, 1142, 1143, 1227];

/**
 * By table. What an operator did can't be changed or removed later, except for whom it concerned: a user who is erased
 * is replaced by a pseudonym, also in texts that name them.
 */
export const rights: Readonly<Record<string, readonly string[]>> = {
  coupon: ['SELECT', 'INSERT', 'UPDATE'],
  // UPDATE (status) would do on MySQL; MariaDB then refuses the INSERT … SELECT … ON DUPLICATE KEY UPDATE status.
  user_coupon: ['SELECT', 'INSERT', 'UPDATE'],
  coupon_audit: ['SELECT', 'INSERT', 'UPDATE (result, user_id, detail)'],
  dead_letter_resolution: ['SELECT', 'INSERT', 'UPDATE (user_id, refusal, raw)', 'DELETE'],
  declared_loss: ['SELECT', 'INSERT', 'DELETE'],
  reissued_range: ['SELECT', 'INSERT', 'DELETE'],
  installation: ['SELECT', 'INSERT'],
  installation_claim: ['SELECT', 'INSERT', 'DELETE'],
  grant_witness: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  possible_loss: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  erased_user: ['SELECT', 'INSERT', 'UPDATE'],
  user_id_type: ['SELECT'],
  event_log: ['SELECT', 'UPDATE'],
  event_segment: ['SELECT', 'INSERT', 'DELETE'],
  event_progress: ['SELECT', 'INSERT', 'UPDATE'],
  event_hole: ['SELECT', 'INSERT', 'DELETE'],
  webhook_delivery: ['SELECT', 'UPDATE'],
  schema_migration: ['SELECT'],
};

/** @param account as it stands in a statement, e.g. 'couponrush_app'@'%' in quotes */
export function grantStatements(database: string, account: string): string[] {
  return Object.entries(rights).map(
    ([table, list]) => `GRANT ${list.join(', ')} ON ${identifier(database)}.${identifier(table)} TO ${account}`,
  );
}

/** deploy/mysql-grants.sql: for a database whose rights are granted manually. */
export function grantsFile(): string {
  return `-- What the user that couponrush runs as may do in MySQL or MariaDB, and nothing else. Made from src/store/rights.ts by
-- \`npm run docs\`. \`couponrush migrate\` with MYSQL_MIGRATION_URL grants exactly this, after each migration; this file is for
-- those who give rights by hand. It needs the tables: migrate first. deploy/mysql/create-users.sh shows how the users are made.

${grantStatements('couponrush', "'couponrush_app'@'%'").join(';\n')};
`;
}

/**
 * Grants the user of `runUrl` what it needs. Changes nothing if it has all of it; revokes nothing.
 * @param migrationUrl by a user that has these rights with GRANT OPTION
 * @throws UnusableStore, if the user of `migrationUrl` may not grant them
 * @throws OperationalError
 */
export async function grantRights(migrationUrl: string, runUrl: string, log: Logger): Promise<void> {
  if (new URL(migrationUrl).username === new URL(runUrl).username) return;
  try {
    const account = await withConnection(runUrl, accountOf);
    await withConnection(migrationUrl, async (connection) => {
      for (const statement of grantStatements(databaseName(runUrl), account)) await connection.query(statement);
    });
    log.debug({ account }, 'granted the rights on the tables');
  } catch (error) {
    if (!DENIED.includes((error as { errno?: number }).errno)) throw classifyFailure(error);
    const reason =
      `does not let user "${userOf(migrationUrl)}" grant rights (${(error as Error).message}): give it GRANT OPTION, ` +
      'or grant those in deploy/mysql-grants.sql and leave MYSQL_MIGRATION_URL out';
    throw new UnusableStore(
      { store: 'MySQL', variable: 'MYSQL_MIGRATION_URL', url: migrationUrl },
      null,
      { reason, curable: false },
      error,
    );
  }
}

/** Without the database: before its first grant the user may not even choose it. */
async function withConnection<T>(url: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const { connection } = await connect(url, { timeoutMs: CONNECT_TIMEOUT_MS, connection: { database: '' } });
  try {
    return await work(connection);
  } finally {
    connection.destroy();
  }
}

/** Which of the server's accounts this user is: its host part may be a pattern. */
async function accountOf(connection: Connection): Promise<string> {
  const [rows] = await connection.query('SELECT CURRENT_USER() AS account');
  const { account } = (rows as { account: string }[])[0] as { account: string };
  const at = account.lastIndexOf('@');
  return `${quoted(account.slice(0, at))}@${quoted(account.slice(at + 1))}`;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
