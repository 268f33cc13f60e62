// From a full outbox to the last row, against a bare loop of inserts on the same server.
import { Loop } from '../baselines/baseline-process.ts';
import type { InsertLoopOrder, InsertLoopResult } from '../baselines/insert-loop.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import { CpuMeter } from '../measure/processes.ts';
import type { Measurement, Scenario } from '../measure/run.ts';
import { Releases, type Stage } from '../measure/stage.ts';
import { backlogOf } from '../measure/steady-run.ts';

const STOCK = 500_000_000;
const ROWS_A_STATEMENT = 1000;
/** As many as the persister has insert threads. */
const CONNECTIONS = 2;
/** MySQL stands still for so long: far below the persister's 10 s for one statement. */
const FILL_SECONDS = 4;

/** The bare loop: a row in MySQL, for its client and the server, with nothing before it. */
export async function runInsertLoop(
  stage: Stage,
  loop: Loop<InsertLoopOrder, InsertLoopResult>,
  rows: number,
): Promise<Measurement> {
  const couponId = await stage.newDraft(STOCK);
  const cpu = new CpuMeter({ client: [loop.pid], mysql: stage.cast().mysql ?? [] });
  const { elapsedMs } = await loop.run({
    mysqlUrl: stage.mysqlUrl,
    couponId,
    rows,
    rowsAStatement: ROWS_A_STATEMENT,
    connections: CONNECTIONS,
  });
  const { client = 0, mysql = 0 } = cpu.read();
  return {
    figures: {
      rows,
      rowsPerSecond: (rows * 1000) / elapsedMs,
      persisterMicros: client / rows,
      mysqlMicros: mysql / rows,
      wholeMicros: (client + mysql) / rows,
    },
  };
}

/** Issues while MySQL stands still, then lets it go on. */
async function runDrain({ generators, options }: Context, stage: Stage): Promise<Measurement> {
  const couponId = await stage.newCoupon(STOCK);
  stage.freezeMysql(true);
  let issued: number;
  try {
    const load = { kind: 'closed', connections: options.connections, seconds: FILL_SECONDS } as const;
    issued = (await generators.run({ port: stage.app.port, load, couponIds: [couponId] })).granted;
  } finally {
    stage.freezeMysql(false);
  }
  const cpu = new CpuMeter(stage.cast());
  const startMs = performance.now();
  const watch = backlogOf(stage, couponId);
  await stage.drained([couponId]);
  const elapsedMs = performance.now() - startMs;
  const { persister = 0, mysql = 0, redis = 0 } = cpu.read();
  const backlog = await watch.stop();
  const rows = await stage.rows(couponId);
  if (rows !== issued) throw new Error(`${issued} coupons were granted, ${rows} rows are there`);
  return {
    figures: {
      rows,
      rowsPerSecond: (rows * 1000) / elapsedMs,
      persisterMicros: persister / rows,
      mysqlMicros: mysql / rows,
      redisMicros: redis / rows,
      wholeMicros: (persister + mysql + redis) / rows,
    },
    backlog,
  };
}

export async function openDrain(context: Context): Promise<Scenario> {
  const { stage } = context;
  const releases = new Releases();
  const loop = await Loop.start<InsertLoopOrder, InsertLoopResult>(releases, 'insert-loop');
  let rows = 100_000;
  await runInsertLoop(stage, loop, 20_000);
  return {
    name: 'drain',
    title: `rows from a full outbox, filled while MySQL stood still for ${FILL_SECONDS} s`,
    conditions:
      `bare loop: ${CONNECTIONS} connections, ${ROWS_A_STATEMENT} rows a statement, ` +
      'as many rows as were drained before; innodb_flush_log_at_trx_commit=1',
    baseline: 'bare insert loop',
    compared: 'rowsPerSecond',
    figures: columns(
      ['rows', 'rows', 0],
      ['rowsPerSecond', 'rows/s', 0],
      'persisterMicros',
      'mysqlMicros',
      'redisMicros',
      'wholeMicros',
    ),
    variants: [
      {
        name: 'couponrush',
        measure: async () => {
          const drained = await runDrain(context, stage);
          rows = drained.figures.rows as number;
          return drained;
        },
      },
      { name: 'bare insert loop', measure: () => runInsertLoop(stage, loop, rows) },
    ],
    close: () => releases.close(),
  };
}
