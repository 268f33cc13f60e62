// Thousands of fresh connections in the same moment: none may be refused, and the stock stays exact.
import { settings } from '../../src/settings.ts';
import { startBaseline } from '../baselines/baseline-process.ts';
import type { Context } from '../measure/context.ts';
import { columns, measurementOf } from '../measure/figures.ts';
import { listenOverflows } from '../measure/machine.ts';
import { CpuMeter } from '../measure/processes.ts';
import type { Scenario } from '../measure/run.ts';
import { Releases } from '../measure/stage.ts';
import { PATIENCE_SECONDS, rush } from './spike.ts';

const LISTEN_QUEUES = settings.listenQueues.fallback;
const SIZES = [2000, 5000, 10_000, 15_000];
const COMPARED_SIZE = 10_000;
const BARE = 'bare uWS, 10,000';

export async function openConnectionStorm(context: Context): Promise<Scenario> {
  const { options, generators, stage } = context;
  const releases = new Releases();
  const bare = await startBaseline(releases, 'bare-uws', options.workers);
  return {
    name: 'connection-storm',
    title: 'fresh connections at once, each asks for one coupon; half of them get one',
    conditions:
      `${options.workers} HTTP worker(s), ${LISTEN_QUEUES} ` +
      'listen queues of 512 connections each, appendfsync always',
    baseline: BARE,
    compared: 'lastAnswerMs',
    figures: columns(
      ['lastAnswerMs', 'last answer ms', 0],
      'connectsWithinMs',
      'listenOverflows',
      'requestsPerSecond',
      'grantedP99Ms',
      'refusedP99Ms',
      'httpMicros',
      'unavailable',
      'failed',
      ['exact', 'exact', 0],
      'generatorCores',
    ),
    variants: [
      {
        name: BARE,
        measure: async () => {
          const cpu = new CpuMeter({ http: bare.pids });
          const overflowsBefore = listenOverflows();
          const result = await generators.run({
            port: bare.port,
            load: { kind: 'burst', users: COMPARED_SIZE, timeoutSeconds: PATIENCE_SECONDS },
            couponIds: [1],
          });
          return measurementOf(result, cpu.read(), {
            lastAnswerMs: result.elapsedMs,
            connectsWithinMs: result.connectsWithinMs,
            listenOverflows: listenOverflows() - overflowsBefore,
          });
        },
      },
      ...SIZES.map((users) => ({
        name: `couponrush, ${users.toLocaleString('en-US')}`,
        measure: () => rush(context, stage, { users, stock: users / 2 }),
      })),
    ],
    close: () => releases.close(),
  };
}
