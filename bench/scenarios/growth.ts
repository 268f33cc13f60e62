// How the cost of a decision grows with the number of holders, and what a holder takes in memory.
import { freemem } from 'node:os';
import { couponKeys } from '../../src/redis/keys.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import type { Measurement, Scenario } from '../measure/run.ts';
import { Releases } from '../measure/stage.ts';
import { decisionColumns, ScriptBench } from './script.ts';

const SIZES = [1000, 10_000, 100_000, 1_000_000];
const QUICK_SIZES = SIZES.slice(0, 3);
const LARGEST = 10_000_000;
/** What the largest set, its outbox and their servers take, with room to spare. */
const LARGEST_TAKES_BYTES = 4 * 2 ** 30;
/** Decided before they are removed again: no set grows by more. */
const PORTION = 10_000;
const USERS_A_BATCH = 100;

export async function openGrowth({ options, say }: Context): Promise<Scenario> {
  const releases = new Releases();
  const bench = await ScriptBench.open(releases, { appendonly: 'no' });
  const sizes = options.quick ? QUICK_SIZES : [...SIZES, ...(freemem() > LARGEST_TAKES_BYTES ? [LARGEST] : [])];
  const filled = new Map<number, { couponId: number; bytesEach: number }>();
  for (const holders of sizes) {
    say(`growth: ${holders.toLocaleString('en-US')} holders ...`);
    const couponId = await bench.newCoupon();
    await bench.fill(couponId, holders);
    // SAMPLES 0: every member is inspected.
    const bytes = await bench.redis.memory('USAGE', couponKeys(couponId).holders, 'SAMPLES', 0);
    filled.set(holders, { couponId, bytesEach: Number(bytes) / holders });
  }
  const decisions = options.quick ? 30_000 : 300_000;

  async function decideInPortions(couponId: number): Promise<Record<string, number>> {
    const portions: Measurement[] = [];
    for (let decided = 0; decided < decisions; decided += PORTION) {
      portions.push(await bench.decide(couponId, PORTION, USERS_A_BATCH));
      await bench.takeBack(couponId, PORTION);
    }
    return meanOf(portions);
  }
  const nameOf = (holders: number) => `${holders.toLocaleString('en-US')} holders`;
  return {
    name: 'growth',
    title: 'what a decision costs with so many holders',
    conditions:
      `batches of ${USERS_A_BATCH}, ${decisions.toLocaleString('en-US')} decisions a run, ` +
      `removed again after each ${PORTION.toLocaleString('en-US')}; no append-only file`,
    baseline: nameOf(sizes[0] as number),
    compared: 'redisMicros',
    figures: [...decisionColumns(), ...columns(['bytesEach', 'bytes a holder', 0])],
    variants: sizes.map((holders) => ({
      name: nameOf(holders),
      measure: async () => {
        const { couponId, bytesEach } = filled.get(holders) as { couponId: number; bytesEach: number };
        return { figures: { ...(await decideInPortions(couponId)), bytesEach } };
      },
    })),
    close: () => releases.close(),
  };
}

/** Of portions of the same size: rates by their times, everything else as it is. */
function meanOf(portions: readonly Measurement[]): Record<string, number> {
  const names = Object.keys(portions[0]?.figures ?? {});
  const mean = (of: (figure: number) => number, name: string) =>
    portions.reduce((sum, { figures }) => sum + of(figures[name] as number), 0) / portions.length;
  return Object.fromEntries(
    names.map((name) => [
      name,
      name.endsWith('PerSecond') ? 1 / mean((rate) => 1 / rate, name) : mean((figure) => figure, name),
    ]),
  );
}
