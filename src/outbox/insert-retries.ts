// Tries an insert until its outcome is not transient (I3): MySQL down, slow or read-only costs time, and no attempt.
import type { Metrics } from '../metrics/metrics.ts';
import type { OutageLog } from '../runtime/outage-log.ts';
import { backoffMs, contentionMs, pause } from '../runtime/retry.ts';
import { isContention, isLockWait, retryReason } from '../store/failures.ts';
import { countUsers, type InsertOutcome, type InsertTask } from '../store/insert-batch.ts';
import type { InsertManyTask, ManyOutcome } from '../store/insert-many.ts';
import type { Run } from '../store/insert-statement.ts';
import type { PersisterCounters } from './counters.ts';

export interface Inserts {
  write(task: InsertTask): Promise<InsertOutcome>;
  writeMany(task: InsertManyTask): Promise<ManyOutcome>;
}

export interface InsertRetriesParts {
  readonly inserts: Inserts;
  readonly counters: PersisterCounters;
  /** MySQL's, notified of each insert. */
  readonly outage: OutageLog;
  readonly metrics: Pick<Metrics, 'inserts' | 'outbox'>;
  /** What Redis' clock says now; null before it was asked. */
  readonly redisNowMs: () => number | null;
  /** Aborted when the persister gives up what is not done. */
  readonly signal: AbortSignal;
}

type Transient = Extract<InsertOutcome, { readonly kind: 'transient' }>;
/** A lock was waited for, and not released in time. */
interface LockWait {
  readonly kind: 'lock-wait';
}
type Settled<Outcome> = Exclude<Outcome, Transient> | LockWait;

interface Timed {
  readonly outcome: Settled<InsertOutcome | ManyOutcome>;
  /** Of the last try. */
  readonly durationMs: number;
}

export class InsertRetries {
  readonly #parts: InsertRetriesParts;

  constructor(parts: InsertRetriesParts) {
    this.#parts = parts;
  }

  /**
   * @param waitsForLocks false: a lock wait that was in vain is an outcome; true: it is tried again as any other
   * @throws AbortError when the persister stops
   */
  async write(task: InsertTask, waitsForLocks = true): Promise<Settled<InsertOutcome>> {
    const { inserts, counters } = this.#parts;
    const settled = await this.#untilSettled(() => inserts.write(task), waitsForLocks);
    const outcome = settled.outcome as Settled<InsertOutcome>;
    if (outcome.kind === 'written') {
      counters.writtenRows += outcome.inserted;
      counters.duplicateRows += outcome.duplicates;
      this.#countInsert(task.runs, outcome.inserted, settled.durationMs);
    }
    return outcome;
  }

  /** A lock wait that was in vain is an outcome. @throws AbortError when the persister stops */
  async writeMany(task: InsertManyTask): Promise<Settled<ManyOutcome>> {
    const { inserts, counters } = this.#parts;
    const settled = await this.#untilSettled(() => inserts.writeMany(task), false);
    const outcome = settled.outcome as Settled<ManyOutcome>;
    if (outcome.kind !== 'written') return outcome;
    const runs = task.parts.flatMap((part, index) => (outcome.states[index] === 'written' ? part.runs : []));
    const rows = countRows(runs);
    counters.writtenRows += rows;
    if (rows > 0) this.#countInsert(runs, rows, settled.durationMs);
    return outcome;
  }

  async #untilSettled(insert: () => Promise<InsertOutcome | ManyOutcome>, waitsForLocks: boolean): Promise<Timed> {
    const { counters, outage, metrics, signal } = this.#parts;
    for (let failures = 1; ; failures++) {
      signal.throwIfAborted();
      const startMs = performance.now();
      const outcome = await insert();
      const durationMs = performance.now() - startMs;
      if (outcome.kind !== 'transient') {
        outage.succeeded();
        return { outcome, durationMs };
      }
      counters.transientFailures++;
      metrics.inserts.countInsertRetry(retryReason(outcome.code));
      if (isLockWait(outcome.code) && !waitsForLocks) return { outcome: { kind: 'lock-wait' }, durationMs };
      const contended = isContention(outcome.code);
      if (!contended) outage.failed(outcome.code, outcome.message);
      await pause(contended ? contentionMs(failures) : backoffMs(failures), signal);
    }
  }

  #countInsert(runs: readonly Run[], inserted: number, durationMs: number): void {
    const { inserts, outbox } = this.#parts.metrics;
    const rows = countRows(runs);
    inserts.countInsert(rows, durationMs);
    const nowMs = this.#parts.redisNowMs();
    // Delivered again: the rows may be old, and when they were committed is not known.
    if (nowMs === null || inserted !== rows) return;
    for (const run of runs) outbox.countGrantedToRow(nowMs - run.issuedAtMs, countUsers(run.users));
  }
}

function countRows(runs: readonly Run[]): number {
  return runs.reduce((sum, run) => sum + countUsers(run.users), 0);
}
