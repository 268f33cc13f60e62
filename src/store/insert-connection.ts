// The one MySQL connection of an insert thread: made when first needed, renewed after any trouble.
// Promise: write() always resolves, with an outcome that says what is known. After 'transient' the batch may be written
// or not; writing it again is harmless. No row goes to a server that is known to be read-only.
import type { ConnectionOptions } from 'mysql2/promise';
import { OperationalError } from '../errors.ts';
import { classifyFailure, isOfStatement } from './failures.ts';
import { type InsertOutcome, type InsertTask, insertBatch, type RunSql } from './insert-batch.ts';
import { type InsertManyTask, insertMany, type ManyOutcome } from './insert-many.ts';
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
    const write = task.singly ? insertSingly : insertBatch;
    const outcome = await this.#attempt((run) => write(run, task));
    return outcome instanceof OperationalError ? failed(outcome) : outcome;
  }

  /** Many coupons, without waiting for any that is locked. */
  async writeMany(task: InsertManyTask): Promise<ManyOutcome> {
    const outcome = await this.#attempt((run) => insertMany(run, task));
    if (!(outcome instanceof OperationalError)) return outcome;
    const failure = failed(outcome);
    return failure.kind === 'permanent' ? { kind: 'apart' } : failure;
  }

  async #attempt<T>(work: (run: RunSql) => Promise<T>): Promise<T | OperationalError> {
    try {
      const session = await this.#writer();
      session.resting = false;
      return await work((sql) => session.run(sql));
    } catch (error) {
      const failure = classifyFailure(error);
      // The server may still be inside the transaction, so the connection is used again only after a ROLLBACK.
      if (isOfStatement(failure)) await this.#session?.run('ROLLBACK').catch(() => this.close());
      else this.close();
      return failure;
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

function failed({ code, message, persistence }: OperationalError) {
  return persistence === 'permanent'
    ? ({ kind: 'permanent', scope: 'row', code, message } as const)
    : ({ kind: 'transient', code, message } as const);
}
