// Counting on the path of a request: an addition in a typed array, with no object made and no label looked up. The
// arrays become Prometheus series at each collection, which is once a second.
import { Histogram, type MetricObjectWithValues, type MetricValueWithName } from 'prom-client';
import { type MetricsRegistry, PREFIX } from './registry.ts';

interface TallyFamily<L extends string> {
  /** Without our prefix; ends with its unit. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
  /** Upper bounds in the family's unit, ascending. */
  readonly buckets: readonly number[];
  /** The closed set of series; `observe` names one by its index. */
  readonly series: readonly Readonly<Record<L, string>>[];
  /** Whether a series is shown before it has counted anything. Without it, all are. */
  readonly expected?: (labels: Readonly<Record<L, string>>) => boolean;
}

/**
 * A histogram over a closed set of series. Those expected exist from the start, at 0: a first burst is then an
 * increase.
 */
export class TallyHistogram<L extends string> extends Histogram<L> {
  readonly #name: string;
  readonly #help: string;
  readonly #series: readonly Readonly<Record<L, string>>[];
  readonly #bounds: readonly number[];
  readonly #expected: (labels: Readonly<Record<L, string>>) => boolean;
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;
  /** As of the last collection; null: something was counted since. */
  #values: readonly object[] | null = null;

  constructor(
    registry: MetricsRegistry,
    { name, help, labels, buckets, series, expected = () => true }: TallyFamily<L>,
  ) {
    super({ name: PREFIX + name, help, labelNames: labels, buckets: [...buckets], registers: [registry] });
    this.#name = PREFIX + name;
    this.#help = help;
    this.#series = series;
    this.#bounds = buckets;
    this.#expected = expected;
    this.#counts = new Float64Array(series.length * (buckets.length + 1));
    this.#sums = new Float64Array(series.length);
  }

  tally(series: number, value: number, times = 1): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    const index = series * (bounds.length + 1) + bucket;
    this.#counts[index] = (this.#counts[index] as number) + times;
    this.#sums[series] = (this.#sums[series] as number) + value * times;
    this.#values = null;
  }

  override get(): Promise<MetricObjectWithValues<MetricValueWithName<L>>> {
    this.#values ??= this.#series.flatMap((labels, series) => this.#valuesOf(labels, series));
    return Promise.resolve({
      name: this.#name,
      help: this.#help,
      type: 'histogram',
      aggregator: 'sum',
      values: this.#values,
    } as unknown as MetricObjectWithValues<MetricValueWithName<L>>);
  }

  #valuesOf(labels: Readonly<Record<L, string>>, series: number) {
    const start = series * (this.#bounds.length + 1);
    let total = 0;
    const values: { metricName: string; labels: Record<string, string | number>; value: number }[] = [];
    for (const [bucket, bound] of [...this.#bounds, '+Inf'].entries()) {
      total += this.#counts[start + bucket] as number;
      values.push({ metricName: `${this.#name}_bucket`, labels: { le: bound, ...labels }, value: total });
    }
    if (total === 0 && !this.#expected(labels)) return [];
    values.push({ metricName: `${this.#name}_sum`, labels: { ...labels }, value: this.#sums[series] as number });
    values.push({ metricName: `${this.#name}_count`, labels: { ...labels }, value: total });
    return values;
  }
}
