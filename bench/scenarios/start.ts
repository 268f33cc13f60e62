// What a second `npm start` costs until a user has a coupon, and how soon an HTTP worker that was killed is replaced.
import { setTimeout as sleep } from 'node:timers/promises';
import { testFolder } from '../../test/support/folder.ts';
import { listenSockets } from '../../test/support/listen-sockets.ts';
import { type Installation, installation } from '../../test/support/npm-start.ts';
import { waitFor } from '../../test/support/wait.ts';
import type { Context } from '../measure/context.ts';
import { columns } from '../measure/figures.ts';
import { Grounds } from '../measure/grounds.ts';
import { cpuMicrosOf } from '../measure/processes.ts';
import type { Measurement, Scenario } from '../measure/run.ts';
import { Releases } from '../measure/stage.ts';

const WORKERS = 4;
const STOCK = 1000;
const WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 2;
/** After the start: its processes have come to rest. */
const REST_MS = 3000;
const FOR_A_RATE_MS = 6000;
const FIRST = 'before';
const ADMIN_TOKEN = 'token-of-the-bench';

/** Of all its processes that run; npm is one of them. */
function cpuMs({ processes }: Installation): number {
  return processes().reduce((sum, { pid }) => sum + cpuMicrosOf(pid), 0) / 1000;
}

async function isGranted(url: string, couponId: number): Promise<boolean> {
  const address = `${url}/api/v2/me/coupons/${couponId}/issue`;
  const { status } = await fetch(address, { method: 'POST', headers: { 'Commerce-User-Id': '1' } });
  return status === 201;
}

/** All listening sockets of the node are there again. */
async function returned(place: Installation, pid: number, sockets: number): Promise<number> {
  const killedMs = performance.now();
  process.kill(pid, 'SIGKILL');
  await waitFor('its sockets are gone', () => listenSockets(place.port).count < sockets, { everyMs: LOOK_EVERY_MS });
  await waitFor('a worker has taken its place', () => listenSockets(place.port).count === sockets, {
    withinMs: WITHIN_MS,
    everyMs: LOOK_EVERY_MS,
  });
  return performance.now() - killedMs;
}

interface Place {
  readonly grounds: Grounds;
  /** Of all starts: in it a node remembers that Redis belongs to MySQL. */
  readonly dataDir: string;
}

async function measure({ grounds, dataDir }: Place, workers: number, root?: string): Promise<Measurement> {
  const scope = new Releases();
  try {
    const env = { ...grounds.urls, WORKERS: String(workers), COUPONRUSH_DEMO: 'off', ADMIN_TOKEN };
    const place = await installation(scope, env, root === undefined ? { dataDir } : { root, dataDir });
    const couponId = await grounds.newCoupon(STOCK);
    const startedMs = performance.now();
    const started = place.start();
    await waitFor('a coupon is granted', () => isGranted(place.url, couponId), {
      withinMs: WITHIN_MS,
      everyMs: LOOK_EVERY_MS,
    });
    const firstGrantMs = performance.now() - startedMs;
    const firstGrantCpuMs = cpuMs(place);
    await started.ready();
    const readyMs = performance.now() - startedMs;
    const readyCpuMs = cpuMs(place);
    await sleep(REST_MS);
    const idleFrom = cpuMs(place);
    await sleep(FOR_A_RATE_MS);
    const idlePercent = ((cpuMs(place) - idleFrom) / FOR_A_RATE_MS) * 100;
    const killed = place.processes().find(({ title }) => title.startsWith('couponrush http 1'));
    const returnMs = await returned(place, killed?.pid as number, listenSockets(place.port).count);
    process.kill(started.parent.pid as number, 'SIGTERM');
    await waitFor('it has stopped', () => place.processes().length === 0, { withinMs: WITHIN_MS });
    return { figures: { firstGrantMs, firstGrantCpuMs, readyMs, readyCpuMs, returnMs, idlePercent } };
  } finally {
    await scope.close();
  }
}

export async function openStart({ options }: Context): Promise<Scenario> {
  const releases = new Releases();
  const grounds = await Grounds.open(releases);
  const place: Place = { grounds, dataDir: testFolder('start') };
  await measure(place, 1);
  const { beforeDir } = options;
  const workerCounts = [...new Set([WORKERS, options.workers])];
  const variants = workerCounts.flatMap((workers) => [
    ...(beforeDir === null
      ? []
      : [{ name: `${FIRST}, ${workers} worker(s)`, measure: () => measure(place, workers, beforeDir) }]),
    { name: `couponrush, ${workers} worker(s)`, measure: () => measure(place, workers) },
  ]);
  return {
    name: 'start',
    title: 'a second npm start until the first coupon is granted, rest, and the return of a killed HTTP worker',
    conditions: 'Redis and MySQL run already; npm is counted; idle: all processes but the stores',
    baseline: variants[0]?.name ?? '',
    compared: 'firstGrantMs',
    alsoCompared: ['firstGrantCpuMs', 'returnMs', 'idlePercent'],
    figures: columns(
      ['firstGrantMs', 'first 201 ms', 0],
      ['firstGrantCpuMs', 'CPU ms until then', 0],
      ['readyMs', 'ready ms', 0],
      ['readyCpuMs', 'CPU ms until then', 0],
      ['returnMs', 'killed worker back ms', 0],
      ['idlePercent', 'idle, % of a core', 1],
    ),
    variants,
    close: () => releases.close(),
  };
}
