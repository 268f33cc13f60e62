// After the last coupon: strangers and holders ask, and are refused. Also where each of them is asked of Redis.
import { startBaseline } from '../baselines/baseline-process.ts';
import type { Load } from '../generator/messages.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import type { Scenario } from '../measure/run.ts';
import { Releases, Stage } from '../measure/stage.ts';
import { runAgainst } from '../measure/steady-run.ts';

const STOCK = 1000;
/** The first thousand of them hold a coupon. */
const USERS = 100_000;
const WARM_UP_SECONDS = 2;

export async function openSoldOut({ options, generators, stage }: Context): Promise<Scenario> {
  const releases = new Releases();
  const bare = await startBaseline(releases, 'bare-uws', options.workers, { BASELINE_ANSWER: 'sold-out' });
  const loadOf = (seconds: number): Load => ({ kind: 'closed', connections: options.connections, seconds });
  const unknowing = await Stage.open(releases, {
    workers: options.workers,
    env: { COUPONRUSH_SOLD_OUT_KNOWLEDGE: 'off' },
  });

  async function askerOf(asked: Stage) {
    const couponId = await asked.newCoupon(STOCK);
    const cast = asked.cast();
    const ask = (seconds: number) =>
      runAgainst(generators, asked.app.port, loadOf(seconds), [couponId], cast, { users: USERS });
    await ask(WARM_UP_SECONDS);
    return ask;
  }
  const ask = await askerOf(stage);
  const askUnknowing = await askerOf(unknowing);
  const askBare = (seconds: number) => runAgainst(generators, bare.port, loadOf(seconds), [1], { http: bare.pids });
  await askBare(WARM_UP_SECONDS);

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
        measure: async () => (await askBare(options.seconds)).measurement,
      },
      { name: 'couponrush', measure: async () => (await ask(options.seconds)).measurement },
      {
        name: 'sold-out knowledge off',
        measure: async () => (await askUnknowing(options.seconds)).measurement,
      },
    ],
    close: () => releases.close(),
  };
}
