// The one MySQL connection of an insert thread: made when first needed, renewed after any trouble.
// Promise: write() always resolves, with an outcome that says what is known. After 'transient' the batch may be written
// or not; writing it again is harmless. No row goes to a server that is known to be read-only.
import type { ConnectionOptions } from 'mysql2/promise';
import { classifyFailure, isOfStatement } from './failures.ts';
import { type InsertOutcome, type InsertTask, insertBatch } from './insert-batch.ts';
import { insertSingly } from './insert-singly.ts';
import { Session } from './session.ts';
import { readOnlyFailure } from './writer.ts';

export interface InsertConnectionOptions {
  readonly mysqlUrl: string;
  /** For each statement, and at most for the connection itself. */
  readonly timeoutMs: number;
}

export const insertOptions: ConnectionOptions = {
  // For the one packet of a batch. All that is put into its text are numbers.
  multipleStatements: true,
  // Statements come complete. Else mysql2 looks through each for placeholders: a tenth of an insert thread's time.
  queryFormat: (sql: string) => sql,
};

export class InsertConnection {
  readonly #options: InsertConnectionOptions;
  #session: Session | undefined;

  constructor(options: InsertConnectionOptions) {
    this.#options = options;
  }

  async write(task: InsertTask): Promise<InsertOutcome> {
    try {
      const session = await this.#writer();
      session.resting = false;
      const write = task.singly ? insertSingly : insertBatch;
      return await write((sql) => session.run(sql), task);
    } catch (error) {
      const failure = classifyFailure(error);
      // The server may still be inside the transaction, so the connection is used again only after a ROLLBACK.
      if (isOfStatement(failure)) await this.#session?.run('ROLLBACK').catch(() => this.close());
      else this.close();
      const { code, message } = failure;
      return failure.persistence === 'permanent'
        ? { kind: 'permanent', scope: 'row', code, message }
        : { kind: 'transient', code, message };
    } finally {
      if (this.#session) this.#session.resting = true;
    }
  }

  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  /** @throws OperationalError transient if the address leads to a read-only server, or what mysql2 throws */
  async #writer(): Promise<Session> {
    if (!(this.#session?.usable && this.#session.writable)) {
      this.close();
      const { mysqlUrl, timeoutMs } = this.#options;
      this.#session = await Session.open(mysqlUrl, { timeoutMs, connection: insertOptions });
    }
    if (!this.#session.writable) throw readOnlyFailure();
    return this.#session;
  }
}
