// The metrics of one process, and how a family is declared. Each process has one registry; the primary adds them up
// (see hub.ts). What happens is counted in the process where it happens and nowhere else, so nothing is counted twice.
// A family is one class of this folder: its names, its closed label sets, and the methods that count.
import { Counter, Gauge, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';

/** What one process reports of all its metrics, and what the primary keeps of it. */
export type Snapshot = MetricObjectWithValues<MetricValue<string>>[];

export const PREFIX = 'couponrush_';

/**
 * How the values that several processes report for the same labels become one: their sum, or the largest. If the labels
 * name the process, there is nothing to combine.
 */
export type Combine = 'sum' | 'max' | 'one';

const reported: Readonly<Record<Combine, string>> = {
  sum: 'Sum over processes.',
  max: 'Largest of all processes.',
  one: 'Reported by one process.',
};

export interface Sample<L extends string> {
  readonly labels: Readonly<Record<L, string>>;
  readonly value: number;
}

interface Family<L extends string> {
  /** Without our prefix; ends with its unit, `_total` for a counter. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly L[];
}

/** Two of them share nothing: a name may be declared once in each. */
export class MetricsRegistry extends Registry {
  /** A counter that is counted up in place: for what happens rarely, or in batches. */
  counter<L extends string = never>({ name, help, labels = [] }: Family<L>): Counter<L> {
    return new Counter({ name: PREFIX + name, help, labelNames: labels, registers: [this] });
  }

  /** A counter whose values are kept elsewhere, as plain numbers, and read at each collection. */
  readCounter<L extends string = never>(family: Family<L>, read: () => Iterable<Sample<L>>): void {
    const { name, help, labels = [] } = family;
    new Counter({
      name: PREFIX + name,
      help,
      labelNames: labels,
      registers: [this],
      collect() {
        this.reset();
        for (const sample of read()) this.inc(sample.labels, sample.value);
      },
    });
  }

  /** A gauge whose values are read at each collection. */
  readGauge<L extends string = never>(
    family: Family<L> & { readonly combine: Combine },
    read: () => Iterable<Sample<L>>,
  ): void {
    const { name, help, labels = [], combine } = family;
    new Gauge({
      name: PREFIX + name,
      help: `${help} ${reported[combine]}`,
      labelNames: labels,
      registers: [this],
      aggregator: combine === 'max' ? 'max' : 'sum',
      collect() {
        // Without values the family is there, and empty: a process that does not know says nothing, not 0.
        this.reset();
        if (labels.length === 0) this.remove();
        for (const sample of read()) this.set(sample.labels, sample.value);
      },
    });
  }
}

/** For a family without labels. */
export function value(number: number): Sample<never>[] {
  return [{ labels: {}, value: number }];
}
