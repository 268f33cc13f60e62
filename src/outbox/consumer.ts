// Reads the outboxes of all loaded coupons as one member of the consumer group.
import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import { CONSUMER_GROUP, couponKeys } from '../redis/keys.ts';
import type { OutageLog } from '../runtime/outage-log.ts';
import { backoffMs, pause, pauseUnlessAborted } from '../runtime/retry.ts';
import { Service } from '../runtime/service.ts';
import type { EntryReceiver, RawEntry } from './entry-receiver.ts';
import { NO_EPOCH, readEpoch } from './epoch.ts';
import type { InFlight } from './in-flight.ts';
import type { OutboxRegistry } from './outbox-registry.ts';
import { ReadScheduler, type Turn } from './read-scheduler.ts';

/** How long a read waits for new entries. A caller that has something else for it to read wakes it. */
export const BLOCK_MS = 2000;
const WAKE_AGAIN_MS = 20;
const LAST_READ_MS = 100;
const IDLE_MS = 50;
const RETRY_MS_MAX = 500;
/**
 * Before the next read, if no more entries are known to be there: they gather for so long, and come by one command,
 * into one statement. Each read is a write to Redis (the pending list), and so a sync of its append-only file.
 */
const GATHER_MS = 20;
/** They were answered before the entries: this is only for a connection that broke in between. */
const EPOCHS_WITHIN_MS = 100;
const FROM_START = '0';

export interface ConsumerParts {
  /** Its own: a blocked read holds up everything behind it. */
  readonly redis: Redis;
  /** For what must not wait behind a blocked read. */
  readonly commands: Redis;
  readonly name: string;
  readonly outboxes: OutboxRegistry;
  readonly inFlight: InFlight;
  readonly receiver: EntryReceiver;
  readonly outage: OutageLog;
  readonly log: Logger;
  /** The most users in one entry. */
  readonly entryRowsMax: number;
}

/**
 * Each outbox is first recovering: this consumer's own pending entries are read again from the start, which is what a
 * crash, or a reply lost with its connection, has left. Then it is following: new entries only. Every failed read and
 * every closed connection makes all outboxes recovering; entries in flight are not taken twice.
 * It waits while too many rows are in flight.
 */
export class Consumer {
  readonly #parts: ConsumerParts;
  /** Where the re-reading of an outbox has come to; no position: it follows. */
  readonly #positions = new Map<number, string>();
  readonly #seen = new Set<number>();
  readonly #scheduler: ReadScheduler;
  readonly #service: Service;
  /** As Redis numbers the reading connection. */
  #connectionId: number | null = null;
  /** The blocked read. */
  #waiting: symbol | null = null;

