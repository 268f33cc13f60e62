// Brings batches into MySQL and then takes their entries out of the outbox.
import type { Logger } from '../log.ts';
import { pause } from '../runtime/retry.ts';
import type { InsertTask } from '../store/insert-batch.ts';
import { type Row, rowsOf, runsOf } from '../store/insert-statement.ts';
import type { Acknowledger } from './acknowledger.ts';
import type { Batch, Part } from './batcher.ts';
import type { PersisterCounters } from './counters.ts';
import type { PackedEntry } from './entry.ts';
import type { InFlight } from './in-flight.ts';
import type { InsertRetries } from './insert-retries.ts';
import { isolateRefused, type Refusal, type RowsOutcome, type WriteRows } from './isolate-refused.ts';

export interface DeliveryParts {
  readonly inserts: InsertRetries;
  readonly acknowledger: Acknowledger;
  readonly inFlight: InFlight;
  readonly counters: PersisterCounters;
  readonly log: Logger;
  /** Entries are out of flight and unwritten: they must be read again. */
  readonly onFenced: () => void;
  /** Aborted when the persister gives up what is not done. */
  readonly signal: AbortSignal;
}

class FencedError extends Error {}

/** A rebuild of a small coupon is over by then; a long one costs a read and a refusal every time. */
const FENCED_PAUSE_MS = 200;

/**
 * A batch is writing until MySQL took or refused each of its parts. Transient failures keep it there without end, in
 * its slot, so that nothing more is sent to a database in trouble. A part whose coupon is locked goes back. If parts
 * can't be written together, halves of them are, until those that stand in the way are by themselves.
 * Then a part is settling: refused rows are isolated while their neighbours are written, the entries are acknowledged,
 * those with refused rows together with their dead letters. Only then are the entries out of flight. A crash at any
 * point leaves them pending: they are delivered again, and rows that were written count as duplicates.
 */
export class Delivery {
  readonly #parts: DeliveryParts;
  /** The coupon of each batch that may wait for a lock: all are of one coupon. */
  readonly #waitingFor: number[] = [];

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Resolves with what goes back when the batch has left its slot. Never rejects. */
  async deliver({ parts }: Batch): Promise<readonly Part[]> {
    const [part] = parts;
    if (!part || parts.length > 1 || !this.#mayWait(part)) return this.#deliverTogether(parts);
    this.#waitingFor.push(part.couponId);
    const back = await this.#deliverAlone(part);
    this.#waitingFor.pop();
    return back;
  }

  /**
   * Batches of one coupon wait for its lock: they are short, and wait for each other. If another coupon is waited for,
   * or this one was locked for long, its batch does not wait: or two locked coupons would hold up all slots.
   */
  #mayWait({ couponId, lockedTimes }: Part): boolean {
    return lockedTimes === 0 && this.#waitingFor.every((other) => other === couponId);
  }

