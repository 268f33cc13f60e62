// What a child reports to the primary: of its families those that have changed since the last report, so that a process
// at rest sends a few numbers a second and not all of its series.
import type { MetricsRegistry, Snapshot } from './registry.ts';

type Metric = Snapshot[number];
type Value = Metric['values'][number];

interface Sent {
  /** Copies: the library counts up the values that it has given. */
  readonly values: readonly Value[];
  /** As they were given. A family that gives the same array again has not changed. */
  readonly given: Metric['values'];
}

export class ChangeReport {
  readonly #registry: MetricsRegistry;
  readonly #sent = new Map<string, Sent>();

  constructor(registry: MetricsRegistry) {
    this.#registry = registry;
  }

  /** All of it at the first call. A family that has no values any more is reported once, without values. */
  async take(): Promise<Snapshot> {
    const changed: Snapshot = [];
    for (const metric of await this.#registry.getMetricsAsJSON()) {
      const last = this.#sent.get(metric.name);
      if (last === undefined ? metric.values.length === 0 : isSame(last, metric)) continue;
      this.#sent.set(metric.name, { values: metric.values.map((value) => ({ ...value })), given: metric.values });
      changed.push(metric);
    }
    return changed;
  }
}

function isSame(last: Sent, next: Metric): boolean {
  if (last.given === next.values) return true;
  if (last.values.length !== next.values.length) return false;
  return next.values.every((value, index) => isSameValue(last.values[index] as Value, value));
}

function isSameValue(last: Value, next: Value): boolean {
  if (last.value !== next.value) return false;
  const names = Object.keys(next.labels);
  return (
    Object.keys(last.labels).length === names.length &&
    names.every((name) => last.labels[name] === next.labels[name]) &&
    nameOf(last) === nameOf(next)
  );
}

/** Of a histogram: its bucket, sum or count. */
function nameOf(value: Value): string | undefined {
  return (value as Value & { readonly metricName?: string }).metricName;
}
