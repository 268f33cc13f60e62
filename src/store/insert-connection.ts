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

export class InsertConnection {
  readonly #options: InsertConnectionOptions;
  #connection: Connection | undefined;

  constructor(options: InsertConnectionOptions) {
    this.#options = options;
  }

  async write(task: InsertTask): Promise<InsertOutcome> {
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
    }
  }

  close(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  async #connect(): Promise<Connection> {
    const connection = await createConnection({
      ...connectionOptions(this.#options.mysqlUrl, this.#options.timeoutMs),
      // For the one packet of a batch. All that is put into its text are numbers.
      multipleStatements: true,
      // Statements come complete. Else mysql2 looks through each for placeholders: a tenth of an insert thread's time.
      queryFormat: (sql: string) => sql,
    });
    this.#connection = connection;
    connection.on('error', () => this.#forget(connection));
    connection.on('end', () => this.#forget(connection));
    for (const sql of sessionStatements) await this.#run(connection, sql);
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
