// Scripts run in Redis: how long until their reply, and what failed. One observation a batch, not a request.
import type { Counter } from 'prom-client';
import type { MetricsRegistry } from './registry.ts';
import { TallyHistogram } from './tally.ts';

/** The scripts that run all the time. The others belong to an operator's move or a rebuild. */
const names = ['issue', 'memberships', 'find-holding', 'read-outboxes', 'acknowledge', 'inspect', 'other'] as const;
const indexes = new Map<string, number>(names.map((name, index) => [name, index]));
const OTHER = names.indexOf('other');

export class RedisCommandMetrics {
  readonly #durations: TallyHistogram<'script'>;
  readonly #failures: Counter<'script'>;
  readonly #reloads: Counter<never>;

  constructor(registry: MetricsRegistry) {
    this.#durations = new TallyHistogram(registry, {
      name: 'redis_script_duration_seconds',
      help: 'Time from sending a script call to Redis until its reply, by script.',
      labels: ['script'],
      buckets: [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
      series: names.map((script) => ({ script })),
    });
    this.#failures = registry.counter({
      name: 'redis_script_failures_total',
      help: 'Script calls without a reply that can be used: an error of Redis, or a lost connection.',
      labels: ['script'],
    });
    for (const script of names) this.#failures.labels(script).inc(0);
    this.#reloads = registry.counter({
      name: 'redis_script_reloads_total',
      help: 'Scripts that Redis had forgotten (SCRIPT FLUSH, restart) and was given again.',
    });
  }

  countScript(name: string, durationMs: number): void {
    this.#durations.tally(indexes.get(name) ?? OTHER, durationMs / 1000);
  }

  countScriptFailure(name: string): void {
    this.#failures.labels(indexes.has(name) ? name : 'other').inc();
  }

  countScriptReload(): void {
    this.#reloads.inc();
  }
}
