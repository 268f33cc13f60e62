// Takes over entries that a dead or silent persister left pending, and keeps our own from being taken.
import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import { CONSUMER_GROUP, couponKeys } from '../redis/keys.ts';
import type { OutageLog } from '../runtime/outage-log.ts';
import { Service } from '../runtime/service.ts';
import type { PersisterCounters } from './counters.ts';
import type { EntryReceiver, RawEntry } from './entry-receiver.ts';
import { readEpoch } from './epoch.ts';
import type { InFlight } from './in-flight.ts';
import type { OutboxRegistry } from './outbox-registry.ts';

const IDS_MAX = 500;
const ENTRIES_MAX = 100;

export interface ClaimerParts {
  readonly redis: Redis;
  readonly name: string;
  readonly idleMs: number;
  readonly outboxes: OutboxRegistry;
  readonly inFlight: InFlight;
  readonly receiver: EntryReceiver;
  readonly counters: PersisterCounters;
  readonly outage: OutageLog;
  readonly log: Logger;
  readonly entryRowsMax: number;
}

/** The consumer meets the same, and repairs it; other outboxes do not wait for that. */
function passOver(error: Error): void {
  if (!/^(NOGROUP|WRONGTYPE)/.test(error.message)) throw error;
}

/**
 * Every third of `idleMs`: first it refreshes the entries in flight (their idle time begins again), so that they stay
 * ours through an outage of MySQL. Then it claims what is idle for longer than `idleMs`, no matter which process had
 * it. That includes our own entries whose delivery was lost. If this process stood still for too long (frozen), it does
 * not refresh: the entries may be another's by now, and writing them once more changes nothing.
 */
export class Claimer {
  readonly #parts: ClaimerParts;
  readonly #service: Service;
  #refreshedMs = 0;

  constructor(parts: ClaimerParts) {
    this.#parts = parts;
    const { idleMs, log, outage } = parts;
    this.#service = new Service({
      name: 'the claimer',
      log,
      turn: (signal) => this.#turn(signal),
      pauseMs: idleMs / 3,
      startAfterMs: idleMs / 3,
      onFailure: (error) => outage.failed('REDIS', (error as Error).message),
    });
  }

  start(): void {
    this.#refreshedMs = performance.now();
    this.#service.start();
  }

  stop(): Promise<void> {
    return this.#service.stop();
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const startedMs = performance.now();
    if (startedMs - this.#refreshedMs < this.#parts.idleMs) await this.#refresh();
    this.#refreshedMs = startedMs;
    for (const couponId of this.#parts.outboxes.coupons) await this.#claim(couponId, signal).catch(passOver);
  }

  async #refresh(): Promise<void> {
    const { redis, name, inFlight } = this.#parts;
    for (const { couponId, ids } of inFlight.held()) {
      const { outbox } = couponKeys(couponId);
      for (let start = 0; start < ids.length; start += IDS_MAX) {
        const some = ids.slice(start, start + IDS_MAX);
        await redis.call('xclaim', outbox, CONSUMER_GROUP, name, 0, ...some, 'JUSTID').catch(passOver);
      }
    }
  }

  async #claim(couponId: number, signal: AbortSignal): Promise<void> {
    const { redis, name, idleMs, inFlight, receiver, counters, entryRowsMax } = this.#parts;
    const { outbox } = couponKeys(couponId);
    let cursor = '0-0';
    do {
      if (inFlight.roomRows < 1 || signal.aborted) return;
      const count = Math.min(Math.max(Math.floor(inFlight.roomRows / entryRowsMax), 1), ENTRIES_MAX);
      const epoch = await readEpoch(redis, couponId);
      const reply = await redis.call('xautoclaim', outbox, CONSUMER_GROUP, name, idleMs, cursor, 'COUNT', count);
      const [next, entries, deleted] = reply as [string, RawEntry[], string[] | undefined];
      cursor = next;
      counters.claimedEntries += entries.length;
      receiver.take(couponId, entries, epoch);
      // Redis takes them off the pending list as it reports them: this is the only time they are seen.
      if (deleted && deleted.length > 0) receiver.lose(couponId, deleted);
    } while (cursor !== '0-0');
  }
}
