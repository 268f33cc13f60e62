// All processes as one: the primary keeps what each child reported last, and what the dead had counted.
// Promises: a scrape asks no process, so one that hangs can't delay it. Counters never fall when a process is replaced
// or gives the place of a quiet coupon to another. Gauges of a dead process are gone with it. What a process counted
// after its last report is lost if it is killed.
import { AggregatorRegistry } from 'prom-client';
import type { MetricsRegistry, Snapshot } from './registry.ts';

/**
 * Series kept of the dead and of coupons that a process has no place for any more. Beyond it, series of coupons that no
 * process reports are dropped: they are the ones without a natural bound (I6).
 */
const DEPARTED_SERIES_MAX = 20_000;
/** About a microsecond, for a time in seconds. A power of two: such values add up without rounding. */
const STEP = 2 ** -20;

export interface Source {
  /** @param changed families, each as a whole; one without values is gone */
  update(changed: Snapshot): void;
  /** The process is gone, and no report of it is on its way. */
  leave(): void;
}

export class MetricsHub {
  /** Of each process its families, by name. */
  readonly #live = new Map<Source, Map<string, Snapshot[number]>>();
  readonly #own: MetricsRegistry;
  #departed: Snapshot = [];

  /** @param own of the process that adds up: the primary */
  constructor(own: MetricsRegistry) {
    this.#own = own;
  }

  /** One for each process that was started, not for each title. */
  join(): Source {
    const source: Source = {
      update: (changed) => {
        const families = this.#live.get(source) ?? new Map<string, Snapshot[number]>();
        this.#live.set(source, families);
        const next = inSteps(changed);
        const last = changed.flatMap(({ name }) => families.get(name) ?? []);
        for (const metric of next) {
          if (metric.values.length > 0) families.set(metric.name, metric);
          else families.delete(metric.name);
        }
        const forgotten = seriesOfForgottenCoupons(last, next);
        if (forgotten.length > 0) this.#bury(forgotten);
      },
      leave: () => {
        const last = this.#live.get(source);
        this.#live.delete(source);
        if (last) this.#bury([...last.values()]);
      },
    };
    return source;
  }

  /** Everything, in the text format of Prometheus. */
  async text(): Promise<string> {
    const own = inSteps(await this.#own.getMetricsAsJSON());
    const live = [...this.#live.values()].map((families) => [...families.values()]);
    return AggregatorRegistry.aggregate([own, this.#departed, ...live]).metrics();
  }

  #bury(last: Snapshot): void {
    const counted = last.filter(({ type }) => isCounted(String(type)));
    const both = AggregatorRegistry.aggregate([this.#departed, counted]).getMetricsAsArray() as unknown as Snapshot;
    const series = both.reduce((sum, { values }) => sum + values.length, 0);
    this.#departed = series <= DEPARTED_SERIES_MAX ? both : this.#withoutForgotten(both);
  }

  /** A coupon that some process still reports would fall; one that no process reports is gone as a whole. */
  #withoutForgotten(departed: Snapshot): Snapshot {
    const told = new Set(
      [...this.#live.values()].flatMap((families) => [...families.values()].flatMap((each) => [...couponsOf(each)])),
    );
    return departed.map((metric) => ({
      ...metric,
      values: metric.values.filter(({ labels: { coupon } }) => coupon === undefined || told.has(coupon)),
    }));
  }
}

function couponsOf({ values }: Snapshot[number]): Set<string | number> {
  const coupons = new Set<string | number>();
  for (const { labels } of values) if (labels.coupon !== undefined) coupons.add(labels.coupon);
  return coupons;
}

/** What a process counted of coupons that it no longer reports: it gave their place to others (coupon-labels.ts). */
function seriesOfForgottenCoupons(last: Snapshot, next: Snapshot): Snapshot {
  return last.flatMap((metric) => {
    if (!isCounted(String(metric.type)) || metric.values[0]?.labels.coupon === undefined) return [];
    const told = couponsOf(next.find(({ name }) => name === metric.name) ?? { ...metric, values: [] });
    const values = metric.values.filter(({ labels }) => !told.has(labels.coupon as string | number));
    return values.length > 0 ? [{ ...metric, values }] : [];
  });
}

/** What is counted gives the same sum in any order: otherwise it falls by a rounding when a process is replaced. */
function inSteps(snapshot: Snapshot): Snapshot {
  return snapshot.map((metric) =>
    isCounted(String(metric.type))
      ? { ...metric, values: metric.values.map((each) => ({ ...each, value: Math.round(each.value / STEP) * STEP })) }
      : metric,
  );
}

function isCounted(type: string): boolean {
  return type === 'counter' || type === 'histogram';
}
