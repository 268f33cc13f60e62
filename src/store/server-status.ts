// What is asked of MySQL as a server, not of a table: its clock, its limits, its settings.
import type { Statements } from './database.ts';

type Queries = Pick<Statements, 'query'>;

/** MySQL's clock, for what is decided of a coupon that is not in Redis yet. @returns milliseconds since 1970 */
export async function mysqlNow(database: Queries): Promise<number> {
  const [row] = await database.query<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now');
  return (row as { now: Date }).now.getTime();
}

export interface ServerStatus {
  readonly now: Date;
  readonly connectionsMax: number;
}

export async function readServerStatus(database: Queries): Promise<ServerStatus | undefined> {
  const [status] = await database.query<ServerStatus>(
    'SELECT UTC_TIMESTAMP(3) AS now, @@GLOBAL.max_connections AS connectionsMax',
  );
  return status && { now: status.now, connectionsMax: Number(status.connectionsMax) };
}

/** As the server writes it: 8.4.3, or 10.11.6-MariaDB. */
export async function readServerVersion(database: Queries): Promise<string | null> {
  const [row] = await database.query<{ version: string }>('SELECT VERSION() AS version');
  return row?.version ?? null;
}

/** @returns null if the server does not say */
export async function readConnectionCount(database: Queries): Promise<number | null> {
  const [status] = await database.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Threads_connected'");
  return status ? Number(status.Value) : null;
}

/** Settings on which it depends what survives a power loss. */
export interface DurabilitySettings {
  /** innodb_flush_log_at_trx_commit. */
  readonly flush: number;
  readonly binlog: boolean;
  readonly syncBinlog: number;
}

export async function readDurabilitySettings(database: Queries): Promise<DurabilitySettings | undefined> {
  const [row] = await database.query<{ flush: number; binlog: number; sync: number }>(
    'SELECT @@GLOBAL.innodb_flush_log_at_trx_commit AS flush, @@GLOBAL.log_bin AS binlog, @@GLOBAL.sync_binlog AS sync',
  );
  return row && { flush: row.flush, binlog: Number(row.binlog) === 1, syncBinlog: row.sync };
}

/**
 * What distinguishes this server and database from any other: a database that was restored elsewhere, a promoted
 * replica and the other end of a failover differ.
 * @param table of ours: when it was made
 */
export async function readServerMarks(database: Queries, table: string): Promise<unknown[]> {
  const [variables, [made]] = await Promise.all([
    database.query<{ Variable_name: string; Value: string }>(
      "SHOW VARIABLES WHERE Variable_name IN ('server_uuid', 'hostname', 'datadir')",
    ),
    database.query<{ name: string; madeAt: Date | null }>(
      `SELECT DATABASE() AS name, (SELECT CREATE_TIME FROM information_schema.TABLES
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?) AS madeAt`,
      [table],
    ),
  ]);
  const named = variables.map(({ Variable_name: name, Value: value }) => `${name}=${value}`).sort();
  return [...named, made?.name, made?.madeAt];
}
