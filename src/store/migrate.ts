// Brings the schema up to date: each numbered file of sql/ is applied once, in order.
// Safe when several start at once (a named lock of the server). DDL can't be rolled back, so each statement done is
// recorded: a migration cut short by a crash goes on at the statement where it stopped.
// A file that was applied must stay as it was: its SHA-256 is kept, and an edit is an error at each start.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from 'mysql2/promise';
import { OperationalError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { projectRoot } from '../project.ts';
import { UnusableStore } from '../unusable-store.ts';
import { userIdType } from '../user-id.ts';
import type { UserIdType } from '../user-id-form.ts';
import { databaseName } from './connection.ts';
import { classifyFailure } from './failures.ts';
import { connect } from './session.ts';
import { describeOtherType, readUserIdType, recordUserIdType } from './user-id-type.ts';

const CONNECT_TIMEOUT_MS = 5000;
const LOCK_TIMEOUT_S = 60;
const BAD_DATABASE = 1049;
const TABLE_EXISTS = 1050;
const NO_SUCH_TABLE = 1146;
/** The user may not do this to the table, the column, or anything in the database. */
const DENIED: readonly (number | undefined)[] = [1044, 1142, 1143];

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
  readonly statements: readonly string[];
}

/** Statements of one file: each ends with a semicolon at the end of a line. */
export function splitStatements(sql: string): string[] {
  return sql
    .split(/;[ \t]*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/--.*$/gm, '').trim() !== '');
}

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder)
    .filter((file) => /^\d{3}_\w+\.sql$/.test(file))
    .sort()
    .map((file) => {
      const sql = readFileSync(join(folder, file), 'utf8');
      return {
        version: Number(file.slice(0, 3)),
        name: file,
        sha256: createHash('sha256').update(sql).digest('hex'),
        statements: splitStatements(sql),
      };
    });
}

/**
 * Creates the database if it is missing and we may, then applies what is new.
 * @param options.userIds what they are in this process: a database that was never used gets it, another must have it.
 *   null: these files have no users
 * @returns how many files were applied
 * @throws UnusableStore, if there is no database and we may not create it, or its user ids are of another type
 * @throws OperationalError; transient when the server is unreachable or another start holds the lock too long
 */
export async function migrate(
  url: string,
  log: Logger,
  { folder = join(projectRoot, 'sql'), userIds = userIdType }: { folder?: string; userIds?: UserIdType | null } = {},
): Promise<number> {
  let connection: Connection | undefined;
  try {
    connection = await connectCreating(url, log);
    const migrations = readMigrations(folder);
    // A server that runs with rights on the rows only finds a schema that is done: it changes nothing.
    const applied = (await isDone(connection, migrations, userIds))
      ? 0
      : await withLock(connection, `couponrush ${databaseName(url)}`.slice(0, 64), () =>
          applyAll(connection as Connection, migrations, { log, userIds }),
        );
    const reason = userIds && describeOtherType(await readUserIdType(connection), userIds);
    if (!reason) return applied;
    throw new UnusableStore({ store: 'MySQL', variable: 'MYSQL_URL', url }, null, { reason, curable: false });
  } catch (error) {
    if (error instanceof UnusableStore) throw error;
    if (DENIED.includes((error as { errno?: number }).errno)) {
      const { message } = error as Error;
      throw new OperationalError(
        'MIGRATION_DENIED',
        'permanent',
        `the schema is not up to date: ${message}; run \`couponrush ` +
          `migrate\` with MYSQL_MIGRATION_URL of a user that may change it`,
        error,
      );
    }
    throw classifyFailure(error);
  } finally {
    connection?.destroy();
  }
}

async function connectCreating(url: string, log: Logger): Promise<Connection> {
  const timeoutMs = CONNECT_TIMEOUT_MS;
  try {
    return (await connect(url, { timeoutMs })).connection;
  } catch (error) {
    if ((error as { errno?: number }).errno !== BAD_DATABASE) throw error;
  }
  const database = databaseName(url);
  const { connection } = await connect(url, { timeoutMs, connection: { database: '' } });
  try {
    const quoted = `\`${database.replaceAll('`', '``')}\``;
    await connection.query(`CREATE DATABASE IF NOT EXISTS ${quoted} CHARACTER SET utf8mb4`);
    await connection.query(`USE ${quoted}`);
    log.info({ database }, 'created the database');
    return connection;
  } catch (error) {
    connection.destroy();
    if (!DENIED.includes((error as { errno?: number }).errno)) throw error;
    const reason = `has no database "${database}", and this user may not create it: create it, or correct its name`;
    throw new UnusableStore({ store: 'MySQL', variable: 'MYSQL_URL', url }, null, { reason, curable: false }, error);
  }
}

async function withLock<T>(connection: Connection, name: string, work: () => Promise<T>): Promise<T> {
  const [rows] = await connection.query('SELECT GET_LOCK(?, ?) AS locked', [name, LOCK_TIMEOUT_S]);
  if ((rows as { locked: number | null }[])[0]?.locked !== 1) {
    throw new OperationalError('MIGRATION_LOCKED', 'transient', 'another process migrates this database');
  }
  try {
    return await work();
  } finally {
    // A connection that died has released its lock already.
    await connection.query('SELECT RELEASE_LOCK(?)', [name]).catch(() => {});
  }
}

