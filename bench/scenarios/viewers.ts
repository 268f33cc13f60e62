// The console in a rush: what viewers of its live stream take from those who issue, what they ask of the stores, and
// whether the admin process keeps its memory.
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_TOKEN } from '../../test/support/app.ts';
import type { Load } from '../generator/messages.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import { CpuMeter, rssMbOf } from '../measure/processes.ts';
import type { Measurement, Scenario } from '../measure/run.ts';
import type { Stage } from '../measure/stage.ts';
import { runIssue } from '../measure/steady-run.ts';
import { askedDuring } from '../measure/store-commands.ts';
import { Viewers } from '../measure/viewers.ts';

const MANY = 50;
const WARM_UP_SECONDS = 6;
/** The load of a rush whose commands Redis can report one by one (MONITOR). */
const SLOW_RATE_PER_SECOND = 200;
const SLOW_CONNECTIONS = 50;
const MEMORY_LOOK_EVERY_MS = 1000;
const MEMORY_SECONDS_MIN = 20;

const nameOf = (count: number) => (count === 0 ? 'no viewer' : count === 1 ? '1 viewer' : `${count} viewers`);

async function withViewers<T>(stage: Stage, count: number, work: (viewers: Viewers) => Promise<T>): Promise<T> {
  const viewers = await Viewers.open({ adminUrl: stage.app.adminUrl, token: ADMIN_TOKEN, count });
  try {
    return await work(viewers);
  } finally {
    viewers.close();
  }
}

/** At saturation: the same CPU is a rate that is lower by the same part. */
export async function openViewers({ options, generators, stage }: Context): Promise<Scenario> {
  const load: Load = { kind: 'closed', connections: options.connections, seconds: options.seconds };
  const adminPids = stage.app.pids('admin');
  const measure = (count: number): Promise<Measurement> =>
    withViewers(stage, count, async (viewers) => {
      let cpu = new CpuMeter({ admin: adminPids });
      let startedMs = performance.now();
      const onLoad = () => {
        cpu = new CpuMeter({ admin: adminPids });
        startedMs = performance.now();
        void viewers.saw();
      };
      const { measurement } = await runIssue(stage, generators, load, { onLoad });
      const seconds = (performance.now() - startedMs) / 1000;
      const { looks, bytes } = await viewers.saw();
      return {
        ...measurement,
        figures: {
          ...measurement.figures,
          adminPercent: (cpu.read().admin ?? 0) / seconds / 10_000,
          adminRssMb: Math.max(...adminPids.map(rssMbOf)),
          ...(count === 0
            ? {}
            : { looksPerSecond: looks / count / seconds, kilobytesALook: bytes / Math.max(1, looks) / 1000 }),
        },
      };
    });
  await runIssue(stage, generators, { ...load, seconds: WARM_UP_SECONDS });
  return {
    name: 'viewers',
    title: 'issue at saturation while operators watch it in the console',
    conditions:
      `${options.connections} kept connections, ${options.seconds} s a run, ` +
      `${options.workers} HTTP worker(s), appendfsync always`,
    baseline: nameOf(0),
    compared: 'serverMicros',
    alsoCompared: ['grantedPerSecond'],
    figures: columns(
      'grantedPerSecond',
      'grantedP99Ms',
      'httpMicros',
      'redisMicros',
      'serverMicros',
      ['adminPercent', 'admin % of a core', 1],
      ['adminRssMb', 'admin MB', 0],
      ['looksPerSecond', 'looks/s', 1],
      ['kilobytesALook', 'kB a look', 1],
      'failed',
    ),
    variants: [0, 1, MANY].map((count) => ({ name: nameOf(count), measure: () => measure(count) })),
    close: async () => {},
  };
}

