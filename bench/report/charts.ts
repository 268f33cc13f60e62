// The charts of one scenario as configurations of Chart.js: plain data, so that the page only has to draw them.
import type { Measurement, ScenarioResult, VariantResult } from '../measure/run.ts';

export interface ChartPlan {
  readonly title: string;
  readonly config: object;
}

const COLOURS = ['#2563eb', '#ea580c', '#16a34a', '#9333ea', '#dc2626', '#0891b2', '#ca8a04', '#64748b'];
const ROLES: readonly (readonly [figure: string, label: string, colour: string])[] = [
  ['httpMicros', 'HTTP', '#2563eb'],
  ['redisMicros', 'Redis', '#dc2626'],
  ['persisterMicros', 'persister, or bare client', '#16a34a'],
  ['mysqlMicros', 'MySQL', '#ca8a04'],
];
const PERCENTILES = ['P50Ms', 'P90Ms', 'P99Ms', 'P999Ms', 'MaxMs'];
const SLICES_A_SECOND = 4;

export function chartsOf(result: ScenarioResult): ChartPlan[] {
  return [
    rateBars(result),
    cpuBars(result),
    percentileLines(result),
    overTime(
      result,
      'Latency over time, p99',
      'ms',
      ({ slices }) => slices?.map(({ atMs, p99Ms }) => [atMs, p99Ms]),
      true,
    ),
    overTime(result, 'Answers a second over time', 'answers/s', ({ slices }) =>
      slices?.map(({ atMs, granted, refused }) => [atMs, (granted + refused) * SLICES_A_SECOND]),
    ),
    overTime(result, 'Coupons without their row (backlog) over time', 'coupons', ({ backlog }) =>
      backlog?.map(({ atMs, rows }) => [atMs, rows]),
    ),
  ].filter((plan) => plan !== null);
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] as string;
}

function bars(
  title: string,
  labels: readonly string[],
  datasets: readonly object[],
  unit: string,
  stacked: boolean,
): ChartPlan {
  return {
    title,
    config: {
      type: 'bar',
      data: { labels, datasets },
      options: {
        animation: false,
        indexAxis: 'y',
        maintainAspectRatio: false,
        scales: { x: { stacked, beginAtZero: true, title: { display: true, text: unit } }, y: { stacked } },
        plugins: { legend: { display: datasets.length > 1, position: 'bottom' } },
      },
    },
  };
}

function rateBars({ variants }: ScenarioResult): ChartPlan | null {
  const figure = ['requestsPerSecond', 'rowsPerSecond', 'decisionsPerSecond'].find((name) =>
    variants.some(({ figures }) => figures[name]),
  );
  if (figure === undefined) return null;
  const shown = variants.filter(({ figures }) => figures[figure]);
  const data = shown.map(({ figures }) => Math.round(figures[figure]?.median ?? 0));
  return bars(
    'Rate, median',
    shown.map(({ name }) => name),
    [{ data, backgroundColor: shown.map((_, index) => colour(index)) }],
    'a second',
    false,
  );
}

function cpuBars({ variants }: ScenarioResult): ChartPlan | null {
  const shown = variants.filter(({ figures }) => ROLES.some(([name]) => figures[name]));
  if (shown.length === 0) return null;
  const datasets = ROLES.filter(([name]) => shown.some(({ figures }) => (figures[name]?.median ?? 0) > 0)).map(
    ([name, label, backgroundColor]) => ({
      label,
      backgroundColor,
      data: shown.map(({ figures }) => figures[name]?.median ?? 0),
    }),
  );
  return bars(
    'CPU of each process while the load ran, median',
    shown.map(({ name }) => name),
    datasets,
    'microseconds a request or row',
    true,
  );
}

function percentileLines({ variants }: ScenarioResult): ChartPlan | null {
  const datasets = variants.flatMap((variant, index) =>
    (['granted', 'refused'] as const).flatMap((kind) => {
      if (!variant.figures[`${kind}P50Ms`]) return [];
      const data = PERCENTILES.map((name) => variant.figures[`${kind}${name}`]?.median ?? null);
      const dashed = kind === 'refused' ? { borderDash: [6, 4] } : {};
      return [
        {
          label: `${variant.name}, ${kind}`,
          data,
          borderColor: colour(index),
          backgroundColor: colour(index),
          ...dashed,
        },
      ];
    }),
  );
  if (datasets.length === 0) return null;
  return {
    title: 'Latency by percentile, median of the runs',
    config: {
      type: 'line',
      data: { labels: ['p50', 'p90', 'p99', 'p99.9', 'max'], datasets },
      options: {
        animation: false,
        maintainAspectRatio: false,
        scales: { y: { type: 'logarithmic', title: { display: true, text: 'ms' } } },
        plugins: { legend: { position: 'bottom' } },
      },
    },
  };
}

type Points = readonly (readonly number[])[] | undefined;

/** Of the last run of each variant. */
function overTime(
  { variants }: ScenarioResult,
  title: string,
  unit: string,
  read: (measurement: Measurement) => Points,
  logarithmic = false,
): ChartPlan | null {
  const datasets = variants.flatMap((variant: VariantResult, index) => {
    const points = variant.measurements.at(-1) ? read(variant.measurements.at(-1) as Measurement) : undefined;
    // A burst is over within one slice: there is no line to draw.
    if (!points || points.length < 3) return [];
    const data = points.map(([atMs, value]) => ({ x: (atMs as number) / 1000, y: value }));
    return [
      {
        label: variant.name,
        data,
        borderColor: colour(index),
        backgroundColor: colour(index),
        pointRadius: 0,
        borderWidth: 1.5,
      },
    ];
  });
  if (datasets.length === 0) return null;
  return {
    title: `${title}, last run`,
    config: {
      type: 'line',
      data: { datasets },
      options: {
        animation: false,
        maintainAspectRatio: false,
        scales: {
          x: { type: 'linear', title: { display: true, text: 'seconds' } },
          y: {
            type: logarithmic ? 'logarithmic' : 'linear',
            ...(logarithmic ? {} : { beginAtZero: true }),
            title: { display: true, text: unit },
          },
        },
        plugins: { legend: { position: 'bottom' } },
      },
    },
  };
}
