// A coupon from the request to its row, against the sum of its parts measured bare: uWebSockets.js alone, the decision
// script alone, the insert loop alone. The load stays below saturation, as an event's does.
import { Loop, startBaseline } from '../baselines/baseline-process.ts';
import type { InsertLoopOrder, InsertLoopResult } from '../baselines/insert-loop.ts';
import type { Load } from '../generator/messages.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import type { Measurement, Scenario } from '../measure/run.ts';
import { Releases } from '../measure/stage.ts';
import { runAgainst, runIssue, saturatedRate } from '../measure/steady-run.ts';
import { runInsertLoop } from './drain.ts';
import { ScriptBench } from './script.ts';

const SATURATED_SHARE = 0.8;
/** About what a worker's batches hold under this load. */
const USERS_A_BATCH = 100;
const ROWS = 100_000;
const OPEN_CONNECTIONS = 2000;

export async function openWholePath({ options, generators, stage, say }: Context): Promise<Scenario> {
  const releases = new Releases();
  const bare = await startBaseline(releases, 'bare-uws', options.workers);
  const script = await ScriptBench.open(releases);
  const loop = await Loop.start<InsertLoopOrder, InsertLoopResult>(releases, 'insert-loop');
  const closed: Load = { kind: 'closed', connections: options.connections, seconds: options.seconds };
  const ratePerSecond = Math.round(SATURATED_SHARE * (await saturatedRate(stage, generators, options.connections)));
  say(`whole-path: ${ratePerSecond} a second are ${SATURATED_SHARE * 100} % of saturation`);

  async function measureParts(): Promise<Measurement> {
    const http = (await runAgainst(generators, bare.port, closed, [1], { http: bare.pids })).measurement.figures;
    const couponId = await script.newCoupon();
    const decision = (await script.decide(couponId, ROWS, USERS_A_BATCH)).figures;
    await script.forget(couponId);
    const row = (await runInsertLoop(stage, loop, ROWS)).figures;
    const httpMicros = http.httpMicros as number;
    const redisMicros = decision.redisMicros as number;
    return {
      figures: {
        httpMicros,
        redisMicros,
        persisterMicros: row.persisterMicros as number,
        mysqlMicros: row.mysqlMicros as number,
        wholeMicros: httpMicros + redisMicros + (row.wholeMicros as number),
      },
    };
  }
  return {
    name: 'whole-path',
    title: 'CPU of a coupon from the request to its row, all processes, against the sum of its bare parts',
    conditions:
      `closed loop at saturation with ${options.connections} connections, and open loop at ` +
      `${ratePerSecond.toLocaleString('en-US')}/s; ${options.seconds} ` +
      `s a run, ${options.workers} HTTP worker(s), appendfsync always`,
    baseline: 'sum of bare parts',
    compared: 'wholeMicros',
    figures: columns(
      'grantedPerSecond',
      'grantedP99Ms',
      'httpMicros',
      'redisMicros',
      'persisterMicros',
      'mysqlMicros',
      'wholeMicros',
      'allRowsAfterMs',
      'failed',
    ),
    variants: [
      { name: 'sum of bare parts', measure: measureParts },
      { name: 'saturated', measure: async () => (await runIssue(stage, generators, closed)).measurement },
      {
        name: `${SATURATED_SHARE * 100} % of it`,
        measure: async () => {
          const open: Load = { kind: 'open', connections: OPEN_CONNECTIONS, seconds: options.seconds, ratePerSecond };
          return (await runIssue(stage, generators, open)).measurement;
        },
      },
    ],
    close: () => releases.close(),
  };
}
