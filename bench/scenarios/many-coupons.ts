// One worker, many coupons at once: what does it cost, and does each get its share?
import type { Load } from '../generator/messages.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import type { Scenario } from '../measure/run.ts';
import { runIssue } from '../measure/steady-run.ts';

/** A multiple of each number of coupons, so that each is asked for by as many connections. */
const CONNECTIONS = 300;
const COUPONS = [1, 10, 100];

export async function openManyCoupons({ options, generators, stage }: Context): Promise<Scenario> {
  const load: Load = { kind: 'closed', connections: CONNECTIONS, seconds: options.seconds };
  await runIssue(stage, generators, { ...load, seconds: 1 }, { coupons: 10 });
  return {
    name: 'many-coupons',
    title: 'coupons issued at the same time; fairness: the least issued against the most issued one',
    conditions:
      `${CONNECTIONS} kept connections, the same number for each coupon, ` +
      `${options.seconds} s a run, ${options.workers} HTTP worker(s), appendfsync always`,
    baseline: '1 coupon(s)',
    compared: 'serverMicros',
    figures: columns(
      'requestsPerSecond',
      'grantedP50Ms',
      'grantedP99Ms',
      'httpMicros',
      'redisMicros',
      'serverMicros',
      'wholeMicros',
      ['fairness', 'fairness', 2],
      'failed',
    ),
    variants: COUPONS.map((coupons) => ({
      name: `${coupons} coupon(s)`,
      measure: async () => (await runIssue(stage, generators, load, { coupons })).measurement,
    })),
    close: async () => {},
  };
}
