// After the last coupon: strangers and holders ask, and are refused.
import { startBaseline } from '../baselines/baseline-process.ts';
import type { Load } from '../generator/messages.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import type { Scenario } from '../measure/run.ts';
import { Releases } from '../measure/stage.ts';
import { runAgainst } from '../measure/steady-run.ts';

const STOCK = 1000;
/** The first thousand of them hold a coupon. */
const USERS = 100_000;

export async function openSoldOut({ options, generators, stage }: Context): Promise<Scenario> {
  const releases = new Releases();
  const bare = await startBaseline(releases, 'bare-uws', options.workers, { BASELINE_ANSWER: 'sold-out' });
  const load: Load = { kind: 'closed', connections: options.connections, seconds: options.seconds };
  const couponId = await stage.newCoupon(STOCK);
  const cast = stage.cast();
  const ask = (seconds: number) =>
    runAgainst(generators, stage.app.port, { ...load, seconds }, [couponId], cast, { users: USERS });
  await ask(2);
  await runAgainst(generators, bare.port, { ...load, seconds: 2 }, [couponId], { http: bare.pids });

  return {
    name: 'sold-out',
    title: 'asking for a coupon that is sold out',
    conditions: `${options.connections} kept connections, ${options.seconds} s a run, ${USERS.toLocaleString('en-US')} users of whom ${STOCK} hold it, ${options.workers} HTTP worker(s)`,
    baseline: 'bare uWS',
    compared: 'serverMicros',
    figures: columns(
      'requestsPerSecond',
      'refusedP50Ms',
      'refusedP99Ms',
      'httpMicros',
      'redisMicros',
      'serverMicros',
      'generatorMicros',
      'generatorCores',
      'failed',
    ),
    variants: [
      {
        name: 'bare uWS',
        measure: async () =>
          (await runAgainst(generators, bare.port, load, [couponId], { http: bare.pids })).measurement,
      },
      { name: 'couponrush', measure: async () => (await ask(options.seconds)).measurement },
    ],
    close: () => releases.close(),
  };
}
