// Batches of rows on their way into MySQL.
import { counter, readCounter, value } from './registry.ts';
import { TallyHistogram } from './tally.ts';

const durations = new TallyHistogram({
  name: 'insert_duration_seconds',
  help: 'Time of one insert transaction that succeeded, from handing it to a thread until its outcome.',
  labels: [],
  buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
  series: [{}],
});
const rows = new TallyHistogram({
  name: 'insert_rows',
  help: 'Rows in one insert transaction.',
  labels: [],
  buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
  series: [{}],
});

export function countInsert(rowCount: number, durationMs: number): void {
  durations.tally(0, durationMs / 1000);
  rows.tally(0, rowCount);
}

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

const retries = counter({
  name: 'insert_retries_total',
  help: 'Insert transactions that did not succeed and are tried again, by reason. No attempt is used up.',
  labels: ['reason'],
});
for (const reason of retryReasons) retries.labels(reason).inc(0);

export function countInsertRetry(reason: RetryReason): void {
  retries.labels(reason).inc();
}

export interface RowFigures {
  readonly writtenRows: number;
  readonly duplicateRows: number;
}

let figures: (() => RowFigures) | null = null;

export function watchRows(read: () => RowFigures): void {
  figures = read;
}

readCounter({ name: 'rows_written_total', help: 'Rows that are new in MySQL.' }, () =>
  figures ? value(figures().writtenRows) : [],
);
readCounter({ name: 'rows_duplicate_total', help: 'Rows that MySQL had already: delivered again.' }, () =>
  figures ? value(figures().duplicateRows) : [],
);
