// Where entries come in, read by the consumer or the claimer.
// Promise: each entry goes to the batcher once while it is in flight. An unreadable one becomes a dead letter. One that
// was deleted before it was written is a loss, and is counted and logged.
import type { Logger } from '../log.ts';
import type { Acknowledger } from './acknowledger.ts';
import type { PersisterCounters } from './counters.ts';
import { type PackedEntry, packEntry } from './entry.ts';
import type { InFlight } from './in-flight.ts';

/** As Redis answers it: id and fields; no fields if the entry was deleted while pending. */
export type RawEntry = readonly [id: string, fields: readonly string[] | null];

export interface EntryReceiverParts {
  readonly inFlight: InFlight;
  readonly add: (couponId: number, entry: PackedEntry) => void;
  readonly acknowledger: Acknowledger;
  readonly counters: PersisterCounters;
  readonly log: Logger;
}

export class EntryReceiver {
  readonly #parts: EntryReceiverParts;

  constructor(parts: EntryReceiverParts) {
    this.#parts = parts;
  }

  /** @param epoch of the coupon, read before the entries */
  take(couponId: number, entries: readonly RawEntry[], epoch: number): void {
    const { inFlight, add } = this.#parts;
    const lost: string[] = [];
    for (const [id, fields] of entries) {
      if (!fields) {
        lost.push(id);
        continue;
      }
      const entry = packEntry(id, fields, epoch);
      if (!entry) this.#deadLetter(couponId, id, fields);
      else if (inFlight.add(couponId, entry)) add(couponId, entry);
    }
    if (lost.length > 0) this.lose(couponId, lost);
  }

  /** Entries that were deleted before they were acknowledged: someone trimmed the outbox. */
  lose(couponId: number, ids: readonly string[]): void {
    const { counters, log, acknowledger } = this.#parts;
    counters.lostEntries += ids.length;
    log.error(
      { couponId, entries: ids.length, first: ids[0], last: ids.at(-1) },
      'outbox entries were deleted before they were written: their coupons are granted, and missing in MySQL',
    );
    // Off the pending list, or they are reported at each start.
    void acknowledger.acknowledge(couponId, ids).catch(() => {});
  }

  #deadLetter(couponId: number, id: string, fields: readonly string[]): void {
    const { inFlight, acknowledger, counters, log } = this.#parts;
    // In flight until it is moved, so that a second delivery of it is not taken.
    if (!inFlight.add(couponId, { id, firstSequence: 0, issuedAtMs: 0, users: '', rows: 1, epoch: 0 })) return;
    const reason = 'the entry is not of the layout that couponrush writes';
    const letter = { raw: JSON.stringify(fields), code: 'UNREADABLE_ENTRY', reason, attempts: 1 };
    void acknowledger
      .deadLetter(couponId, id, [letter])
      .then((added) => {
        counters.deadLetters += added;
        inFlight.remove(couponId, [id]);
        log.error({ couponId, entry: id }, 'an outbox entry that nobody can read became a dead letter');
      })
      .catch(() => {});
  }
}
