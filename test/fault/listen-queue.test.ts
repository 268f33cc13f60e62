// A worker that accepts nothing for a moment, as while its first requests are compiled: what comes meanwhile waits in
// its listen queues. Stopping the worker makes this exact on any machine: it accepts none of the burst before all have
// come.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt } from '../../src/history/attempt.ts';
import { Generators } from '../../src/spike/generators.ts';
import type { App } from '../support/app.ts';
import { defaultEngine, listensOnce } from '../support/http-engine.ts';
import { dropsOf, listenOverflows, listenSockets } from '../support/listen-sockets.ts';
import { startScene } from '../support/scene.ts';

/** Node 20's node:http has one queue of 4,096 for all workers. */
const skipOne = listensOnce(defaultEngine) ? 'there is one queue, and it is longer' : false;
const skip = process.platform === 'linux' ? false : 'listen queues are read from /proc';
const USERS = 2000;
const QUEUE = 512;
/** A client repeats a SYN that was dropped after 1 s. */
const REPEAT_MS = 1000;
/** For all to connect, also on a machine that is busy. */
const STANDSTILL_MS = 10_000;

/** Stops all HTTP workers until `come`, and the primary with them, which would replace workers that stand still. */
async function duringStandstill(app: App, come: () => boolean): Promise<void> {
  const workers = app.pids('http');
  const stopped = [app.primary.pid as number, ...workers];
  for (const pid of stopped) process.kill(pid, 'SIGSTOP');
  const stoppedAt = performance.now();
  try {
    while (!come() && performance.now() - stoppedAt < STANDSTILL_MS) await sleep(5);
  } finally {
    for (const pid of stopped) process.kill(pid, 'SIGCONT');
  }
  assert.deepEqual(app.pids('http'), workers, 'no worker was replaced');
}

const queued = (port: number) => listenSockets(port).queued.reduce((sum, each) => sum + each, 0);

async function rushOnStandstill(
  scene: Awaited<ReturnType<typeof startScene>>,
): Promise<{ history: Attempt[]; drops: number; inQueues: number }> {
  const { app, couponId } = scene;
  const generators = await Generators.start(USERS);
  try {
    const users = Array.from({ length: USERS }, (_, index) => index + 1);
    let inQueues = 0;
    const standstill = duringStandstill(app, () => {
      inQueues = Math.max(inQueues, queued(app.port));
      return inQueues + dropsOf(app.port) >= USERS;
    });
    const { record } = generators.run({ url: app.url, couponId, users, timeoutSeconds: 10 });
    await standstill;
    return { history: await record, drops: dropsOf(app.port), inQueues };
  } finally {
    generators.close();
  }
}

test('2,000 users connect before one worker accepts any: none is dropped, and none comes late', {
  skip,
}, async (t) => {
  const scene = await startScene(t, { stock: USERS / 2, env: { WORKERS: '1' } });
  const { history, drops, inQueues } = await rushOnStandstill(scene);
  const waits = history.map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs);
  const begunWithinMs =
    Math.max(...history.map((each) => each.startedAtMs)) - Math.min(...history.map((each) => each.startedAtMs));
  t.diagnostic(`${inQueues} waited in listen queues, ${drops} dropped; begun within ${Math.round(begunWithinMs)} ms`);
  assert.equal(inQueues, USERS, 'all of them waited at the same time');
  assert.equal(drops, 0);
  assert.equal(history.filter(({ status }) => status === 201).length, USERS / 2);
  t.diagnostic(`slowest answer after ${Math.round(Math.max(...waits))} ms`);
  await scene.prove(history);
});

test('with one listen queue the same users are dropped, counted, and late', { skip: skip || skipOne }, async (t) => {
  const before = listenOverflows();
  const env = { WORKERS: '1', COUPONRUSH_LISTEN_QUEUES: '1' };
  const scene = await startScene(t, { stock: USERS / 2, env });
  const { history, drops, inQueues } = await rushOnStandstill(scene);
  const late = history.filter(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs >= REPEAT_MS);
  t.diagnostic(`${inQueues} waited in the queue, ${drops} dropped, ${late.length} late`);
  assert.ok(inQueues <= QUEUE + 1, `${inQueues} in one queue`);
  assert.ok(drops >= USERS - QUEUE - 1, `${drops} dropped`);
  assert.ok(listenOverflows() - before >= USERS - QUEUE - 1, 'TcpExtListenOverflows counts them');
  assert.ok(late.length >= USERS - QUEUE - 1, `${late.length} late`);
  await scene.prove(history);
});
