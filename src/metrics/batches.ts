// Decision batches: how many users went to Redis together, and how often one had to be sent again.
import type { Counter } from 'prom-client';
import type { MetricsRegistry } from './registry.ts';
import { TallyHistogram } from './tally.ts';

export class BatchMetrics {
  readonly #users: TallyHistogram<never>;
  readonly #resends: Counter<never>;

  constructor(registry: MetricsRegistry) {
    this.#users = new TallyHistogram(registry, {
      name: 'batch_users',
      help: 'Users in one decision batch.',
      labels: [],
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4000],
      series: [{}],
    });
    this.#resends = registry.counter({
      name: 'batch_resends_total',
      help: 'Batches that were sent again because their reply was lost.',
    });
  }

  /** @param sent how often this batch was sent, this time included */
  countBatch(size: number, sent: number): void {
    if (sent === 1) this.#users.tally(0, size);
    else this.#resends.inc();
  }
}
