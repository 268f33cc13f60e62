import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import type { Scenario } from '../measure/run.ts';
import { runIssue, saturatedRate } from '../measure/steady-run.ts';

const SHARES = [0.2, 0.4, 0.6, 0.8, 0.9, 1, 1.1];
/** Waiting requests need a connection each: 2,000 hold what 50 ms bring at 40,000 a second. */
const CONNECTIONS = 2000;
const ROUND_TO = 100;

export async function openKnee({ options, generators, stage, say }: Context): Promise<Scenario> {
  const rate = await saturatedRate(stage, generators, options.connections);
  const saturated = Math.round(rate / ROUND_TO) * ROUND_TO;
  say(`knee: saturated at ${saturated} a second`);
  const nameOf = (share: number) => `${Math.round(share * 100)} %`;
  return {
    name: 'knee',
    title: `open loop at shares of ${saturated.toLocaleString('en-US')} a second, the closed loop's rate just before`,
    conditions:
      `${CONNECTIONS} connections at most, ${options.seconds} s a ` +
      `rate, ${options.workers} HTTP worker(s), appendfsync always`,
    baseline: nameOf(SHARES[0] as number),
    compared: 'grantedP99Ms',
    figures: columns(
      ['offeredPerSecond', 'offered/s', 0],
      'grantedPerSecond',
      'grantedP50Ms',
      'grantedP99Ms',
      ['grantedP999Ms', '201 p99.9 ms', 1],
      'serverMicros',
      'wholeMicros',
      ['allRowsAfterMs', 'all rows after ms', 0],
      'unavailable',
      'failed',
      ['latestSendMs', 'sent late ms', 1],
    ),
    variants: SHARES.map((share) => ({
      name: nameOf(share),
      measure: async () => {
        const ratePerSecond = Math.round(saturated * share);
        const run = await runIssue(stage, generators, {
          kind: 'open',
          connections: CONNECTIONS,
          seconds: options.seconds,
          ratePerSecond,
        });
        const { measurement } = run;
        return {
          ...measurement,
          figures: { ...measurement.figures, offeredPerSecond: ratePerSecond, latestSendMs: run.load.latestSendMs },
        };
      },
    })),
    close: async () => {},
  };
}
