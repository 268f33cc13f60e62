// From what a load and the operating system say to the figures of a measurement. Names end with their unit.
import type { LoadResult } from './generators.ts';
import type { Figure, Measurement } from './run.ts';

/** CPU of each role for each request that counts, microseconds; `serverMicros` is HTTP and Redis together. */
export function cpuFigures(cpu: Readonly<Record<string, number>>, requests: number): Record<string, number> {
  const figures = Object.fromEntries(
    Object.entries(cpu).map(([role, micros]) => [`${role}Micros`, requests === 0 ? 0 : micros / requests]),
  );
  return { ...figures, serverMicros: (figures.httpMicros ?? 0) + (figures.redisMicros ?? 0) };
}

export function loadFigures(load: LoadResult): Record<string, number> {
  const answered = load.granted + load.refused + load.unavailable + load.unexpected;
  const perSecond = 1000 / load.elapsedMs;
  return {
    requestsPerSecond: answered * perSecond,
    grantedPerSecond: load.granted * perSecond,
    granted: load.granted,
    refused: load.refused,
    unavailable: load.unavailable,
    failed: load.failed + load.unexpected,
    ...(load.granted > 0 ? latencies('granted', load.latency.granted) : {}),
    ...(load.refused > 0 ? latencies('refused', load.latency.refused) : {}),
    generatorCores: load.generatorCores,
    generatorMicros: answered === 0 ? 0 : load.generatorMicros / answered,
  };
}

function latencies(
  name: string,
  { p50, p90, p99, p999, max }: LoadResult['latency']['granted'],
): Record<string, number> {
  return {
    [`${name}P50Ms`]: p50,
    [`${name}P90Ms`]: p90,
    [`${name}P99Ms`]: p99,
    [`${name}P999Ms`]: p999,
    [`${name}MaxMs`]: max,
  };
}

export function measurementOf(
  load: LoadResult,
  cpu: Readonly<Record<string, number>>,
  more: Readonly<Record<string, number>> = {},
): Measurement {
  const answered = load.granted + load.refused;
  return { figures: { ...loadFigures(load), ...cpuFigures(cpu, answered), ...more }, slices: load.slices };
}

const titles: Readonly<Record<string, readonly [title: string, digits: number]>> = {
  requestsPerSecond: ['requests/s', 0],
  grantedPerSecond: ['granted/s', 0],
  grantedP50Ms: ['201 p50 ms', 1],
  grantedP99Ms: ['201 p99 ms', 1],
  refusedP50Ms: ['4xx p50 ms', 1],
  refusedP99Ms: ['4xx p99 ms', 1],
  httpMicros: ['HTTP us', 2],
  redisMicros: ['Redis us', 2],
  serverMicros: ['HTTP+Redis us', 2],
  persisterMicros: ['persister us', 2],
  mysqlMicros: ['MySQL us', 2],
  wholeMicros: ['whole path us', 2],
  othersMicros: ['primary+admin us', 2],
  rowsAtLastAnswerPercent: ['rows at the last answer %', 1],
  allRowsAfterMs: ['all rows after ms', 0],
  generatorMicros: ['generator us', 2],
  generatorCores: ['generator busy', 2],
  httpRssMb: ['HTTP MB', 0],
  failed: ['failed', 0],
  unavailable: ['503/504', 0],
  connectsWithinMs: ['connects within ms', 0],
  listenOverflows: ['listen overflows', 0],
};

/** Columns by name; unknown ones come as `[name, title, digits]`. */
export function columns(...names: (string | readonly [string, string, number])[]): Figure[] {
  return names.map((each) => {
    if (typeof each !== 'string') return { name: each[0], title: each[1], digits: each[2] };
    const [title, digits] = titles[each] ?? [each, 1];
    return { name: each, title, digits };
  });
}