/**
 * Names of the files that migrate() would apply; nothing is changed, and a missing database is not created.
 * @throws OperationalError
 */
export async function pendingMigrations(url: string, folder = join(projectRoot, 'sql')): Promise<string[]> {
  const migrations = readMigrations(folder);
  let connection: Connection | undefined;
  try {
    ({ connection } = await connect(url, { timeoutMs: CONNECT_TIMEOUT_MS }));
    const known = await readApplied(connection, migrations);
    return migrations.filter(({ version }) => !known.get(version)?.applied_at).map(({ name }) => name);
  } catch (error) {
    if ([NO_SUCH_TABLE, BAD_DATABASE].includes((error as { errno?: number }).errno ?? 0)) {
      return migrations.map(({ name }) => name);
    }
    throw classifyFailure(error);
  } finally {
    connection?.destroy();
  }
}

interface Applied {
  readonly version: number;
  readonly statements_done: number;
  readonly applied_at: Date | null;
  /** Null or absent: applied by a version that kept none. */
  readonly sha256?: string | null;
}

/** @throws OperationalError if a file is not what was applied */
async function readApplied(connection: Connection, migrations: readonly Migration[]): Promise<Map<number, Applied>> {
  const [rows] = await connection.query('SELECT * FROM schema_migration');
  const known = new Map((rows as Applied[]).map((row) => [row.version, row]));
  for (const { version, name, sha256 } of migrations) {
    const before = known.get(version)?.sha256 ?? null;
    if (before === null || before === sha256) continue;
    throw new OperationalError(
      'MIGRATION_CHANGED',
      'permanent',
      `sql/${name} is not the file that was applied to this database: restore it, and put the change into a new file`,
    );
  }
  return known;
}

async function isDone(
  connection: Connection,
  migrations: readonly Migration[],
  userIds: UserIdType | null,
): Promise<boolean> {
  try {
    const known = await readApplied(connection, migrations);
    const isApplied = migrations.every(({ version }) => (known.get(version)?.sha256 ?? null) !== null);
    return isApplied && (userIds === null || (await readUserIdType(connection)) !== null);
  } catch (error) {
    if ((error as { errno?: number }).errno === NO_SUCH_TABLE) return false;
    throw error;
  }
}

/** The table that the files themselves need is not in a file. */
async function createHistory(connection: Connection): Promise<void> {
  await connection.query(
    `CREATE TABLE IF NOT EXISTS schema_migration (
       version         INT          NOT NULL PRIMARY KEY,
       name            VARCHAR(100) NOT NULL,
       statements_done INT          NOT NULL,
       applied_at      DATETIME(3)  NULL,
       sha256          CHAR(64)     NULL
     ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4`,
  );
  // Made by a version that kept no sums.
  const [columns] = await connection.query("SHOW COLUMNS FROM schema_migration LIKE 'sha256'");
  if ((columns as unknown[]).length === 0) {
    await connection.query('ALTER TABLE schema_migration ADD COLUMN sha256 CHAR(64) NULL');
  }
}

async function applyAll(
  connection: Connection,
  migrations: readonly Migration[],
  { log, userIds }: { log: Logger; userIds: UserIdType | null },
): Promise<number> {
  await createHistory(connection);
  const known = await readApplied(connection, migrations);
  let applied = 0;
  for (const migration of migrations) {
    const state = known.get(migration.version);
    if (state && state.applied_at !== null) {
      await keepSum(connection, migration);
      continue;
    }
    if (!state) {
      await connection.query('INSERT INTO schema_migration (version, name, statements_done) VALUES (?, ?, 0)', [
        migration.version,
        migration.name,
      ]);
    }
    await applyOne(connection, migration, state?.statements_done ?? 0, state !== undefined);
    log.info({ migration: migration.name }, 'migrated the schema');
    applied++;
  }
  if (userIds !== null && (await readUserIdType(connection)) === null) await recordUserIdType(connection, userIds);
  return applied;
}

/** Of a file that a version without sums applied: it is taken as it is now. */
async function keepSum(connection: Connection, { version, sha256 }: Migration): Promise<void> {
  await connection.query('UPDATE schema_migration SET sha256 = ? WHERE version = ? AND sha256 IS NULL', [
    sha256,
    version,
  ]);
}

async function applyOne(connection: Connection, migration: Migration, done: number, resumed: boolean): Promise<void> {
  for (let index = done; index < migration.statements.length; index++) {
    try {
      await connection.query(migration.statements[index] as string);
    } catch (error) {
      // The crash came between this statement and its record.
      const already = resumed && index === done && (error as { errno?: number }).errno === TABLE_EXISTS;
      if (!already) throw error;
    }
    await connection.query('UPDATE schema_migration SET statements_done = ? WHERE version = ?', [
      index + 1,
      migration.version,
    ]);
  }
  await connection.query('UPDATE schema_migration SET applied_at = UTC_TIMESTAMP(3), sha256 = ? WHERE version = ?', [
    migration.sha256,
    migration.version,
  ]);
}
