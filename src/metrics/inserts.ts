// Batches of rows on their way into MySQL.
import type { Counter } from 'prom-client';
import { type MetricsRegistry, value } from './registry.ts';
import { TallyHistogram } from './tally.ts';

export const retryReasons = [
  'deadlock',
  'lock_wait',
  'timeout',
  'connection',
  'read_only',
  'thread_lost',
  'other',
] as const;
export type RetryReason = (typeof retryReasons)[number];

export interface RowFigures {
  readonly writtenRows: number;
  readonly duplicateRows: number;
}

export class InsertMetrics {
  readonly #durations: TallyHistogram<never>;
  readonly #rows: TallyHistogram<never>;
  readonly #retries: Counter<'reason'>;
  #figures: (() => RowFigures) | null = null;

  constructor(registry: MetricsRegistry) {
    this.#durations = new TallyHistogram(registry, {
      name: 'insert_duration_seconds',
      help: 'Time of one insert transaction that succeeded, from handing it to a thread until its outcome.',
      labels: [],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
      series: [{}],
    });
    this.#rows = new TallyHistogram(registry, {
      name: 'insert_rows',
      help: 'Rows in one insert transaction.',
      labels: [],
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
      series: [{}],
    });
    this.#retries = registry.counter({
      name: 'insert_retries_total',
      help: 'Insert transactions that did not succeed and are tried again, by reason. No attempt is used up.',
      labels: ['reason'],
    });
    for (const reason of retryReasons) this.#retries.labels(reason).inc(0);
    registry.readCounter({ name: 'rows_written_total', help: 'Rows that are new in MySQL.' }, () =>
      this.#figures ? value(this.#figures().writtenRows) : [],
    );
    registry.readCounter({ name: 'rows_duplicate_total', help: 'Rows that MySQL had already: delivered again.' }, () =>
      this.#figures ? value(this.#figures().duplicateRows) : [],
    );
  }

  countInsert(rowCount: number, durationMs: number): void {
    this.#durations.tally(0, durationMs / 1000);
    this.#rows.tally(0, rowCount);
  }

  countInsertRetry(reason: RetryReason): void {
    this.#retries.labels(reason).inc();
  }

  watchRows(read: () => RowFigures): void {
    this.#figures = read;
  }
}
