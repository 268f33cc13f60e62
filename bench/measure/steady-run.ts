// One measurement under a steady load, until the last row is written.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Load } from '../generator/messages.ts';
import type { Ask } from '../generator/request.ts';
import { measurementOf } from './figures.ts';
import type { Generators, LoadResult } from './generators.ts';
import { type Cast, CpuMeter, rssMbOf } from './processes.ts';
import type { Measurement } from './run.ts';
import type { Stage } from './stage.ts';

/** Far more than any run issues. */
const PLENTY = 500_000_000;
const LOOK_EVERY_MS = 250;

export interface SteadyOptions {
  readonly coupons?: number;
  readonly asksEach?: number;
  /** Added to each user's number. */
  readonly userOffset?: number;
  /** Called when connections stand and the load begins. */
  readonly onLoad?: (couponIds: readonly number[]) => void;
}

export interface SteadyResult {
  readonly load: LoadResult;
  readonly couponIds: readonly number[];
  readonly measurement: Measurement;
}

/**
 * Coupons of their own, the load, then the drain. `…Micros` of HTTP and Redis end with the load, those of persister and
 * MySQL with the last row, as `whole…` does: all processes together, for each coupon.
 * @throws if a granted coupon has no row, or a row no grant
 */
export async function runIssue(
  stage: Stage,
  generators: Generators,
  load: Load,
  { coupons = 1, asksEach = 1, userOffset = 0, onLoad }: SteadyOptions = {},
): Promise<SteadyResult> {
  const couponIds: number[] = [];
  for (let each = 0; each < coupons; each++) couponIds.push(await stage.newCoupon(PLENTY));
  const cast = stage.cast();
  let cpu = new CpuMeter(cast);
  let watch: BacklogWatch | null = null;
  const result = await generators.run({ port: stage.app.port, load, couponIds, asksEach, userOffset }, () => {
    cpu = new CpuMeter(cast);
    watch = backlogOf(stage, couponIds[0] as number);
    onLoad?.(couponIds);
  });
  const atLastAnswer = cpu.read();
  const httpRssMb = Math.max(...(cast.http ?? []).map(rssMbOf));
  const lastAnswerMs = performance.now();
  const rowsAtLastAnswer = await stage.writtenRows(couponIds);
  await stage.written(couponIds, result.granted);
  const allRowsAfterMs = performance.now() - lastAnswerMs;
  await stage.drained(couponIds);
  const backlog = (await (watch as BacklogWatch | null)?.stop()) ?? [];
  const atLastRow = cpu.read();
  const whole = Object.values(atLastRow).reduce((sum, micros) => sum + micros, 0);
  const rows = await stage.countRows(couponIds);
  if (rows !== result.granted) throw new Error(`${result.granted} coupons were granted, ${rows} rows are there`);
  const { persister = 0, mysql = 0 } = atLastRow;
  const measurement = measurementOf(
    result,
    { ...atLastAnswer, persister, mysql },
    {
      rowsAtLastAnswerPercent: (100 * rowsAtLastAnswer) / Math.max(1, result.granted),
      wholeMicros: whole / Math.max(1, result.granted),
      httpRssMb,
      fairness: Math.min(...result.grantedByCoupon) / Math.max(1, ...result.grantedByCoupon),
      rowsAtLastAnswer,
      allRowsAfterMs,
      rowsPerSecond: rows / ((result.elapsedMs + allRowsAfterMs) / 1000),
    },
  );
  return { load: result, couponIds, measurement: { ...measurement, backlog } };
}

const PROBE_SECONDS = 2;

/** Coupons a second that a closed loop gets, once warm: what shares of an open loop are taken of. */
export async function saturatedRate(stage: Stage, generators: Generators, connections: number): Promise<number> {
  const probe: Load = { kind: 'closed', connections, seconds: PROBE_SECONDS };
  await runIssue(stage, generators, probe);
  const { load } = await runIssue(stage, generators, probe);
  return (load.granted * 1000) / load.elapsedMs;
}

type Backlog = readonly { readonly atMs: number; readonly rows: number }[];

export interface BacklogWatch {
  stop(): Promise<Backlog>;
}

/** Looks four times a second how many coupons wait for their row. */
export function backlogOf(stage: Stage, couponId: number): BacklogWatch {
  const seen: { atMs: number; rows: number }[] = [];
  const startMs = performance.now();
  const end = new AbortController();
  const watching = (async () => {
    while (!end.signal.aborted) {
      const rows = await stage.outboxRows(couponId);
      seen.push({ atMs: Math.round(performance.now() - startMs), rows });
      await sleep(LOOK_EVERY_MS, undefined, { signal: end.signal }).catch(() => {});
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

/** A server without rows: the load, and what its processes used. */
export async function runAgainst(
  generators: Generators,
  port: number,
  load: Load,
  couponIds: readonly number[],
  cast: Cast,
  order: { readonly ask?: Ask; readonly users?: number; readonly asksEach?: number; readonly userOffset?: number } = {},
): Promise<{ load: LoadResult; measurement: Measurement }> {
  let cpu = new CpuMeter(cast);
  const result = await generators.run({ port, load, couponIds, ...order }, () => {
    cpu = new CpuMeter(cast);
  });
  return { load: result, measurement: measurementOf(result, cpu.read()) };
}
