// Reads the outboxes of all loaded coupons as one member of the consumer group.
import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import { inOnePacket } from '../redis/one-packet.ts';
import type { OutageLog } from '../runtime/outage-log.ts';
import { backoffMs, pauseUnlessAborted } from '../runtime/retry.ts';
import { Service } from '../runtime/service.ts';
import type { Acknowledger } from './acknowledger.ts';
import type { EntryReceiver } from './entry-receiver.ts';
import { GatherTime } from './gather-time.ts';
import type { InFlight } from './in-flight.ts';
import { FROM_START, NEW, type ReadAnswer, readOutboxes, waitForEntry } from './outbox-reads.ts';
import type { OutboxRegistry } from './outbox-registry.ts';
import { ReadScheduler } from './read-scheduler.ts';

/** How long a read waits for new entries. A caller that has something else for it to read wakes it. */
export const BLOCK_MS = 2000;
const WAKE_AGAIN_MS = 20;
const LAST_READ_MS = 100;
const RETRY_MS_MAX = 500;

export interface ConsumerParts {
  /** Its own: a blocked read holds up everything behind it. */
  readonly redis: Redis;
  /** For what must not wait behind a blocked read. */
  readonly commands: Redis;
  readonly name: string;
  readonly outboxes: OutboxRegistry;
  readonly inFlight: InFlight;
  readonly receiver: EntryReceiver;
  readonly acknowledger: Acknowledger;
  /** Called after a read that left nothing behind: nothing joins what it brought for a while. */
  readonly onAllRead: () => void;
  readonly outage: OutageLog;
  readonly log: Logger;
  /** The most users in one entry. */
  readonly entryRowsMax: number;
  /** For so long entries gather at most while few come. */
  readonly gatherMaxMs: number;
}

/**
 * Each outbox is first recovering: this consumer's own pending entries are read again from the start, which is what a
 * crash, or a reply lost with its connection, has left. Then it is following: new entries only. Every failed read and
 * every closed connection makes all outboxes recovering; entries in flight are not taken twice.
 * While entries come, it lets them gather between two reads; wake() and drain() end that. Acknowledgements go with the
 * reads. When none come it waits in Redis for the first one, and acknowledgements go by themselves.
 * It does not read while too many rows are in flight.
 */
export class Consumer {
  readonly #parts: ConsumerParts;
  /** From where each outbox is read on; without a position from the start. */
  readonly #positions = new Map<number, string>();
  readonly #scheduler = new ReadScheduler();
  readonly #gatherTime: GatherTime;
  readonly #service: Service;
  /** As Redis numbers the reading connection. */
  #connectionId: number | null = null;
  /** The blocked read. */
  #waiting: symbol | null = null;
  /** The blocked read that is being ended. */
  #waking: symbol | null = null;
  /** Ends the pause between two reads. */
  #endPause: (() => void) | null = null;
  /** Of a read that was under way when all outboxes became recovering, nothing is concluded. */
  #recoveries = 0;
  #draining = false;

  constructor(parts: ConsumerParts) {
    this.#parts = parts;
    this.#gatherTime = new GatherTime(parts.gatherMaxMs);
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

  /** Somebody waits until the outboxes are empty: from now on nothing gathers. */
  drain(): void {
    this.#draining = true;
    this.#endPause?.();
  }

  /** Stops reading. What is read already is in flight. */
  async stop(): Promise<void> {
    const stopped = this.#service.stop();
    this.#endPause?.();
    this.#parts.inFlight.release();
    this.#parts.acknowledger.sendAtOnce();
    this.#parts.redis.disconnect();
    await stopped;
  }

  /** Own pending entries are read again before new ones. */
  recover(): void {
    this.#recoveries++;
    this.#positions.clear();
    this.#scheduler.reset();
    void this.wake();
  }

  /**
   * Ends a pause or a blocked read: there is something else to read. A blocked read may not have come to Redis yet, so
   * this is asked until then.
   */
  async wake(): Promise<void> {
    this.#endPause?.();
    const waiting = this.#waiting;
    if (waiting === this.#waking) return;
    this.#waking = waiting;
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
    const { inFlight, outboxes, acknowledger } = this.#parts;
    if (inFlight.roomRows < 1) {
      acknowledger.sendAtOnce();
      await inFlight.waitForRoom();
    }
    if (signal.aborted) return;
    const listed = outboxes.coupons;
    if (listed.length === 0) return this.#pause(BLOCK_MS);
    const turn = this.#scheduler.next(listed);
    if (turn.kind === 'wait') await this.#wait(turn.coupons);
    else {
      const gatherMs = await this.#read(turn.coupons, turn.count);
      if (gatherMs > 0 && !this.#draining && !signal.aborted) await this.#pause(gatherMs);
    }
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endPause = null;
  }

  async #fail({ message }: Error): Promise<void> {
    const { outage, outboxes, acknowledger } = this.#parts;
    acknowledger.sendAtOnce();
    this.recover();
    if (/^(NOGROUP|WRONGTYPE|UNBLOCKED)/.test(message)) await outboxes.expire();
    else outage.failed('REDIS', message);
  }

  async #wait(coupons: readonly number[]): Promise<void> {
    const { redis, name, outage, acknowledger } = this.#parts;
    acknowledger.sendAtOnce();
    this.#gatherTime.reset();
    if (this.#connectionId === null) void this.#learnConnectionId();
    this.#waiting = Symbol('read');
    const came = await waitForEntry(redis, name, coupons, BLOCK_MS).finally(() => {
      this.#waiting = null;
    });
    outage.succeeded();
    for (const { couponId, position } of came) {
      if (this.#positions.get(couponId) === NEW) this.#positions.set(couponId, position);
      this.#scheduler.wake(couponId);
    }
  }

  /** @returns for how many milliseconds entries gather before the next turn */
  async #read(coupons: readonly number[], entriesMax: number): Promise<number> {
    const { redis, name, inFlight, outage, acknowledger, entryRowsMax, onAllRead } = this.#parts;
    const recoveries = this.#recoveries;
    const order = {
      outboxes: coupons.map((couponId) => ({ couponId, position: this.#positions.get(couponId) ?? FROM_START })),
      entriesMax,
      roomRows: inFlight.roomRows,
      entryRows: entryRowsMax,
    };
    if (this.#connectionId === null) void this.#learnConnectionId();
    const { read, settleRide } = inOnePacket(redis, () => ({
      settleRide: acknowledger.rideWithRead(redis),
      read: readOutboxes(redis, name, order),
    }));
    const answer = await read.finally(settleRide);
    outage.succeeded();
    const rows = this.#take(answer);
    // Otherwise it was read by a connection that is closed, and all begin anew.
    if (recoveries === this.#recoveries) this.#remember(coupons, answer);
    if (!answer.more) onAllRead();
    return this.#gatherTime.afterRead(rows, answer.more);
  }

  /** @returns rows that are new in flight */
  #take({ found }: ReadAnswer): number {
    const { inFlight, receiver } = this.#parts;
    const before = inFlight.rows;
    for (const { couponId, entries, epoch } of found) receiver.take(couponId, entries, epoch);
    return Math.max(0, inFlight.rows - before);
  }

  #remember(coupons: readonly number[], { visited, found }: ReadAnswer): void {
    const busy = new Set<number>();
    for (const { couponId, entries, position } of found) {
      this.#positions.set(couponId, position);
      if (entries.length > 0) busy.add(couponId);
    }
    this.#scheduler.read(coupons.slice(0, visited), busy);
  }
}
