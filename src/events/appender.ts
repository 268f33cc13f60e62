// Keeps the log of events up to date: looks for coupons with something new several times a second, appends it, and
// removes what is old. It runs in each admin process; one of them, which has the lease, works at a time.
//
// Promises: the lease only saves work. Two that both believe to have it are put in order by the lock of the log. No
// request waits for this: it reads what is committed, and locks nothing but its own tables.
import type { Logger } from '../log.ts';
import type { EventMetrics } from '../metrics/events.ts';
import { OutageLog } from '../runtime/outage-log.ts';
import { Service } from '../runtime/service.ts';
import type { Database } from '../store/database.ts';
import { holdLease, lockLog, releaseLease, removeSegments } from '../store/tables/event-log.ts';
import { listCouponsWithNews } from '../store/tables/event-progress.ts';
import { appendCoupon } from './append.ts';

export interface AppenderOptions {
  readonly database: Database;
  readonly log: Logger;
  /** Of the node: a restarted process has the lease of the one before it at once. */
  readonly owner: string;
  readonly keepDays: number;
  readonly metrics: EventMetrics;
  /** Before the first look with a lease, and again when it is done, before anything else is appended. */
  readonly onFirstLook?: (isDone: boolean) => Promise<unknown>;
}

const LEASE_S = 10;
const RENEW_AFTER_MS = 3000;
/**
 * From the end of a look to the next one. After a long one more, so that it works a tenth of the time, never so long
 * that the lease would end.
 */
const PAUSE_MS = 500;
const SHARE = 9;
const COUPONS_A_LOOK = 10_000;
/** Of the oldest segments, between two looks. */
const REMOVED_AT_ONCE = 1000;
const REMOVE_EVERY_MS = 60_000;

export class Appender {
  readonly #options: AppenderOptions;
  readonly #service: Service;
  readonly #outage: OutageLog;
  #heldSinceMs: number | null = null;
  #removedAtMs: number | null = null;
  #hasLooked = false;

  constructor(options: AppenderOptions) {
    this.#options = options;
    const { log } = options;
    this.#outage = new OutageLog('the log of events', log);
    this.#service = new Service({
      name: 'the log of events',
      log,
      turn: (signal) => this.#turn(signal),
      pauseMs: (turnMs) => Math.min(Math.max(PAUSE_MS, turnMs * SHARE), RENEW_AFTER_MS),
      retryMs: () => PAUSE_MS,
      // Its connection ends what hangs.
      stopMs: 0,
      onFailure: (error) => this.#outage.failed('EVENTS', String(error)),
    });
  }

  /** Whether this node has the lease, and the log had everything that was in MySQL before it. */
  get isCurrent(): boolean {
    return this.#hasLooked && this.hasLease;
  }

  get hasLease(): boolean {
    return this.#heldSinceMs !== null && performance.now() - this.#heldSinceMs < LEASE_S * 1000;
  }

  start(): void {
    this.#service.start();
  }

  /** Another node takes over at once. */
  async stop(): Promise<void> {
    await this.#service.stop();
    if (this.hasLease) await releaseLease(this.#options.database, this.#options.owner).catch(() => {});
    this.#heldSinceMs = null;
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { database, metrics, onFirstLook } = this.#options;
    if (!(await this.#holdsLease())) {
      metrics.forgetLook();
      this.#hasLooked = false;
      return;
    }
    if (!this.#hasLooked) await onFirstLook?.(false);
    let remaining = await listCouponsWithNews(database, COUPONS_A_LOOK);
    // A step of each coupon in turn, so that a large one does not keep the others out.
    while (remaining.length > 0 && !signal.aborted) {
      const again: number[] = [];
      for (const couponId of remaining) {
        if (signal.aborted || !(await this.#holdsLease())) return;
        const { events, hasMore } = await appendCoupon(database, couponId);
        metrics.countAppended(events);
        if (hasMore) again.push(couponId);
      }
      remaining = again;
    }
    if (signal.aborted) return;
    if (!this.#hasLooked) await onFirstLook?.(true);
    this.#outage.succeeded();
    this.#hasLooked = true;
    metrics.showLook(Date.now());
    await this.#removeOld();
  }

  async #holdsLease(): Promise<boolean> {
    const nowMs = performance.now();
    if (this.#heldSinceMs !== null && nowMs - this.#heldSinceMs < RENEW_AFTER_MS) return true;
    const { database, owner } = this.#options;
    this.#heldSinceMs = (await holdLease(database, owner, LEASE_S)) ? nowMs : null;
    return this.#heldSinceMs !== null;
  }

  async #removeOld(): Promise<void> {
    const { database, keepDays } = this.#options;
    const nowMs = performance.now();
    if (this.#removedAtMs !== null && nowMs - this.#removedAtMs < REMOVE_EVERY_MS) return;
    const removed = await database.transaction(async (tx) => {
      await lockLog(tx);
      return removeSegments(tx, keepDays, REMOVED_AT_ONCE);
    });
    // More of them: after the next look.
    if (removed < REMOVED_AT_ONCE) this.#removedAtMs = nowMs;
  }
}
