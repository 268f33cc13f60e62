// Quiet hours: what a coupon costs when few are asked for, and what a server costs when none is.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Load } from '../generator/messages.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import { CpuMeter } from '../measure/processes.ts';
import type { Measurement, Scenario } from '../measure/run.ts';
import { Releases, Stage } from '../measure/stage.ts';
import { runIssue } from '../measure/steady-run.ts';

const CONNECTIONS = 200;
const RATES = [100, 1000];
/** CPU time is counted in steps of 10 ms: a shorter run at a low rate would be a few of them. */
const SECONDS_MIN = 5;
/** What a start leaves to do, and the connections of the load before. */
const REST_MS = 3000;

/** Percent of a core, each role and all together. */
async function measureIdle(stage: Stage, seconds: number): Promise<Measurement> {
  await sleep(REST_MS);
  const cpu = new CpuMeter(stage.cast());
  const startMs = performance.now();
  await sleep(seconds * 1000);
  const elapsedMs = performance.now() - startMs;
  const percents = Object.entries(cpu.read()).map(([role, micros]) => [role, micros / (10 * elapsedMs)] as const);
  return {
    figures: {
      ...Object.fromEntries(percents.map(([role, percent]) => [`${role}IdlePercent`, percent])),
      idlePercent: percents.reduce((sum, [, percent]) => sum + percent, 0),
    },
  };
}

export async function openQuiet({ options, generators }: Context): Promise<Scenario> {
  const releases = new Releases();
  // Its own servers: coupons that other scenarios have left are looked at as well.
  const stage = await Stage.open(releases, { workers: options.workers });
  const seconds = Math.max(SECONDS_MIN, options.seconds);
  const loadOf = (ratePerSecond: number, forSeconds = seconds): Load => ({
    kind: 'open',
    connections: CONNECTIONS,
    seconds: forSeconds,
    ratePerSecond,
  });
  await runIssue(stage, generators, loadOf(1000, 2));
  const percent = (role: string) => [`${role}IdlePercent`, `${role} idle %`, 2] as const;
  return {
    name: 'quiet',
    title: 'CPU of a coupon at low rates, and of an idle server in percent of a core',
    conditions:
      `open loop over ${CONNECTIONS} kept connections, ${seconds} s a run, ` +
      `${options.workers} HTTP worker(s), appendfsync always`,
    baseline: '1000/s',
    compared: 'wholeMicros',
    figures: columns(
      'grantedP50Ms',
      'grantedP99Ms',
      'httpMicros',
      'redisMicros',
      'persisterMicros',
      'mysqlMicros',
      'othersMicros',
      'wholeMicros',
      'allRowsAfterMs',
      ...['http', 'redis', 'persister', 'mysql', 'others'].map(percent),
      ['idlePercent', 'idle %', 2],
      'failed',
    ),
    variants: [
      { name: 'idle', measure: () => measureIdle(stage, seconds) },
      ...RATES.map((ratePerSecond) => ({
        name: `${ratePerSecond}/s`,
        measure: async () => (await runIssue(stage, generators, loadOf(ratePerSecond))).measurement,
      })),
    ],
    close: () => releases.close(),
  };
}