  constructor(parts: ConsumerParts) {
    this.#parts = parts;
    this.#scheduler = new ReadScheduler(parts.entryRowsMax);
    this.#service = new Service({
      name: 'the consumer',
      log: parts.log,
      turn: (signal) => this.#turn(signal),
      pauseMs: 0,
      retryMs: (failures) => Math.min(backoffMs(failures), RETRY_MS_MAX),
      onFailure: (error) => this.#fail(error as Error),
      // A read that was asked while Redis is unreachable ends only by its timeout; nothing comes of it any more.
      stopMs: LAST_READ_MS,
    });
    parts.redis.on('close', () => {
      this.#connectionId = null;
      this.recover();
    });
  }

  start(): void {
    this.#service.start();
  }

  /** Stops reading. What is read already is in flight. */
  async stop(): Promise<void> {
    const stopped = this.#service.stop();
    this.#parts.inFlight.release();
    this.#parts.redis.disconnect();
    await stopped;
  }

  /** Own pending entries are read again before new ones. */
  recover(): void {
    this.#seen.clear();
    this.#positions.clear();
    this.#scheduler.reset();
    void this.wake();
  }

  /**
   * Ends a blocked read: there is something else to read. It may not have come to Redis yet, so this is asked until
   * then.
   */
  async wake(): Promise<void> {
    const waiting = this.#waiting;
    const { signal } = this.#service;
    while (waiting !== null && waiting === this.#waiting && this.#connectionId !== null && !signal.aborted) {
      // Redis is unreachable: then the read has ended as well.
      await this.#parts.commands.client('UNBLOCK', this.#connectionId).catch(() => {});
      await pauseUnlessAborted(WAKE_AGAIN_MS, signal);
    }
  }

  /** Not waited for: an answer that was lost with its connection never comes (not even as an error). */
  async #learnConnectionId(): Promise<void> {
    try {
      this.#connectionId = await this.#parts.redis.client('ID');
    } catch {
      // Asked again on the next connection.
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { inFlight, outboxes } = this.#parts;
    await inFlight.waitForRoom();
    if (signal.aborted) return;
    if (outboxes.coupons.length === 0) await pause(IDLE_MS, signal);
    else if (await this.#read(this.#scheduler.next(outboxes.coupons, inFlight.roomRows)))
      await pause(GATHER_MS, signal);
  }

  async #fail({ message }: Error): Promise<void> {
    const { outage, outboxes } = this.#parts;
    this.recover();
    if (/^(NOGROUP|WRONGTYPE|UNBLOCKED)/.test(message)) await outboxes.expire();
    else outage.failed('REDIS', message);
  }

  /** @returns whether to let entries gather before the next turn */
  async #read(turn: Turn): Promise<boolean> {
    const { kind, coupons, count } = turn;
    const { redis, name, receiver, outage } = this.#parts;
    const byKey = new Map<string, number>();
    const positions: string[] = [];
    for (const couponId of coupons) {
      if (!this.#seen.has(couponId)) {
        this.#seen.add(couponId);
        this.#positions.set(couponId, FROM_START);
      }
      byKey.set(couponKeys(couponId).outbox, couponId);
      positions.push(this.#positions.get(couponId) ?? '>');
    }
    const blocking = kind === 'wait' && !positions.some((position) => position !== '>');
    const args = [
      ...['GROUP', CONSUMER_GROUP, name, 'COUNT', count],
      ...(blocking ? ['BLOCK', BLOCK_MS] : []),
      ...['STREAMS', ...byKey.keys(), ...positions],
    ];
    // Sent together, so the epochs are read before the entries, and are answered before them.
    const asked = Promise.all(coupons.map((couponId) => readEpoch(redis, couponId)));
    asked.catch(() => {});
    if (this.#connectionId === null) void this.#learnConnectionId();
    // In lower case: ioredis knows the shape of the reply, and that the command blocks, by this very name.
    const read = redis.call('xreadgroup', ...args) as Promise<[string, RawEntry[]][] | null>;
    this.#waiting = blocking ? Symbol('read') : null;
    const reply = await read.finally(() => {
      this.#waiting = null;
    });
    const epochs = reply ? await epochsAnswered(asked) : [];
    outage.succeeded();
    const found = new Map<number, number>();
    for (const [key, entries] of reply ?? []) {
      const couponId = byKey.get(key) as number;
      const position = this.#positions.get(couponId);
      if (position !== undefined) {
        const last = entries.at(-1);
        if (last) this.#positions.set(couponId, last[0]);
        else this.#positions.delete(couponId);
      }
      if (entries.length === 0) continue;
      receiver.take(couponId, entries, epochs[coupons.indexOf(couponId)] ?? NO_EPOCH);
      found.set(couponId, entries.length);
    }
    return this.#scheduler.read(turn, found);
  }
}

/** A reply that was lost with its connection never comes (not even as an error): it is not waited for. */
async function epochsAnswered(asked: Promise<readonly number[]>): Promise<readonly number[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly number[]>((resolve) => {
    timer = setTimeout(resolve, EPOCHS_WITHIN_MS, []);
  });
  try {
    return await Promise.race([asked, late]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}
