// The database as everyone but the insert threads sees it: a bounded pool in which each call ends by its deadline (I6).
// Errors are OperationalErrors. A call that timed out has its connection destroyed; whether its statement ran is unknown.
import { createPool, type Pool, type PoolConnection, type ResultSetHeader } from 'mysql2/promise';
import { OperationalError } from '../errors.ts';
import { type MysqlPoolName, watchMysqlPool } from '../metrics/mysql-pool.ts';
import { connectionOptions, sessionStatements } from './connection.ts';
import { withDeadline } from './deadline.ts';
import { classifyFailure } from './failures.ts';

type SqlScalar = string | number | bigint | Date | null;
/** A value for one `?`. An array becomes a list, for `IN (?)`; it must not be empty. */
export type SqlValue = SqlScalar | readonly (string | number | bigint)[];

export interface Executed {
  /** Rows that really changed: a duplicate that was left as it is counts 0. */
  readonly affectedRows: number;
  readonly insertId: number;
}

export interface Statements {
  /** BIGINT as number (as string beyond 2^53), DECIMAL (also SUM) as string, DATETIME as Date in UTC. */
  query<Row>(sql: string, params?: readonly SqlValue[]): Promise<Row[]>;
  execute(sql: string, params?: readonly SqlValue[]): Promise<Executed>;
}

export interface DatabaseUsage {
  readonly limit: number;
  readonly inUse: number;
  readonly waiting: number;
}

export interface Database extends Statements {
  /** Commits what `work` did, or rolls it back and rethrows. Each statement has the deadline of a call. */
  transaction<T>(work: (tx: Statements) => Promise<T>): Promise<T>;
  usage(): DatabaseUsage;
  close(): Promise<void>;
}

export interface DatabaseLimits {
  /** Under which the metrics show it; without it they don't. */
  readonly purpose?: MysqlPoolName;
  readonly connections: number;
  /** For getting a connection, and again for each statement. */
  readonly timeoutMs: number;
  /** Calls that may wait for a connection; more fail at once. */
  readonly queueMax?: number;
}

const QUEUE_MAX = 1000;

/** No connection is made before the first call. */
export function openDatabase(url: string, limits: DatabaseLimits): Database {
  return new PooledDatabase(url, limits);
}

class PooledDatabase implements Database {
  readonly #pool: Pool;
  readonly #connections: number;
  readonly #timeoutMs: number;
  readonly #queueMax: number;
  #inUse = 0;
  #waiting = 0;

  constructor(url: string, { purpose, connections, timeoutMs, queueMax = QUEUE_MAX }: DatabaseLimits) {
    if (purpose) watchMysqlPool(purpose, () => this.usage());
    this.#connections = connections;
    this.#timeoutMs = timeoutMs;
    this.#queueMax = queueMax;
    this.#pool = createPool({
      ...connectionOptions(url, timeoutMs),
      connectionLimit: connections,
      idleTimeout: 60_000,
    });
    this.#pool.on('connection', (connection) => {
      // Queued ahead of the caller's first statement. Without its session settings a connection is of no use.
      for (const sql of sessionStatements) {
        (connection as unknown as { query(sql: string, done: (error: unknown) => void): void }).query(sql, (error) => {
          if (error) connection.destroy();
        });
      }
    });
  }

  query<Row>(sql: string, params: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#withConnection((connection) => this.#run<Row[]>(connection, sql, params));
  }

  execute(sql: string, params: readonly SqlValue[] = []): Promise<Executed> {
    return this.#withConnection(async (connection) => executed(await this.#run(connection, sql, params)));
  }

  transaction<T>(work: (tx: Statements) => Promise<T>): Promise<T> {
    return this.#withConnection(async (connection) => {
      await this.#run(connection, 'START TRANSACTION');
      try {
        const result = await work({
          query: (sql, params = []) => this.#run(connection, sql, params),
          execute: async (sql, params = []) => executed(await this.#run(connection, sql, params)),
        });
        await this.#run(connection, 'COMMIT');
        return result;
      } catch (error) {
        // A connection that can't roll back is closed; the server then rolls back by itself.
        await this.#run(connection, 'ROLLBACK').catch(() => connection.destroy());
        throw error;
      }
    });
  }

  usage(): DatabaseUsage {
    return { limit: this.#connections, inUse: this.#inUse, waiting: this.#waiting };
  }

  async close(): Promise<void> {
    await withDeadline(this.#pool.end(), this.#timeoutMs, 'CLOSE_TIMEOUT', () => {}).catch(() => {});
  }

  async #withConnection<T>(work: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const connection = await this.#acquire();
    this.#inUse++;
    try {
      return await work(connection);
    } catch (error) {
      // What work() itself threw (a broken invariant, a caller's error) is not the database's failure.
      throw isDatabaseError(error) ? classifyFailure(error) : error;
    } finally {
      this.#inUse--;
      connection.release();
    }
  }

  async #acquire(): Promise<PoolConnection> {
    if (this.#waiting >= this.#queueMax) {
      throw new OperationalError(
        'POOL_QUEUE_FULL',
        'transient',
        `${this.#queueMax} calls wait for a connection already`,
      );
    }
    this.#waiting++;
    let late = false;
    const pending = this.#pool.getConnection();
    // A connection that comes after its caller gave up goes straight back.
    pending.then((connection) => late && connection.release()).catch(() => {});
    try {
      return await withDeadline(pending, this.#timeoutMs, 'ACQUIRE_TIMEOUT', () => {
        late = true;
      });
    } catch (error) {
      throw classifyFailure(error);
    } finally {
      this.#waiting--;
    }
  }

  async #run<T>(connection: PoolConnection, sql: string, params: readonly SqlValue[] = []): Promise<T> {
    const [result] = await withDeadline(
      connection.query({ sql, values: checked(params) }),
      this.#timeoutMs,
      'QUERY_TIMEOUT',
      () => connection.destroy(),
    );
    return result as T;
  }
}

/** mysql2 would expand an object into `key = value` pairs: nothing but scalars and lists of them gets through. */
function checked(params: readonly SqlValue[]): unknown[] {
  for (const value of params) {
    const list = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    const sound = list.every(
      (item) =>
        typeof item === 'string' ||
        typeof item === 'bigint' ||
        (typeof item === 'number' && Number.isFinite(item)) ||
        (!Array.isArray(value) && (item === null || (item instanceof Date && !Number.isNaN(item.getTime())))),
    );
    if (!sound || list.length === 0)
      throw new TypeError('a SQL parameter is a string, a number, a date, null or a list');
  }
  return params as unknown[];
}

function executed(header: ResultSetHeader): Executed {
  return { affectedRows: header.affectedRows, insertId: header.insertId };
}

function isDatabaseError(error: unknown): boolean {
  return error instanceof Error && ('errno' in error || 'sqlState' in error || ('code' in error && 'fatal' in error));
}
