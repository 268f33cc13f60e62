// Sends the log of events to WEBHOOK_URL, batch after batch, in the order of their ids.
//
// Promises: a batch is sent until the receiver answers 2xx, or until its events are dead; the next one comes after it.
// How far the receiver is stands in MySQL, so a sender that was killed goes on where it stopped: it may send a batch
// again, and never leaves one out. One batch is in memory and one request under way, however slow the receiver is.
import type { Logger } from '../log.ts';
import type { EventMetrics } from '../metrics/events.ts';
import { OutageLog } from '../runtime/outage-log.ts';
import { pauseUnlessAborted } from '../runtime/retry.ts';
import { Service } from '../runtime/service.ts';
import type { Database } from '../store/database.ts';
import { readHasRows } from '../store/tables/event-content.ts';
import { findOldAfter, readLogEnds } from '../store/tables/event-log.ts';
import {
  advanceDelivery,
  beginDelivery,
  type Delivery,
  readDelivery,
  recordDeliveryFailure,
} from '../store/tables/webhook-delivery.ts';
import { CursorExpired, type EventPage, eventJson, readEvents } from './feed.ts';
import { SIGNATURE_HEADER, signatureOf } from './signature.ts';
import { WebhookClient } from './webhook-request.ts';

export interface WebhookOptions {
  readonly database: Database;
  readonly log: Logger;
  readonly url: string;
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
  readonly eventsMax: number;
  readonly deadDays: number;
  /** Whether this node has the lease, and the log has been brought up to date since it started. */
  readonly mayDeliver: () => boolean;
  readonly metrics: EventMetrics;
}

const PAUSE_MS = 250;
const RETRY_FIRST_MS = 500;
const RETRY_LAST_MS = 30_000;
/** Segments. */
const BURIED_AT_ONCE = 1000;
const STOP_MS = 1000;

export class WebhookSender {
  readonly #options: WebhookOptions;
  readonly #client: WebhookClient;
  readonly #service: Service;
  readonly #outage: OutageLog;
  /** Halved by each failure: what the receiver can't take at once, it may take in parts. */
  #batchMax: number;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#batchMax = options.eventsMax;
    this.#client = new WebhookClient(options.url, options.timeoutMs);
    this.#outage = new OutageLog('the webhook', options.log);
    this.#service = new Service({
      name: 'the webhook',
      log: options.log,
      turn: (signal) => this.#deliverAll(signal),
      pauseMs: PAUSE_MS,
      stopMs: STOP_MS,
      onFailure: (error) => this.#outage.failed('EVENTS', String(error)),
    });
  }

  start(): void {
    this.#service.start();
  }

  /** What is under way is given up, and sent again by the next one. */
  async stop(): Promise<void> {
    await this.#service.stop();
    this.#client.close();
  }

  /**
   * Where a receiver begins that was never sent anything: at what happens from now on. To be called before the log is
   * brought up to date, and again when it is, before anything else is appended.
   */
  async begin(isCurrent: boolean): Promise<void> {
    const { database } = this.#options;
    if ((await readDelivery(database)).deliveredId !== null) return;
    const { lastId } = await readLogEnds(database);
    // An empty log of an installation without a past has all before it; one with a past must catch up first.
    if (isCurrent || lastId > 0 || !(await readHasRows(database))) await beginDelivery(database, lastId);
  }

  async #deliverAll(signal: AbortSignal): Promise<void> {
    const { mayDeliver, metrics } = this.#options;
    while (!signal.aborted) {
      if (!mayDeliver()) return metrics.showOldest(undefined);
      if (!(await this.#deliverNext(signal))) return;
    }
  }

  /** @returns whether there may be more to deliver at once */
  async #deliverNext(signal: AbortSignal): Promise<boolean> {
    const { database, metrics } = this.#options;
    const delivery = await readDelivery(database);
    const { deliveredId } = delivery;
    if (deliveredId === null) return false;
    const page = await this.#readPage(deliveredId);
    if (page === null) return true;
    metrics.showOldest(page.oldestAppendedAt);
    if (page.cursor === deliveredId) {
      this.#outage.succeeded();
      return false;
    }
    if (await this.#buryDead(delivery)) return true;
    if (page.events.length > 0 && !(await this.#send(page, delivery, signal))) return true;
    await advanceDelivery(database, { fromId: deliveredId, toId: page.cursor });
    return true;
  }

  /** @returns null if it was too late for the next events: they are dead */
  async #readPage(deliveredId: number): Promise<EventPage | null> {
    const { database, log } = this.#options;
    try {
      return await readEvents(database, deliveredId, this.#batchMax);
    } catch (error) {
      if (!(error instanceof CursorExpired)) throw error;
      log.error({ afterId: deliveredId, toId: error.removedId }, 'events were removed before the webhook had them');
      await this.#bury(deliveredId, error.removedId, 1);
      return null;
    }
  }

  /** Events that are as old as that while deliveries fail: they are left out, so that younger ones have a chance. */
  async #buryDead({ deliveredId, attempts }: Delivery): Promise<boolean> {
    const { database, deadDays, log } = this.#options;
    if (attempts === 0) return false;
    const afterId = deliveredId as number;
    const old = await findOldAfter(database, { afterId, days: deadDays }, BURIED_AT_ONCE);
    if (old === null) return false;
    log.error({ afterId, toId: old.lastId, events: old.events }, 'dead: the webhook did not accept events');
    await this.#bury(afterId, old.lastId, old.events);
    return true;
  }

  async #bury(fromId: number, toId: number, dead: number): Promise<void> {
    const { database, metrics } = this.#options;
    if (await advanceDelivery(database, { fromId, toId, dead })) metrics.countDead(dead);
  }

  /** @returns whether the receiver has it. If not, the pause before the next try is over */
  async #send({ events, cursor }: EventPage, delivery: Delivery, signal: AbortSignal): Promise<boolean> {
    const { database, metrics, secrets, eventsMax } = this.#options;
    const body = JSON.stringify({ events: events.map(eventJson), cursor });
    const headers = { [SIGNATURE_HEADER]: signatureOf(body, secrets, Date.now()) };
    const { outcome, failure } = await this.#client.post(body, headers, signal);
    if (signal.aborted) return false;
    metrics.countDelivery(outcome);
    if (outcome === 'delivered') {
      this.#outage.succeeded();
      this.#batchMax = Math.min(eventsMax, this.#batchMax * 2);
      return true;
    }
    this.#outage.failed(outcome, failure ?? outcome);
    this.#batchMax = Math.max(1, Math.floor(this.#batchMax / 2));
    await recordDeliveryFailure(database, delivery.deliveredId as number, failure ?? outcome);
    await pauseUnlessAborted(retryMs(delivery.attempts + 1), signal);
    return false;
  }
}

/** 0.5 s doubling to 30 s, with a jitter of half. */
export function retryMs(failures: number, random: () => number = Math.random): number {
  const delay = Math.min(RETRY_FIRST_MS * 2 ** Math.min(failures - 1, 10), RETRY_LAST_MS);
  return Math.round(delay * (0.5 + random() / 2));
}
