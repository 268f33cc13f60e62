// Requests refused early, and why.
import type { Counter } from 'prom-client';
import type { MetricsRegistry } from './registry.ts';

/**
 * `inflight`: too many wait for an answer. `queue_delay`: the wait for Redis would be too long. `waited`: it was.
 * `client_left`: the client was gone when its batch was made. `outbox_full`: too much waits for MySQL.
 */
export const shedReasons = ['inflight', 'queue_delay', 'waited', 'client_left', 'outbox_full'] as const;
export type ShedReason = (typeof shedReasons)[number];

export class ShedMetrics {
  readonly #byReason: Readonly<Record<ShedReason, Counter.Internal>>;

  constructor(registry: MetricsRegistry) {
    const sheds = registry.counter({
      name: 'sheds_total',
      help: 'Issue requests that were refused before Redis decided, by reason.',
      labels: ['reason'],
    });
    this.#byReason = Object.fromEntries(shedReasons.map((reason) => [reason, sheds.labels(reason)])) as Record<
      ShedReason,
      Counter.Internal
    >;
    for (const reason of shedReasons) this.#byReason[reason].inc(0);
  }

  countShed(reason: ShedReason, requests = 1): void {
    this.#byReason[reason].inc(requests);
  }
}
