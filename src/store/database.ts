// The database as everyone but the insert threads sees it: a bounded pool in which each call ends by its deadline (I6).
// Errors are OperationalErrors. A call that timed out has its connection destroyed; whether its statement ran is
// unknown. What changes something goes to a server that takes writes, or is refused; a read-only one still answers
// query().
import type { ResultSetHeader } from 'mysql2/promise';
import { OperationalError } from '../errors.ts';
import type { MysqlPoolWatch } from '../metrics/mysql-pool.ts';
import { withDeadline } from './deadline.ts';
import { classifyFailure, isDatabaseError, isOfStatement } from './failures.ts';
import type { Session } from './session.ts';
import { SessionPool } from './session-pool.ts';
import { readOnlyFailure } from './writer.ts';

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
  /** Which show it; without it they don't. */
  readonly metrics?: MysqlPoolWatch;
  readonly connections: number;
  /** For getting a connection, and again for each statement. */
  readonly timeoutMs: number;
  /** Calls that may wait for a connection; more fail at once. */
  readonly queueMax?: number;
}

const QUEUE_MAX = 1000;

/** A sign of life. @throws OperationalError */
export async function askMysql(database: Pick<Database, 'query'>): Promise<void> {
  await database.query('SELECT 1');
}

/** No connection is made before the first call. */
export function openDatabase(url: string, limits: DatabaseLimits): Database {
  return new PooledDatabase(url, limits);
}

class PooledDatabase implements Database {
  readonly #pool: SessionPool;
  readonly #connections: number;
  readonly #timeoutMs: number;
  readonly #queueMax: number;
  #inUse = 0;
  #waiting = 0;

  constructor(url: string, { metrics, connections, timeoutMs, queueMax = QUEUE_MAX }: DatabaseLimits) {
    metrics?.watch(() => this.usage());
    this.#connections = connections;
    this.#timeoutMs = timeoutMs;
    this.#queueMax = queueMax;
    this.#pool = new SessionPool({ url, sessionsMax: connections, timeoutMs });
  }

  query<Row>(sql: string, params: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#withSession(false, (session) => run<Row[]>(session, sql, params));
  }

  execute(sql: string, params: readonly SqlValue[] = []): Promise<Executed> {
    return this.#withSession(true, async (session) => executed(await run(session, sql, params)));
  }

  transaction<T>(work: (tx: Statements) => Promise<T>): Promise<T> {
    return this.#withSession(true, async (session) => {
      await session.run('START TRANSACTION');
      try {
        const result = await work({
          query: (sql, params = []) => run(session, sql, params),
          execute: async (sql, params = []) => executed(await run(session, sql, params)),
        });
        await session.run('COMMIT');
        return result;
      } catch (error) {
        // A connection that can't roll back is closed; the server then rolls back by itself.
        await session.run('ROLLBACK').catch(() => session.destroy());
        throw error;
      }
    });
  }

  usage(): DatabaseUsage {
    return { limit: this.#connections, inUse: this.#inUse, waiting: this.#waiting };
  }

  async close(): Promise<void> {
    const destroy = () => this.#pool.destroy();
    await withDeadline(this.#pool.close(), this.#timeoutMs, 'CLOSE_TIMEOUT', destroy).catch(() => {});
  }

  async #withSession<T>(writing: boolean, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.#acquire(writing);
    this.#inUse++;
    try {
      if (writing && !session.writable) throw readOnlyFailure();
      return await work(session);
    } catch (error) {
      // What work() itself threw (a broken invariant, a caller's error) is not the database's failure.
      if (!isDatabaseError(error)) throw error;
      const failure = classifyFailure(error);
      if (!isOfStatement(failure)) session.destroy();
      if (failure.code === 'QUERY_TIMEOUT') this.#pool.doubt();
      throw failure;
    } finally {
      this.#inUse--;
      this.#pool.give(session);
    }
  }

  async #acquire(writing: boolean): Promise<Session> {
    if (this.#waiting >= this.#queueMax) {
      throw new OperationalError(
        'POOL_QUEUE_FULL',
        'transient',
        `${this.#queueMax} calls wait for a connection already`,
      );
    }
    this.#waiting++;
    let late = false;
    const pending = this.#pool.take(writing);
    // A connection that comes after its caller gave up goes straight back.
    pending.then((session) => late && this.#pool.give(session)).catch(() => {});
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
}

function run<T>(session: Session, sql: string, params: readonly SqlValue[]): Promise<T> {
  return session.run<T>(sql, checked(params));
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
