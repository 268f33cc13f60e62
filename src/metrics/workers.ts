// The processes as the primary sees them: only the primary knows that one hangs or is gone.
import type { Counter } from 'prom-client';
import type { MetricsRegistry } from './registry.ts';

export interface WorkerFigures {
  readonly title: string;
  /** Ready, and heard of a moment ago. */
  readonly up: boolean;
  /** Null if there is no process, or it sends no heartbeat. */
  readonly heartbeatAgeMs: number | null;
}

/** `boot`: it ended before it was ready. `hung`: its heartbeat stopped, and it was killed. `exit`: any other end. */
export const restartReasons = ['boot', 'hung', 'exit'] as const;
export type RestartReason = (typeof restartReasons)[number];

export class WorkerMetrics {
  readonly #workers = new Map<string, () => WorkerFigures>();
  readonly #restarts: Counter<'worker' | 'reason'>;

  constructor(registry: MetricsRegistry) {
    this.#restarts = registry.counter({
      name: 'worker_restarts_total',
      help: 'Processes that ended and were started again, by reason: boot, hung, exit.',
      labels: ['worker', 'reason'],
    });
    this.#declareWorkers(registry);
  }

  watchWorker(title: string, read: () => WorkerFigures): void {
    this.#workers.set(title, read);
    for (const reason of restartReasons) this.#restarts.labels(title, reason).inc(0);
  }

  countRestart(title: string, reason: RestartReason): void {
    this.#restarts.labels(title, reason).inc();
  }

  #declareWorkers(registry: MetricsRegistry): void {
    const workers = this.#workers;
    registry.readGauge(
      {
        name: 'worker_up',
        help: '1 while a process does its work: it is ready, and its heartbeat came in the last 1.5 s.',
        labels: ['worker'],
        combine: 'one',
      },
      () => [...workers].map(([worker, read]) => ({ labels: { worker }, value: read().up ? 1 : 0 })),
    );
    registry.readGauge(
      {
        name: 'worker_heartbeat_age_seconds',
        help: 'Time since a process was last heard of.',
        labels: ['worker'],
        combine: 'one',
      },
      function* () {
        for (const [worker, read] of workers) {
          const { heartbeatAgeMs } = read();
          if (heartbeatAgeMs !== null) yield { labels: { worker }, value: heartbeatAgeMs / 1000 };
        }
      },
    );
  }
}
