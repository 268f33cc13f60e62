// The settings of a MySQL or MariaDB session that couponrush relies on, regardless of the server's own defaults.
// Promise: each is set on every connection, and read back: a connection on which one is not in force is not used.
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { OperationalError } from '../errors.ts';

/**
 * The server ends a session that it has not heard of for so long, and releases its locks. A process or machine that
 * stands still inside a transaction holds a coupon's row no longer than this; one that runs is heard of every
 * LOOK_EVERY_MS.
 */
export const SILENT_S_MAX = 5;
const LOCK_WAIT_S = 3;
/** For a table that a migration or a backup has locked. */
const TABLE_LOCK_WAIT_S = 10;
const MODES = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
const COLLATION = 'utf8mb4_general_ci';

interface Setting {
  readonly name: string;
  /** A SQL literal. */
  readonly value: string;
  /** As SHOW VARIABLES gives it, if that is another text. */
  readonly shown?: string;
  /** The only one of the two that has it. */
  readonly only?: 'mysql' | 'mariadb';
}

const on = (name: string): Setting => ({ name, value: '1', shown: 'ON' });
const off = (name: string): Setting => ({ name, value: '0', shown: 'OFF' });
const seconds = (name: string, count: number): Setting => ({ name, value: String(count) });

const settings: readonly Setting[] = [
  // Without it a single statement opens a transaction that never ends, and keeps its locks.
  on('autocommit'),
  // CHAIN would begin the next transaction at each COMMIT, RELEASE would close the connection.
  { name: 'completion_type', value: '0', shown: 'NO_CHAIN' },
  // A server without strict mode would store a shortened value where we rely on an error.
  { name: 'sql_mode', value: `'${MODES}'`, shown: MODES },
  { name: 'time_zone', value: "'+00:00'", shown: '+00:00' },
  // Row locks, and locks of whole tables.
  seconds('innodb_lock_wait_timeout', LOCK_WAIT_S),
  seconds('lock_wait_timeout', TABLE_LOCK_WAIT_S),
  // Between two statements; within one that is sent; within an answer that is not read.
  seconds('wait_timeout', SILENT_S_MAX),
  seconds('net_read_timeout', SILENT_S_MAX),
  seconds('net_write_timeout', SILENT_S_MAX),
  // The unique keys (I2) and the CHECK on the stock (I1) are what the database itself holds.
  on('unique_checks'),
  { ...on('check_constraint_checks'), only: 'mariadb' },
  // Limits for people at a prompt: one would cut a list short without a word, the others refuse a statement of ours.
  { name: 'sql_select_limit', value: '18446744073709551615' },
  on('sql_big_selects'),
  off('sql_safe_updates'),
  // Reading a coupon of millions takes long. Each statement has a deadline of ours.
  { name: 'max_statement_time', value: '0', shown: '0.000000', only: 'mariadb' },
  { name: 'max_execution_time', value: '0', only: 'mysql' },
  // `WHERE id IS NULL` after an insert would find the row just inserted.
  off('sql_auto_is_null'),
];

/** Set by statements of their own; a server has one of two names for some. */
const shownOnly: Readonly<Record<string, string>> = {
  character_set_client: 'utf8mb4',
  character_set_connection: 'utf8mb4',
  character_set_results: 'utf8mb4',
  collation_connection: COLLATION,
  transaction_isolation: 'READ-COMMITTED',
  tx_isolation: 'READ-COMMITTED',
  transaction_read_only: 'OFF',
  tx_read_only: 'OFF',
};

const expected: ReadonlyMap<string, string> = new Map([
  ...settings.map(({ name, value, shown }): [string, string] => [name, shown ?? value]),
  ...Object.entries(shownOnly),
]);

/** What no server lacks: an answer without these is not one of MySQL or MariaDB. */
const ALWAYS = ['autocommit', 'character_set_client', 'sql_mode', 'wait_timeout'];

/** A comment that only one of the two executes. */
function assignment({ name, value, only }: Setting): string {
  if (only === 'mysql') return `/*!80000 , SESSION ${name} = ${value} */`;
  if (only === 'mariadb') return `/*M!100311 , SESSION ${name} = ${value} */`;
  return `, SESSION ${name} = ${value}`;
}

/** Run on each new connection before anything else. */
export const sessionStatements: readonly string[] = [
  `SET NAMES utf8mb4 COLLATE ${COLLATION}${settings.map(assignment).join('')}`,
  // Fewer gap locks, so that two batches of one coupon don't wait for each other.
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE',
];

const QUESTION = `SHOW SESSION VARIABLES WHERE Variable_name IN (${[...expected.keys()]
  .map((name) => `'${name}'`)
  .join(', ')})`;

/** @throws OperationalError if a setting is not in force, or what mysql2 throws */
export async function prepareSession(connection: Pick<Connection, 'query'>): Promise<void> {
  for (const statement of sessionStatements) await connection.query(statement);
  const [rows] = await connection.query<RowDataPacket[]>(QUESTION);
  const problem = settingNotInForce(
    rows.map((row) => [String(row.Variable_name).toLowerCase(), String(row.Value)] as const),
  );
  if (problem !== null) throw new OperationalError('SESSION_NOT_AS_SET', 'transient', problem);
}

/** @param found names and values of the session's variables. @returns a sentence, or null if all is as it was set */
export function settingNotInForce(found: readonly (readonly [name: string, value: string])[]): string | null {
  const shown = new Map(found);
  for (const [name, value] of expected) {
    const is = shown.get(name);
    if (is === undefined ? !ALWAYS.includes(name) : is === value) continue;
    const instead = is === undefined ? 'it can not be read' : `it is "${is}"`;
    return (
      `the session's ${name} was set to "${value}", but ${instead}: ` +
      'does a proxy in front of MySQL drop SET statements?'
    );
  }
  return null;
}
