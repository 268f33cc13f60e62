// A crowd that asks "did I get one?" and "what do I hold?": how many true answers a second, next to the public view;
// and what such a crowd takes from those who are issued coupons meanwhile.
import type { Load } from '../generator/messages.ts';
import type { Ask } from '../generator/request.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import { Generators, type LoadResult } from '../measure/generators.ts';
import type { Measurement, Scenario, Variant } from '../measure/run.ts';
import type { Stage } from '../measure/stage.ts';
import { runAgainst, runIssue } from '../measure/steady-run.ts';
import { selectsOf } from '../measure/store-commands.ts';

const HOLDERS = 50_000;
/** They hold nothing. */
const STRANGERS_AFTER = 200_000_000;
/** So few users ask that each asks again within a second. */
const USERS_WHO_RELOAD = 1000;
const FILL_SECONDS = 2;
const FILLS_MAX = 60;
const WARM_UP_SECONDS = 2;

/** What every answer must be: anything else is not true. */
type Truth = 'holders' | 'strangers';

interface Crowd {
  readonly name: string;
  readonly ask: Ask;
  readonly truth: Truth;
  readonly users: number;
}

const crowds: readonly Crowd[] = [
  { name: 'public view', ask: 'view', truth: 'holders', users: HOLDERS },
  { name: 'do I hold it? holders', ask: 'holding', truth: 'holders', users: HOLDERS },
  { name: 'do I hold it? strangers', ask: 'holding', truth: 'strangers', users: HOLDERS },
  { name: 'my coupons, again within a second', ask: 'my-coupons', truth: 'holders', users: USERS_WHO_RELOAD },
  { name: 'my coupons, each user in turn', ask: 'my-coupons', truth: 'holders', users: HOLDERS },
];

/** A coupon that all users of these generators hold, with their rows. */
async function couponOfHolders(stage: Stage, generators: Generators, connections: number): Promise<number> {
  const couponId = await stage.newCoupon(HOLDERS);
  const load: Load = { kind: 'closed', connections, seconds: FILL_SECONDS };
  for (let fill = 0; fill < FILLS_MAX; fill++) {
    await generators.run({ port: stage.app.port, load, couponIds: [couponId], users: HOLDERS });
    await stage.drained([couponId]);
    if ((await stage.rows(couponId)) === HOLDERS) return couponId;
  }
  throw new Error(`not all of ${HOLDERS} users were issued a coupon`);
}

function checkTruth({ name, truth }: Crowd, { granted, refused, unexpected, failed }: LoadResult): void {
  const wrong = (truth === 'holders' ? refused : granted) + unexpected + failed;
  if (wrong > 0) throw new Error(`${name}: ${wrong} answers are not true, or missing`);
}

async function measureCrowd(
  { stage, options }: Context,
  readers: Generators,
  couponId: number,
  crowd: Crowd,
  seconds: number,
): Promise<Measurement> {
  const { ask, truth, users } = crowd;
  const load: Load = { kind: 'closed', connections: options.connections, seconds };
  const before = await selectsOf(stage);
  const order = { ask, users, ...(truth === 'strangers' ? { userOffset: STRANGERS_AFTER } : {}) };
  const { load: result, measurement } = await runAgainst(
    readers,
    stage.app.port,
    load,
    [couponId],
    stage.cast(),
    order,
  );
  const selects = (await selectsOf(stage)) - before;
  checkTruth(crowd, result);
  const good = result.granted + result.refused;
  const latency = truth === 'holders' ? result.latency.granted : result.latency.refused;
  return {
    ...measurement,
    figures: {
      ...measurement.figures,
      truePerSecond: (good * 1000) / result.elapsedMs,
      trueP50Ms: latency.p50,
      trueP99Ms: latency.p99,
      selectsAThousand: (selects * 1000) / Math.max(1, good),
    },
  };
}

export async function openReads(context: Context): Promise<Scenario> {
  const { options, stage } = context;
  const readers = await Generators.start(options.generators);
  const couponId = await couponOfHolders(stage, readers, options.connections);
  for (const crowd of crowds) await measureCrowd(context, readers, couponId, crowd, WARM_UP_SECONDS);
  return {
    name: 'reads',
    title: 'what a crowd asks after an event, next to the public view',
    conditions:
      `${options.connections} kept connections, ${options.seconds} s a run, ${HOLDERS.toLocaleString('en-US')} users ` +
      `with rows, ${options.workers} HTTP worker(s); an answer that is not true ends the run`,
    baseline: (crowds[0] as Crowd).name,
    compared: 'truePerSecond',
    figures: columns(
      ['truePerSecond', 'true answers/s', 0],
      ['trueP50Ms', 'p50 ms', 1],
      ['trueP99Ms', 'p99 ms', 1],
      'unavailable',
      'httpMicros',
      'redisMicros',
      'mysqlMicros',
      ['selectsAThousand', 'selects per 1,000', 1],
      'generatorMicros',
    ),
    variants: crowds.map((crowd) => ({
      name: crowd.name,
      measure: () => measureCrowd(context, readers, couponId, crowd, options.seconds),
    })),
    close: async () => readers.stop(),
  };
}