/** In a slow rush, so that all commands of the console can be told from those of the others. */
export async function openViewersCommands({ options, generators, stage }: Context): Promise<Scenario> {
  const load: Load = {
    kind: 'open',
    connections: SLOW_CONNECTIONS,
    seconds: options.seconds,
    ratePerSecond: SLOW_RATE_PER_SECOND,
  };
  const measure = (count: number): Promise<Measurement> =>
    withViewers(stage, count, async (viewers) => {
      await viewers.saw();
      const startedMs = performance.now();
      const asked = await askedDuring(stage, () => runIssue(stage, generators, load));
      const seconds = (performance.now() - startedMs) / 1000;
      const { looks } = await viewers.saw();
      return { figures: { ...asked, ...(count === 0 ? {} : { looksPerSecond: looks / count / seconds }) } };
    });
  return {
    name: 'viewers-commands',
    title: 'what the console asks of the stores while coupons are issued',
    conditions:
      `${SLOW_RATE_PER_SECOND} requests a second, ${options.seconds} s a run; commands of the admin process by Redis ` +
      'MONITOR, reading statements of all processes in MySQL',
    baseline: nameOf(1),
    compared: 'redisPerSecond',
    alsoCompared: ['mysqlSelectsPerSecond'],
    figures: columns(
      ['redisPerSecond', 'Redis commands/s of admin', 1],
      ['mysqlSelectsPerSecond', 'MySQL selects/s of all', 1],
      ['looksPerSecond', 'looks/s', 1],
    ),
    variants: [1, 0, MANY].map((count) => ({ name: nameOf(count), measure: () => measure(count) })),
    close: async () => {},
  };
}

/** As long as a measurement is to last: `--seconds 600` for ten minutes. */
export async function openViewersMemory({ options, generators, stage }: Context): Promise<Scenario> {
  const seconds = Math.max(options.seconds, MEMORY_SECONDS_MIN);
  const load: Load = { kind: 'open', connections: SLOW_CONNECTIONS, seconds, ratePerSecond: SLOW_RATE_PER_SECOND };
  return {
    name: 'viewers-memory',
    title: `memory of the admin process with ${MANY} viewers of a rush`,
    conditions:
      `${SLOW_RATE_PER_SECOND} requests a second for ${seconds} s; RSS once a second: ` +
      'medians of the first, third and last quarter, and the slope of the second half',
    baseline: nameOf(MANY),
    compared: 'lastQuarterMb',
    runs: 1,
    figures: columns(
      ['startMb', 'start MB', 1],
      ['firstQuarterMb', 'first quarter MB', 1],
      ['thirdQuarterMb', 'third quarter MB', 1],
      ['lastQuarterMb', 'last quarter MB', 1],
      ['mostMb', 'most MB', 1],
      ['slopeMbAMinute', 'MB a minute', 2],
    ),
    variants: [
      {
        name: nameOf(MANY),
        measure: () =>
          withViewers(stage, MANY, async () => {
            const memory = watchMemory(stage.app.pids('admin'));
            await runIssue(stage, generators, load);
            return { figures: memoryFigures(await memory.stop()) };
          }),
      },
    ],
    close: async () => {},
  };
}

function watchMemory(pids: readonly number[]): { stop(): Promise<number[]> } {
  const seen: number[] = [];
  const end = new AbortController();
  const watching = (async () => {
    while (!end.signal.aborted) {
      seen.push(Math.max(...pids.map(rssMbOf)));
      await sleep(MEMORY_LOOK_EVERY_MS, undefined, { signal: end.signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      end.abort();
      await watching;
      return seen;
    },
  };
}

/** @param seen megabytes, one a second */
export function memoryFigures(seen: readonly number[]): Record<string, number> {
  const quarter = (n: number) =>
    medianOf(seen.slice(Math.floor((seen.length * n) / 4), Math.max(1, Math.floor((seen.length * (n + 1)) / 4))));
  return {
    startMb: seen[0] ?? Number.NaN,
    firstQuarterMb: quarter(0),
    thirdQuarterMb: quarter(2),
    lastQuarterMb: quarter(3),
    mostMb: Math.max(...seen),
    slopeMbAMinute: slopeOf(seen.slice(Math.floor(seen.length / 2))) * (60_000 / MEMORY_LOOK_EVERY_MS),
  };
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The median of the slopes between each two samples half a series apart: a collection of garbage does not bend it. */
function slopeOf(values: readonly number[]): number {
  const apart = Math.floor(values.length / 2);
  if (apart === 0) return 0;
  return medianOf(values.slice(apart).map((value, index) => (value - (values[index] as number)) / apart));
}
