// The first burst after a start, and the tenth: whether a user who asks first waits longer than those who come later.
import { startBaseline } from '../baselines/baseline-process.ts';
import type { Load } from '../generator/messages.ts';
import type { Context } from '../measure/context.ts';
import { columns, measurementOf } from '../measure/figures.ts';
import type { LoadResult } from '../measure/generators.ts';
import { Grounds } from '../measure/grounds.ts';
import { listenOverflows } from '../measure/machine.ts';
import type { Measurement, Scenario, Variant } from '../measure/run.ts';
import { Releases } from '../measure/stage.ts';
import { PATIENCE_SECONDS } from './spike.ts';

const USERS = 2000;
const LARGE = [5000, 10_000];
/** For which 0 overflows are promised, and the default. */
const WORKERS = 4;
const BURSTS = 10;
const BARE = 'bare uWS';

type Burst = (users: number) => Promise<LoadResult>;

/** The first burst, and as many as make ten. The figures are those of the first one. */
async function coldAndHot(burst: Burst, users = USERS, bursts = BURSTS): Promise<Measurement> {
  const overflowsBefore = listenOverflows();
  const first = await burst(users);
  const overflows = listenOverflows() - overflowsBefore;
  let last = first;
  for (let n = 1; n < bursts; n++) last = await burst(users);
  const p99Ms = first.latency.all.p99;
  return measurementOf(
    first,
    {},
    {
      connectsWithinMs: first.connectsWithinMs,
      listenOverflows: overflows,
      p99Ms,
      ...(bursts > 1 ? { tenthP99Ms: last.latency.all.p99, coldToHot: p99Ms / last.latency.all.p99 } : {}),
    },
  );
}

export async function openColdSpike({ options, generators }: Context): Promise<Scenario> {
  const releases = new Releases();
  const grounds = await Grounds.open(releases);
  const load = (users: number): Load => ({ kind: 'burst', users, timeoutSeconds: PATIENCE_SECONDS });
  const measureBare = async (): Promise<Measurement> => {
    const scope = new Releases();
    const { port } = await startBaseline(scope, 'bare-uws', options.workers);
    try {
      return await coldAndHot((users) => generators.run({ port, load: load(users), couponIds: [1] }));
    } finally {
      await scope.close();
    }
  };
  const measureOurs = async (workers: number, root?: string, users?: number, bursts?: number) => {
    const scope = new Releases();
    const app = await grounds.start(scope, workers, root);
    try {
      const burst: Burst = async (n) =>
        generators.run({ port: app.port, load: load(n), couponIds: [await grounds.newCoupon(n / 2)] });
      return await coldAndHot(burst, users, bursts);
    } finally {
      await app.stop();
      await scope.close();
    }
  };
  const workerCounts = [...new Set([options.workers, WORKERS])];
  const { beforeDir } = options;
  const variants: Variant[] = [
    { name: BARE, measure: measureBare },
    ...workerCounts.flatMap((workers) => [
      ...(beforeDir === null
        ? []
        : [{ name: `before, ${workers} worker(s)`, measure: () => measureOurs(workers, beforeDir) }]),
      { name: `couponrush, ${workers} worker(s)`, measure: () => measureOurs(workers) },
    ]),
    ...LARGE.map((users) => ({
      name: `couponrush, ${WORKERS} worker(s), ${users.toLocaleString('en-US')} users`,
      measure: () => measureOurs(WORKERS, undefined, users, 1),
    })),
  ];
  return {
    name: 'cold-spike',
    title: 'the first burst after a start: fresh connections at once, right after the server says that it is ready',
    conditions:
      `${USERS.toLocaleString('en-US')} users unless said otherwise, half of them get a coupon; ` +
      'a new coupon for each burst',
    baseline: BARE,
    compared: 'p99Ms',
    figures: columns(
      ['p99Ms', 'first p99 ms', 0],
      ['tenthP99Ms', 'tenth p99 ms', 0],
      ['coldToHot', 'first to tenth', 2],
      'listenOverflows',
      'connectsWithinMs',
      'requestsPerSecond',
      'unavailable',
      'failed',
    ),
    variants,
    close: () => releases.close(),
  };
}