/** Reads beside the issuing, a second. */
const HOLDING_RATE = 5000;
const LIST_RATE = 2000;
const READ_CONNECTIONS = 128;
/** The first users of each rush: granted within its first second or two, and from then on holders. */
const RUSH_READERS = 20_000;
/** Each rush has users of its own, who hold nothing before it. */
const USERS_A_RUSH = 5_000_000;
let rushes = 0;

interface Beside {
  readonly name: string;
  readonly reads: readonly { readonly ask: Ask; readonly ratePerSecond: number }[];
}

const besides: readonly Beside[] = [
  { name: 'issuing alone', reads: [] },
  { name: 'beside 7,000/s of the public view', reads: [{ ask: 'view', ratePerSecond: HOLDING_RATE + LIST_RATE }] },
  {
    name: 'beside 5,000/s "do I hold it?" and 2,000/s "my coupons"',
    reads: [
      { ask: 'holding', ratePerSecond: HOLDING_RATE },
      { ask: 'my-coupons', ratePerSecond: LIST_RATE },
    ],
  },
];

/** The coupon that is issued is the one that is asked for, so the readers are strangers first, and holders then. */
async function measureBeside(
  { stage, generators, options }: Context,
  readers: readonly Generators[],
  { reads }: Beside,
): Promise<Measurement> {
  const load: Load = { kind: 'closed', connections: options.connections, seconds: options.seconds };
  rushes += 1;
  const userOffset = rushes * USERS_A_RUSH;
  let crowd: Promise<LoadResult[]> = Promise.resolve([]);
  const { measurement, load: issued } = await runIssue(stage, generators, load, {
    userOffset,
    onLoad(couponIds) {
      crowd = Promise.all(
        reads.map(({ ask, ratePerSecond }, index) => {
          const how: Load = { kind: 'open', connections: READ_CONNECTIONS, seconds: options.seconds, ratePerSecond };
          const order = { port: stage.app.port, load: how, ask, couponIds, users: RUSH_READERS, userOffset };
          return (readers[index] as Generators).run(order);
        }),
      );
    },
  });
  const results = await crowd;
  const sum = (count: (result: LoadResult) => number) => results.reduce((total, each) => total + count(each), 0);
  const p99 = Math.max(0, ...results.map(({ latency }) => Math.max(latency.granted.p99, latency.refused.p99)));
  if (issued.unavailable > 0) throw new Error(`${issued.unavailable} requests for a coupon were refused`);
  return {
    ...measurement,
    figures: {
      ...measurement.figures,
      readsPerSecond: sum(({ granted, refused, elapsedMs }) => ((granted + refused) * 1000) / elapsedMs),
      readsP99Ms: p99,
      readsUnavailable: sum(({ unavailable }) => unavailable),
    },
  };
}

export async function openReadsInARush(context: Context): Promise<Scenario> {
  const { options } = context;
  const readers = [await Generators.start(1), await Generators.start(1)];
  const variants: Variant[] = besides.map((beside) => ({
    name: beside.name,
    measure: () => measureBeside(context, readers, beside),
  }));
  for (const { measure } of variants) await measure(0);
  return {
    name: 'reads-in-a-rush',
    title: 'what a crowd that reads takes from the issuing',
    conditions:
      `${options.connections} kept connections that are issued coupons, ${options.seconds} s a run; reads at a fixed ` +
      `rate by ${RUSH_READERS.toLocaleString('en-US')} of those users; ${options.workers} HTTP worker(s)`,
    baseline: (besides[0] as Beside).name,
    compared: 'grantedPerSecond',
    alsoCompared: ['grantedP99Ms'],
    figures: columns(
      'grantedPerSecond',
      'grantedP50Ms',
      'grantedP99Ms',
      'httpMicros',
      'wholeMicros',
      ['readsPerSecond', 'reads/s', 0],
      ['readsP99Ms', 'reads p99 ms', 1],
      ['readsUnavailable', 'reads 503', 0],
      'failed',
    ),
    variants,
    close: async () => {
      for (const each of readers) each.stop();
    },
  };
}
