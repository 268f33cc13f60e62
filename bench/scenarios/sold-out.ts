// After the last coupon: strangers and holders ask, and are refused.
import { startBaseline } from '../baselines/baseline-process.ts';
import type { Load } from '../generator/messages.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import type { Measurement, Scenario, Variant } from '../measure/run.ts';
import { Releases, Stage } from '../measure/stage.ts';
import { runAgainst } from '../measure/steady-run.ts';

const STOCK = 1000;
/** The first thousand of them hold a coupon. */
const USERS = 100_000;
const WARM_UP_SECONDS = 2;

type Ask = (seconds: number) => Promise<Measurement>;

const loadOf = ({ options }: Context, seconds: number): Load => ({
  kind: 'closed',
  connections: options.connections,
  seconds,
});

async function variant({ options }: Context, name: string, ask: Ask): Promise<Variant> {
  await ask(WARM_UP_SECONDS);
  return { name, measure: () => ask(options.seconds) };
}

async function askerOf(context: Context, asked: Stage): Promise<Ask> {
  const couponId = await asked.newCoupon(STOCK);
  return async (seconds) =>
    (
      await runAgainst(context.generators, asked.app.port, loadOf(context, seconds), [couponId], asked.cast(), {
        users: USERS,
      })
    ).measurement;
}

function scenario(
  { options }: Context,
  releases: Releases,
  what: Pick<Scenario, 'name' | 'title' | 'variants'>,
): Scenario {
  return {
    ...what,
    conditions:
      `${options.connections} kept connections, ${options.seconds} s a run, ` +
      `${USERS.toLocaleString('en-US')} users of whom ${STOCK} hold it, ${options.workers} HTTP worker(s)`,
    baseline: what.variants[0]?.name ?? '',
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
    close: () => releases.close(),
  };
}

export async function openSoldOut(context: Context): Promise<Scenario> {
  const { options, generators, stage } = context;
  const releases = new Releases();
  const bare = await startBaseline(releases, 'bare-uws', options.workers, { BASELINE_ANSWER: 'sold-out' });
  const askBare: Ask = async (seconds) =>
    (await runAgainst(generators, bare.port, loadOf(context, seconds), [1], { http: bare.pids })).measurement;
  return scenario(context, releases, {
    name: 'sold-out',
    title: 'asking for a coupon that is sold out',
    variants: [
      await variant(context, 'bare uWS', askBare),
      await variant(context, 'couponrush', await askerOf(context, stage)),
    ],
  });
}

/** What it is worth that HTTP workers answer for a sold-out coupon by themselves. */
export async function openSoldOutKnowledge(context: Context): Promise<Scenario> {
  const releases = new Releases();
  const unknowing = await Stage.open(releases, {
    workers: context.options.workers,
    env: { COUPONRUSH_SOLD_OUT_KNOWLEDGE: 'off' },
  });
  return scenario(context, releases, {
    name: 'sold-out-knowledge',
    title: 'the same, answered by the HTTP worker, and by Redis',
    variants: [
      await variant(context, 'answered by the worker (default)', await askerOf(context, context.stage)),
      await variant(context, 'Redis asked each time', await askerOf(context, unknowing)),
    ],
  });
}
