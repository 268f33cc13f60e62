// The reference spike: 2,000 users at once, a fresh connection each, 1,000 coupons.

import { setTimeout as sleep } from 'node:timers/promises';
import { couponKeys } from '../../src/redis/keys.ts';
import { startBaseline } from '../baselines/baseline-process.ts';
import type { Load } from '../generator/messages.ts';
import { USER_PREFIX } from '../generator/request.ts';
import type { Context } from '../measure/context.ts';
import { columns, measurementOf } from '../measure/figures.ts';
import { listenOverflows } from '../measure/machine.ts';
import { CpuMeter } from '../measure/processes.ts';
import type { Measurement, Scenario } from '../measure/run.ts';
import { Releases, type Stage } from '../measure/stage.ts';

const USERS = 2000;
const STOCK = 1000;
export const PATIENCE_SECONDS = 30;
const ROWS_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 5;

/** One rush on a new coupon. `exact`: holders, rows and 201s are the same users, as many as the stock. */
export async function rush(
  { generators }: Pick<Context, 'generators'>,
  stage: Stage,
  { users, stock, asksEach = 1 }: { users: number; stock: number; asksEach?: number },
): Promise<Measurement> {
  const couponId = await stage.newCoupon(stock);
  const cpu = new CpuMeter(stage.cast());
  const overflowsBefore = listenOverflows();
  const load: Load = { kind: 'burst', users, timeoutSeconds: PATIENCE_SECONDS };
  const result = await generators.run({
    port: stage.app.port,
    load,
    couponIds: [couponId],
    asksEach,
    keepAnswers: true,
  });
  const lastAnswerMs = performance.now();
  const used = cpu.read();
  const rowsAtLastAnswer = await stage.rows(couponId);
  let rows = rowsAtLastAnswer;
  while (rows < result.granted && performance.now() - lastAnswerMs < ROWS_WITHIN_MS) {
    await sleep(LOOK_EVERY_MS);
    rows = await stage.rows(couponId);
  }
  const allRowsAfterMs = performance.now() - lastAnswerMs;
  // With several asks each, the map keeps a user's last answer only: then counts are compared, and sets in the stores.
  const exact = await isExact(
    stage,
    couponId,
    Math.min(stock, users),
    result.granted,
    asksEach === 1 ? result.answers : null,
  );
  return measurementOf(result, used, {
    lastAnswerMs: result.elapsedMs,
    connectsWithinMs: result.connectsWithinMs,
    listenOverflows: listenOverflows() - overflowsBefore,
    rowsAtLastAnswer,
    allRowsAfterMs: rowsAtLastAnswer === result.granted ? 0 : allRowsAfterMs,
    exact: exact ? 1 : 0,
  });
}

/** The digits at its end: see ../generator/request.ts. */
function numberOf(user: number | string): number {
  return Number(String(user).slice(USER_PREFIX.length));
}

async function isExact(
  stage: Stage,
  couponId: number,
  expected: number,
  granted: number,
  answers: ReadonlyMap<number, number> | null,
): Promise<boolean> {
  const holders = new Set((await stage.redis.smembers(couponKeys(couponId).holders)).map(numberOf));
  const found = await stage.database.query<{ user: number | string }>(
    'SELECT user_id AS user FROM user_coupon WHERE coupon_id = ?',
    [couponId],
  );
  const rows = new Set(found.map(({ user }) => numberOf(user)));
  const agree =
    holders.size === expected &&
    rows.size === expected &&
    granted === expected &&
    [...holders].every((user) => rows.has(user));
  return agree && (answers === null || [...answers].every(([user, status]) => (status === 201) === rows.has(user)));
}

export async function openSpike(context: Context): Promise<Scenario> {
  const { options, generators, stage } = context;
  const releases = new Releases();
  const bare = await startBaseline(releases, 'bare-uws', options.workers);
  const load: Load = { kind: 'burst', users: USERS, timeoutSeconds: PATIENCE_SECONDS };
  const rushBare = async (): Promise<Measurement> => {
    const cpu = new CpuMeter({ http: bare.pids });
    const overflowsBefore = listenOverflows();
    const result = await generators.run({ port: bare.port, load, couponIds: [1] });
    return measurementOf(result, cpu.read(), {
      lastAnswerMs: result.elapsedMs,
      connectsWithinMs: result.connectsWithinMs,
      listenOverflows: listenOverflows() - overflowsBefore,
    });
  };
  await rushBare();
  await rush(context, stage, { users: USERS, stock: STOCK });
  return {
    name: 'spike',
    title: 'reference spike: 2,000 users at once, 1,000 coupons',
    conditions: `a fresh connection for each user, warm server, ${options.workers} HTTP worker(s), appendfsync always`,
    baseline: 'bare uWS',
    compared: 'lastAnswerMs',
    runs: Math.max(options.runs, options.quick ? 2 : 5),
    figures: columns(
      ['lastAnswerMs', 'last answer ms', 0],
      'connectsWithinMs',
      'listenOverflows',
      'requestsPerSecond',
      'grantedP50Ms',
      'grantedP99Ms',
      'refusedP99Ms',
      ['rowsAtLastAnswer', 'rows then', 0],
      ['allRowsAfterMs', 'all rows after ms', 0],
      ['exact', 'exact', 0],
      'generatorCores',
      'failed',
    ),
    variants: [
      { name: 'bare uWS', measure: rushBare },
      { name: 'couponrush', measure: () => rush(context, stage, { users: USERS, stock: STOCK }) },
    ],
    close: () => releases.close(),
  };
}
