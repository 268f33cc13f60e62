// How the cost of a decision grows with the number of holders, and what a holder takes in memory.
import { couponKeys } from '../../src/redis/keys.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import type { Scenario } from '../measure/run.ts';
import { Releases } from '../measure/stage.ts';
import { decisionColumns, ScriptBench } from './script.ts';

export async function openGrowth({ options, say }: Context): Promise<Scenario> {
  const releases = new Releases();
  const bench = await ScriptBench.open(releases, { appendonly: 'no' });
  const sizes = options.quick ? [1000, 10_000, 100_000] : [1000, 10_000, 100_000, 1_000_000];
  const filled = new Map<number, { couponId: number; bytesEach: number }>();
  for (const holders of sizes) {
    say(`growth: ${holders.toLocaleString('en-US')} holders ...`);
    const couponId = await bench.newCoupon();
    await bench.fill(couponId, holders);
    // SAMPLES 0: every member is looked at.
    const bytes = await bench.redis.memory('USAGE', couponKeys(couponId).holders, 'SAMPLES', 0);
    filled.set(holders, { couponId, bytesEach: Number(bytes) / holders });
  }
  const decisions = options.quick ? 30_000 : 300_000;
  const nameOf = (holders: number) => `${holders.toLocaleString('en-US')} holders`;
  return {
    name: 'growth',
    title: 'what a decision costs with so many holders',
    conditions: `batches of 100, ${decisions.toLocaleString('en-US')} decisions a run; they are removed again after it; no append-only file`,
    baseline: nameOf(sizes[0] as number),
    compared: 'redisMicros',
    figures: [...decisionColumns(), ...columns(['bytesEach', 'bytes a holder', 0])],
    variants: sizes.map((holders) => ({
      name: nameOf(holders),
      measure: async () => {
        const { couponId, bytesEach } = filled.get(holders) as { couponId: number; bytesEach: number };
        const { figures } = await bench.decide(couponId, decisions, 100);
        await bench.takeBack(couponId, decisions);
        return { figures: { ...figures, bytesEach } };
      },
    })),
    close: () => releases.close(),
  };
}
