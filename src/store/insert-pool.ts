// The insert threads, as one bounded service: at most one batch a thread, the others wait here in their order.
// Promise: write() and writeMany() always resolve. A thread that exits, runs out of memory or hangs makes the outcome
// 'transient', and the next batch gets a new thread. A batch is never in two threads at a time through this pool.
import { join } from 'node:path';
import { Piscina } from 'piscina';
import type { Logger } from '../log.ts';
import type { MysqlPoolWatch } from '../metrics/mysql-pool.ts';
import { projectRoot } from '../project.ts';
import type { InsertOutcome, InsertTask } from './insert-batch.ts';
import type { InsertConnectionOptions } from './insert-connection.ts';
import type { InsertManyTask, ManyOutcome } from './insert-many.ts';

export type ThreadTask = InsertTask | InsertManyTask;
export type ThreadOutcome = InsertOutcome | ManyOutcome;

export interface InsertPoolOptions extends InsertConnectionOptions {
  readonly threads: number;
  readonly metrics: MysqlPoolWatch;
}

// A batch of 10,000 rows is about 1 MB of text; several copies of it fit easily, a leak does not.
const THREAD_HEAP_MAX_MB = 128;

export class InsertPool {
  readonly #pool: Piscina<ThreadTask, ThreadOutcome>;
  readonly #threads: number;
  readonly #deadlineMs: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: InsertPoolOptions, log: Logger, filename = join(projectRoot, 'dist/workers/insert-thread.js')) {
    const { threads, mysqlUrl, timeoutMs, metrics } = options;
    this.#threads = threads;
    metrics.watch(() => ({ limit: threads, inUse: this.#running, waiting: this.#waiting.length }));
    // The thread ends each of its up to six statements by itself; this is for a thread that hangs as a whole.
    this.#deadlineMs = timeoutMs * 6;
    this.#pool = new Piscina({
      filename,
      minThreads: threads,
      maxThreads: threads,
      // Never reached, since the surplus waits here; the default is without limit.
      maxQueue: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      // A thread that waits in Atomics does not see its connection close.
      atomics: 'disabled',
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MAX_MB },
      workerData: { mysqlUrl, timeoutMs } satisfies InsertConnectionOptions,
    });
    // Without a listener, a thread that dies between two batches would take the process with it.
    this.#pool.on('error', (error: Error) => log.error({ error: error.message }, 'an insert thread died'));
  }

  write(task: InsertTask): Promise<InsertOutcome> {
    return this.#run(task) as Promise<InsertOutcome>;
  }

  writeMany(task: InsertManyTask): Promise<ManyOutcome> {
    return this.#run(task) as Promise<ManyOutcome>;
  }

  async #run(task: ThreadTask): Promise<ThreadOutcome> {
    if (this.#running >= this.#threads) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    // Not AbortSignal.timeout(): its timer would outlive the task by minutes.
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.#deadlineMs);
    try {
      return await this.#pool.run(task, { signal: deadline.signal });
    } catch (error) {
      return { kind: 'transient', code: 'INSERT_THREAD_LOST', message: String((error as Error).message ?? error) };
    } finally {
      clearTimeout(timer);
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  /** Ends the threads now: a batch inside is cut off, and its entries stay pending. */
  async stop(): Promise<void> {
    await this.#pool.destroy();
  }
}
