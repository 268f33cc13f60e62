// One worker, many coupons at once: what does it cost, does each get its share, and when are the rows there?
import type { Load } from '../generator/messages.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import type { Scenario } from '../measure/run.ts';
import { runIssue } from '../measure/steady-run.ts';

/** A multiple of each number of coupons, so that each is asked for by as many connections; one each of a thousand. */
const CONNECTIONS = 300;
const COUPONS = [1, 10, 100, 1000];

export async function openManyCoupons({ options, generators, stage }: Context): Promise<Scenario> {
  const loadOf = (coupons: number, seconds = options.seconds): Load => ({
    kind: 'closed',
    connections: Math.max(CONNECTIONS, coupons),
    seconds,
  });
  await runIssue(stage, generators, loadOf(10, 1), { coupons: 10 });
  return {
    name: 'many-coupons',
    title: 'coupons issued at the same time; fairness: the least issued against the most issued one',
    conditions:
      `${CONNECTIONS} kept connections, the same number for each coupon (1,000 coupons: one each), ` +
      `${options.seconds} s a run, ${options.workers} HTTP worker(s), appendfsync always`,
    baseline: '1 coupon(s)',
    compared: 'wholeMicros',
    figures: columns(
      'grantedPerSecond',
      'grantedP50Ms',
      'grantedP99Ms',
      'httpMicros',
      'redisMicros',
      'persisterMicros',
      'mysqlMicros',
      'wholeMicros',
      'rowsAtLastAnswerPercent',
      'allRowsAfterMs',
      ['fairness', 'fairness', 2],
      'failed',
    ),
    variants: COUPONS.map((coupons) => ({
      name: `${coupons} coupon(s)`,
      measure: async () => (await runIssue(stage, generators, loadOf(coupons), { coupons })).measurement,
    })),
    close: async () => {},
  };
}
