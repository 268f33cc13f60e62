// The one MySQL connection of an insert thread: made when first needed, renewed after any trouble.
// Promise: write() always resolves, with an outcome that says what is known. After 'transient' the batch may be written
// or not; writing it again is harmless.
import { type Connection, createConnection } from 'mysql2/promise';
import type { OperationalError } from '../errors.ts';
import { connectionOptions, sessionStatements } from './connection.ts';
import { withDeadline } from './deadline.ts';
import { classifyFailure } from './failures.ts';
import { type InsertOutcome, type InsertTask, insertBatch } from './insert-batch.ts';

export interface InsertConnectionOptions {
  readonly mysqlUrl: string;
  /** For each statement, and for the connection itself. */
  readonly timeoutMs: number;
}

/**
 * A thread that freezes between the two packets of a batch keeps the locks of its rows, and whoever takes the batch over
 * waits for them. So the server ends a connection that it has not heard of for so long; one at rest pings.
 */
const SILENT_S_MAX = 5;
const PING_EVERY_MS = 1500;

/** A connection with the session of an insert thread. @throws what mysql2 throws */
export async function connectForInserts({ mysqlUrl, timeoutMs }: InsertConnectionOptions): Promise<Connection> {
  const connection = await createConnection({
    ...connectionOptions(mysqlUrl, timeoutMs),
    // For the one packet of a batch. All that is put into its text are numbers.
    multipleStatements: true,
    // Statements come complete. Else mysql2 looks through each for placeholders: a tenth of an insert thread's time.
    queryFormat: (sql: string) => sql,
  });
  connection.on('error', () => {});
  try {
    for (const sql of [...sessionStatements, `SET SESSION wait_timeout = ${SILENT_S_MAX}`]) {
      await withDeadline(connection.query(sql), timeoutMs, 'QUERY_TIMEOUT', () => connection.destroy());
    }
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return connection;
}

export class InsertConnection {
  readonly #options: InsertConnectionOptions;
  readonly #pinging: NodeJS.Timeout;
  #connection: Connection | undefined;
  #writing = false;

  constructor(options: InsertConnectionOptions) {
    this.#options = options;
    this.#pinging = setInterval(() => {
      if (!this.#writing) this.#connection?.ping().catch(() => {});
    }, PING_EVERY_MS).unref();
  }

  async write(task: InsertTask): Promise<InsertOutcome> {
    this.#writing = true;
    try {
      const connection = this.#connection ?? (await this.#connect());
      return await insertBatch((sql) => this.#run(connection, sql), task);
    } catch (error) {
      const failure = classifyFailure(error);
      await this.#undo(failure);
      const { code, message } = failure;
      return failure.persistence === 'permanent'
        ? { kind: 'permanent', scope: 'row', code, message }
        : { kind: 'transient', code, message };
    } finally {
      this.#writing = false;
    }
  }

  close(): void {
    clearInterval(this.#pinging);
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  async #connect(): Promise<Connection> {
    const connection = await connectForInserts(this.#options);
    this.#connection = connection;
    connection.on('error', () => this.#forget(connection));
    connection.on('end', () => this.#forget(connection));
    return connection;
  }

  async #run<T>(connection: Connection, sql: string): Promise<T> {
    const [result] = await withDeadline(connection.query(sql), this.#options.timeoutMs, 'QUERY_TIMEOUT', () =>
      this.#discard(connection),
    );
    return result as T;
  }

  /** The server may still be inside the transaction, so the connection is used again only after a ROLLBACK. */
  async #undo(failure: OperationalError): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    const fatal = (failure.cause as { fatal?: boolean } | undefined)?.fatal === true;
    try {
      if (fatal) throw failure;
      await this.#run(connection, 'ROLLBACK');
    } catch {
      this.#discard(connection);
    }
  }

  #discard(connection: Connection): void {
    connection.destroy();
    this.#forget(connection);
  }

  #forget(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
  }
}