  /** @returns the part, if its coupon is locked for longer than it waits */
  async #deliverAlone(part: Part): Promise<readonly Part[]> {
    try {
      const outcome = await this.#parts.inserts.write(taskOf(part), part.lockedTimes > 0);
      if (outcome.kind === 'lock-wait') return [part];
      if (outcome.kind === 'fenced') throw new FencedError();
      this.#parts.counters.batches++;
      void this.#settle(part, outcome).catch((error: unknown) => this.#givenUp(part, error));
    } catch (error) {
      this.#givenUp(part, error);
    }
    return [];
  }

  /** @returns the parts whose coupons are locked */
  async #deliverTogether(parts: readonly Part[]): Promise<readonly Part[]> {
    try {
      const outcome = await this.#parts.inserts.writeMany({ parts: parts.map(taskOf) });
      // Rows are locked, and halves would wait for them as well.
      if (outcome.kind === 'lock-wait') return this.#deliverEach(parts.map((part) => [part]));
      if (outcome.kind === 'apart') return this.#deliverEach(halvesOf(parts));
      this.#parts.counters.batches++;
      const back: Part[] = [];
      const absent: Part[] = [];
      for (const [index, part] of parts.entries()) {
        const state = outcome.states[index];
        if (state === 'locked') back.push(part);
        else if (state === 'absent') absent.push(part);
        else if (state === 'fenced') this.#givenUp(part, new FencedError());
        else void this.#acknowledge(part.couponId, part.entries).catch((error: unknown) => this.#givenUp(part, error));
      }
      return [...back, ...(await this.#deliverEach(absent.map((part) => [part])))];
    } catch (error) {
      for (const part of parts) this.#givenUp(part, error);
      return [];
    }
  }

  /** At the same time, so that one that has to wait does not hold up the others. */
  async #deliverEach(groups: readonly (readonly Part[])[]): Promise<readonly Part[]> {
    const back = groups.map((parts) => {
      const [part] = parts;
      return part && parts.length === 1 ? this.#deliverAlone(part) : this.#deliverTogether(parts);
    });
    return (await Promise.all(back)).flat();
  }

  async #settle(part: Part, outcome: RowsOutcome): Promise<void> {
    const { couponId, entries } = part;
    const refusals = new Map<PackedEntry, Refusal[]>();
    if (outcome.kind !== 'written' || outcome.refused.length > 0) {
      const owners = ownersOf(entries);
      const { epoch } = taskOf(part);
      const write: WriteRows = (rows, manner) =>
        this.#write({ couponId, epoch, runs: runsOf(rows), singly: manner === 'singly' });
      for (const refusal of await isolateRefused([...owners.keys()], outcome, write, this.#parts.signal)) {
        const owner = owners.get(refusal.row) as PackedEntry;
        const known = refusals.get(owner);
        if (known) known.push(refusal);
        else refusals.set(owner, [refusal]);
      }
    }
    await this.#acknowledge(
      couponId,
      entries.filter((entry) => !refusals.has(entry)),
    );
    for (const [entry, refused] of refusals) {
      await this.#deadLetter(couponId, entry, refused);
      this.#parts.inFlight.remove(couponId, [entry.id]);
    }
  }

  async #write(task: InsertTask): Promise<RowsOutcome> {
    const outcome = await this.#parts.inserts.write(task);
    if (outcome.kind === 'fenced' || outcome.kind === 'lock-wait') throw new FencedError();
    return outcome;
  }

  async #acknowledge(couponId: number, entries: readonly PackedEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const ids = entries.map((entry) => entry.id);
    await this.#parts.acknowledger.acknowledge(couponId, ids);
    this.#parts.inFlight.remove(couponId, ids);
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
  async #readAgain({ couponId, entries }: Part): Promise<void> {
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

  #givenUp(part: Part, error: unknown): void {
    if (this.#parts.signal.aborted) return;
    if (error instanceof FencedError) {
      void this.#readAgain(part);
      return;
    }
    // Not an outage: a fault of ours. The entries stay pending, so the next start tries them again.
    this.#parts.inFlight.remove(
      part.couponId,
      part.entries.map((entry) => entry.id),
    );
    this.#parts.log.error({ couponId: part.couponId, error: String(error) }, 'a batch was given up; its entries stay');
  }
}

/** Its epoch is the oldest: MySQL refuses the part if any of its entries was read too early. */
function taskOf({ couponId, entries }: Part): InsertTask {
  return { couponId, epoch: Math.min(...entries.map((entry) => entry.epoch)), runs: entries };
}

function halvesOf(parts: readonly Part[]): readonly (readonly Part[])[] {
  if (parts.length === 1) return [parts];
  const middle = Math.ceil(parts.length / 2);
  return [parts.slice(0, middle), parts.slice(middle)];
}

/** Each row of the part, with the entry that it came in. */
function ownersOf(entries: readonly PackedEntry[]): Map<Row, PackedEntry> {
  const owners = new Map<Row, PackedEntry>();
  for (const entry of entries) for (const row of rowsOf([entry])) owners.set(row, entry);
  return owners;
}
