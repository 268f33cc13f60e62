// An event while Redis rewrites its append-only file: with a million holders to write, next to the same load without.
import { waitFor } from '../../test/support/wait.ts';
import type { Load } from '../generator/messages.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import type { Measurement, Scenario } from '../measure/run.ts';
import { Releases, Stage } from '../measure/stage.ts';
import { runIssue, saturatedRate } from '../measure/steady-run.ts';

const SHARES = [0.5, 0.8];
const CONNECTIONS = 2000;
const HOLDERS = 1_000_000;
const QUICK_HOLDERS = 100_000;
const FILL_BATCH = 10_000;
const FIRST_HOLDER = 1_000_000_000;
const REWRITTEN_WITHIN_MS = 60_000;

export async function openRewrite({ options, generators, say }: Context): Promise<Scenario> {
  const releases = new Releases();
  const holders = options.quick ? QUICK_HOLDERS : HOLDERS;
  // No rewrite but ours.
  const stage = await Stage.open(releases, {
    workers: options.workers,
    redis: { 'auto-aof-rewrite-percentage': '0' },
  });
  await fill(stage, holders);
  const saturated = Math.round(await saturatedRate(stage, generators, options.connections));
  say(`rewrite: saturated at ${saturated} a second`);

  const loadOf = (share: number): Load => ({
    kind: 'open',
    connections: CONNECTIONS,
    seconds: options.seconds,
    ratePerSecond: Math.round(saturated * share),
  });
  async function measureRewriting(share: number): Promise<Measurement> {
    let rewriting: Promise<number> | null = null;
    const { measurement } = await runIssue(stage, generators, loadOf(share), {
      onLoad: () => {
        rewriting = rewrite(stage);
        // It is awaited after the load; a failure before that must not end the process.
        rewriting.catch(() => {});
      },
    });
    return { ...measurement, figures: { ...measurement.figures, rewriteMs: (await rewriting) ?? Number.NaN } };
  }
  const percent = (share: number) => `${Math.round(share * 100)} % of saturation`;
  return {
    name: 'rewrite',
    title: 'an event while Redis rewrites its append-only file',
    conditions:
      `open loop, ${CONNECTIONS} connections at most, ${options.seconds} s a run, saturation ` +
      `${saturated.toLocaleString('en-US')}/s; the rewrite begins with the load and writes ` +
      `${holders.toLocaleString('en-US')} holders; ${options.workers} HTTP worker(s), appendfsync always`,
    baseline: percent(SHARES[0] as number),
    compared: 'grantedP99Ms',
    figures: columns(
      'grantedPerSecond',
      'grantedP50Ms',
      'grantedP99Ms',
      ['grantedMaxMs', '201 slowest ms', 1],
      ['rewriteMs', 'rewrite took ms', 0],
      'redisMicros',
      ['allRowsAfterMs', 'all rows after ms', 0],
      'unavailable',
      'failed',
    ),
    variants: SHARES.flatMap((share) => [
      { name: percent(share), measure: async () => (await runIssue(stage, generators, loadOf(share))).measurement },
      { name: `${percent(share)}, with a rewrite`, measure: () => measureRewriting(share) },
    ]),
    close: () => releases.close(),
  };
}

/** As many members as a coupon with so many holders has, in a key that couponrush doesn't look at. */
async function fill({ redis }: Stage, holders: number): Promise<void> {
  for (let from = 0; from < holders; from += FILL_BATCH) {
    const users = Array.from({ length: FILL_BATCH }, (_, index) => FIRST_HOLDER + from + index);
    await redis.sadd('bench:holders', ...users);
  }
}

/** @returns how long it took, milliseconds */
async function rewrite({ redis }: Stage): Promise<number> {
  const startMs = performance.now();
  await redis.bgrewriteaof();
  await waitFor(
    'Redis has rewritten its append-only file',
    async () => {
      const info = await redis.info('persistence');
      return info.includes('aof_rewrite_in_progress:0') && info.includes('aof_rewrite_scheduled:0');
    },
    { withinMs: REWRITTEN_WITHIN_MS, everyMs: 20 },
  );
  return performance.now() - startMs;
}
