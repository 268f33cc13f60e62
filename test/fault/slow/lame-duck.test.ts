// COUPONRUSH_LAME_DUCK_MS: between SIGTERM and the end of listening, load balancers see a node that is not ready, and
// whoever asks it all the same is served.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const LAME_DUCK_MS = 4000;
/** On a busy machine nothing is refused for its slowness. */
const patient = { COUPONRUSH_QUEUE_DELAY_MAX_MS: '10000', ISSUE_DEADLINE_MS: '10000' };
const env = { ...patient, COUPONRUSH_LAME_DUCK_MS: String(LAME_DUCK_MS) };

interface Ready {
  readonly status: number;
  readonly server: string | undefined;
}

/** By a connection of its own: any of the HTTP workers may answer. */
async function readiness(url: string): Promise<Ready> {
  const answer = await fetch(`${url}/readyz`, { headers: { connection: 'close' } });
  const { checks } = (await answer.json()) as { checks: { server?: string } };
  return { status: answer.status, server: checks.server };
}

/** Asked so often that each of two workers has answered. */
async function everyoneSays(url: string, expected: Ready): Promise<boolean> {
  for (let count = 0; count < 12; count++) {
    const { status, server } = await readiness(url);
    if (status !== expected.status || server !== expected.server) return false;
  }
  return true;
}

test('after SIGTERM a node is not ready and serves, and then drains', async (t) => {
  const scene = await startScene(t, { stock: 5000, env });
  const rush = scene.rush({ perSecond: 50, seconds: 6, patienceMs: 12_000 });
  await waitFor('the rush is under way', () => rush.granted > 20);
  assert.ok(await everyoneSays(scene.app.url, { status: 200, server: undefined }));

  const stoppedMs = performance.now();
  const ended = scene.app.stop();
  await waitFor('not ready', async () => (await readiness(scene.app.url)).status === 503, { withinMs: 1000 });
  assert.ok(await everyoneSays(scene.app.url, { status: 503, server: 'stops soon' }));
  await rush.nextGrant();
  assert.ok(performance.now() - stoppedMs < LAME_DUCK_MS, 'all this was before the port closes');

  assert.equal(await ended, 0);
  const tookMs = performance.now() - stoppedMs;
  assert.ok(tookMs >= LAME_DUCK_MS, `ended after ${Math.round(tookMs)} ms`);
  const history = await rush.done;
  const servedUntilMs = performance.timeOrigin + stoppedMs + LAME_DUCK_MS;
  const failed = history.filter(({ status, endedAtMs }) => status !== 201 && endedAtMs < servedUntilMs);
  assert.deepEqual(failed, [], 'nobody was refused before the port closed');
  const next = await scene.startNode({ port: scene.app.port });
  await scene.prove(history, { url: next.url });
});

test('a worker that starts in a lame duck is one, and a second SIGTERM ends it at once', async (t) => {
  const { app } = await startScene(t, { stock: 1, env: { COUPONRUSH_LAME_DUCK_MS: '600000' } });
  app.primary.kill('SIGTERM');
  await waitFor('not ready', async () => (await readiness(app.url)).status === 503);
  const before = app.pids('http');
  for (const pid of before) process.kill(pid, 'SIGKILL');
  const successors = () => app.pids('http').filter((pid) => !before.includes(pid));
  await waitFor('both are replaced', () => successors().length === 2, { withinMs: 20_000 });
  const stopsSoon = { status: 503, server: 'stops soon' };
  await waitFor('they say the same', () => everyoneSays(app.url, stopsSoon), { withinMs: 20_000 });
  app.primary.kill('SIGTERM');
  assert.equal(await app.exited(3000), 1);
});

test('a start on the port of a lame duck waits for its end', async (t) => {
  const scene = await startScene(t, { stock: 1, env });
  const stoppedMs = performance.now();
  const ended = scene.app.stop();
  const next = await scene.startNode({ port: scene.app.port });
  assert.equal(await ended, 0);
  assert.ok(performance.now() - stoppedMs >= LAME_DUCK_MS);
  assert.equal((await readiness(next.url)).status, 200);
});
