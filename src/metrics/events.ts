// The log of events, and how far the webhook's receiver is. Reported by the node that has the lease.
import type { Counter } from 'prom-client';
import { type MetricsRegistry, value } from './registry.ts';

/**
 * `delivered`: 2xx. `refused`: another status, a redirect included. `timeout`: no answer in time. `unreachable`: no
 * connection, or one that broke.
 */
export const deliveryOutcomes = ['delivered', 'refused', 'timeout', 'unreachable'] as const;
export type DeliveryOutcome = (typeof deliveryOutcomes)[number];

export class EventMetrics {
  readonly #appended: Counter;
  readonly #deliveries: Counter<'outcome'>;
  readonly #dead: Counter;
  #lookAtMs: number | null = null;
  /** When the oldest event that the receiver has not accepted was appended; undefined: not known. */
  #oldestAtMs: number | null | undefined;

  constructor(registry: MetricsRegistry) {
    this.#appended = registry.counter({ name: 'events_appended_total', help: 'Events appended to the log.' });
    this.#deliveries = registry.counter({
      name: 'webhook_deliveries_total',
      help: 'Batches of events sent to WEBHOOK_URL, by outcome.',
      labels: ['outcome'],
    });
    for (const outcome of deliveryOutcomes) this.#deliveries.labels(outcome).inc(0);
    this.#dead = registry.counter({
      name: 'webhook_dead_events_total',
      help: 'Events that the receiver did not accept within COUPONRUSH_WEBHOOK_DEAD_DAYS, and that are not sent again.',
    });
    registry.readGauge(
      {
        name: 'events_look_timestamp_seconds',
        help: 'When the log of events last had everything that was in MySQL.',
        combine: 'max',
      },
      () => (this.#lookAtMs === null ? [] : value(this.#lookAtMs / 1000)),
    );
    registry.readGauge(
      {
        name: 'webhook_oldest_event_age_seconds',
        help: 'Time since the oldest event that the receiver has not accepted was appended to the log; 0: it has all.',
        combine: 'max',
      },
      () => {
        if (this.#oldestAtMs === undefined) return [];
        return value(this.#oldestAtMs === null ? 0 : Math.max(0, (Date.now() - this.#oldestAtMs) / 1000));
      },
    );
  }

  countAppended(events: number): void {
    this.#appended.inc(events);
  }

  showLook(atMs: number): void {
    this.#lookAtMs = atMs;
  }

  /** Another node has the lease. */
  forgetLook(): void {
    this.#lookAtMs = null;
  }

  countDelivery(outcome: DeliveryOutcome): void {
    this.#deliveries.labels(outcome).inc();
  }

  countDead(events: number): void {
    this.#dead.inc(events);
  }

  /** @param appendedAt null: the receiver has all of them; undefined: another node delivers */
  showOldest(appendedAt: Date | null | undefined): void {
    this.#oldestAtMs = appendedAt === null || appendedAt === undefined ? appendedAt : appendedAt.getTime();
  }
}
