// Brings batches into MySQL and then takes their entries out of the outbox.
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { OutageLog } from '../runtime/outage-log.ts';
import { backoffMs, contentionMs, pause } from '../runtime/retry.ts';
import { isContention, retryReason } from '../store/failures.ts';
import { countUsers, type InsertOutcome, type InsertTask } from '../store/insert-batch.ts';
import { type Row, rowsOf, runsOf } from '../store/insert-statement.ts';
import type { Acknowledger } from './acknowledger.ts';
import type { Batch } from './batcher.ts';
import type { PersisterCounters } from './counters.ts';
import type { PackedEntry } from './entry.ts';
import type { InFlight } from './in-flight.ts';
import { isolateRefused, type Refusal, type RowsOutcome, type WriteRows } from './isolate-refused.ts';

export interface DeliveryParts {
  readonly insert: (task: InsertTask) => Promise<InsertOutcome>;
  readonly acknowledger: Acknowledger;
  readonly inFlight: InFlight;
  readonly counters: PersisterCounters;
  /** MySQL's, notified of each insert. */
  readonly outage: OutageLog;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'inserts' | 'outbox'>;
  /** What Redis' clock says now; null before it was asked. */
  readonly redisNowMs: () => number | null;
  /** Entries are out of flight and unwritten: they must be read again. */
  readonly onFenced: () => void;
  /** Aborted when the persister gives up what is not done. */
  readonly signal: AbortSignal;
}

class FencedError extends Error {}

/** A rebuild of a small coupon is over by then; a long one costs a read and a refusal every time. */
const FENCED_PAUSE_MS = 200;

/**
 * A batch is writing until MySQL took or refused it. Transient failures keep it there without end, in its slot, so that
 * nothing more is sent to a database in trouble. Then it leaves its slot and is settling: refused rows are isolated
 * while their neighbours are written, the entries are acknowledged, those with refused rows together with their dead
 * letters. Only then are the entries out of flight. A crash at any point leaves them pending: they are delivered again,
 * and rows that were written count as duplicates.
 */
export class Delivery {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Resolves when the batch has left its slot. Never rejects. */
  async deliver(batch: Batch): Promise<void> {
    try {
      const task: InsertTask = { couponId: batch.couponId, epoch: epochOf(batch), runs: batch.entries };
      const outcome = await this.#write(task);
      this.#parts.counters.batches++;
      void this.#settle(batch, outcome).catch((error: unknown) => this.#givenUp(batch, error));
    } catch (error) {
      this.#givenUp(batch, error);
    }
  }

  /** Tries until the outcome is not transient. */
  async #write(task: InsertTask): Promise<RowsOutcome> {
    const { insert, counters, outage, metrics, signal } = this.#parts;
    for (let failures = 1; ; failures++) {
      signal.throwIfAborted();
      const startMs = performance.now();
      const outcome = await insert(task);
      if (outcome.kind !== 'transient') {
        outage.succeeded();
        if (outcome.kind === 'fenced') throw new FencedError();
        if (outcome.kind === 'written') {
          counters.writtenRows += outcome.inserted;
          counters.duplicateRows += outcome.duplicates;
          this.#countWritten(task, outcome.inserted, performance.now() - startMs);
        }
        return outcome;
      }
      counters.transientFailures++;
      metrics.inserts.countInsertRetry(retryReason(outcome.code));
      const contended = isContention(outcome.code);
      if (!contended) outage.failed(outcome.code, outcome.message);
      await pause(contended ? contentionMs(failures) : backoffMs(failures), signal);
    }
  }

  #countWritten({ runs }: InsertTask, inserted: number, durationMs: number): void {
    const rows = runs.reduce((sum, run) => sum + countUsers(run.users), 0);
    const { inserts, outbox } = this.#parts.metrics;
    inserts.countInsert(rows, durationMs);
    const nowMs = this.#parts.redisNowMs();
    // Delivered again: the rows may be old, and when they were committed is not known.
    if (nowMs === null || inserted !== rows) return;
    for (const run of runs) outbox.countGrantedToRow(nowMs - run.issuedAtMs, countUsers(run.users));
  }

  async #settle(batch: Batch, outcome: RowsOutcome): Promise<void> {
    const { acknowledger, inFlight, signal } = this.#parts;
    const { couponId, entries } = batch;
    const refusals = new Map<PackedEntry, Refusal[]>();
    if (outcome.kind !== 'written' || outcome.refused.length > 0) {
      const owners = ownersOf(entries);
      const epoch = epochOf(batch);
      const write: WriteRows = (rows, manner) =>
        this.#write({ couponId, epoch, runs: runsOf(rows), singly: manner === 'singly' });
      for (const refusal of await isolateRefused([...owners.keys()], outcome, write, signal)) {
        const owner = owners.get(refusal.row) as PackedEntry;
        const known = refusals.get(owner);
        if (known) known.push(refusal);
        else refusals.set(owner, [refusal]);
      }
    }
    const done = entries.filter((entry) => !refusals.has(entry)).map((entry) => entry.id);
    if (done.length > 0) {
      await acknowledger.acknowledge(couponId, done);
      inFlight.remove(couponId, done);
    }
    for (const [entry, refused] of refusals) {
      await this.#deadLetter(couponId, entry, refused);
      inFlight.remove(couponId, [entry.id]);
    }
  }

  async #deadLetter(couponId: number, entry: PackedEntry, refusals: readonly Refusal[]): Promise<void> {
    const { acknowledger, counters, log } = this.#parts;
    const letters = refusals.map(({ row, code, reason, attempts }) => ({ ...row, code, reason, attempts }));
    const added = await acknowledger.deadLetter(couponId, entry.id, letters);
    counters.deadLetters += added;
    const [first] = refusals;
    log.error(
      { couponId, entry: entry.id, rows: added, code: first?.code, firstSequence: first?.row.sequence },
      'rows that MySQL refuses became dead letters',
    );
  }

  /** Out of the outbox as it is now, if they are still in it. */
  async #readAgain({ couponId, entries }: Batch): Promise<void> {
    const { inFlight, log, onFenced, signal } = this.#parts;
    log.warn(
      { couponId, entries: entries.length },
      'Redis was compared with MySQL meanwhile: the entries are read again',
    );
    await pause(FENCED_PAUSE_MS, signal).catch(() => {});
    inFlight.remove(
      couponId,
      entries.map((entry) => entry.id),
    );
    onFenced();
  }

  #givenUp(batch: Batch, error: unknown): void {
    if (this.#parts.signal.aborted) return;
    if (error instanceof FencedError) {
      void this.#readAgain(batch);
      return;
    }
    // Not an outage: a fault of ours. The entries stay pending, so the next start tries them again.
    this.#parts.inFlight.remove(
      batch.couponId,
      batch.entries.map((entry) => entry.id),
    );
    this.#parts.log.error({ couponId: batch.couponId, error: String(error) }, 'a batch was given up; its entries stay');
  }
}

/** The oldest: MySQL refuses the batch if any of its entries was read too early. */
function epochOf({ entries }: Batch): number {
  return Math.min(...entries.map((entry) => entry.epoch));
}

/** Each row of the batch, with the entry that it came in. */
function ownersOf(entries: readonly PackedEntry[]): Map<Row, PackedEntry> {
  const owners = new Map<Row, PackedEntry>();
  for (const entry of entries) for (const row of rowsOf([entry])) owners.set(row, entry);
  return owners;
}
