import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issue } from '../support/ask.ts';
import { startScene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';

test('kill -9 of an HTTP worker in the spike leaves only its in-flight requests unanswered', async (t) => {
  const scene = await startScene(t, { stock: 800 });
  const rush = scene.rush({ perSecond: 300, seconds: 4 });
  await waitFor('the rush is under way', () => rush.granted > 200);
  const before = scene.app.pids('http');
  const [victim] = before as [number];
  const killedMs = performance.timeOrigin + performance.now();
  process.kill(victim, 'SIGKILL');
  await waitFor(
    'another HTTP worker has taken its place',
    () => scene.app.pids('http').some((pid) => !before.includes(pid)),
    { withinMs: 2000 },
  );
  await waitFor('it takes requests', () => scene.app.pids('http').length === 2, { withinMs: 2000 });
  const history = await rush.done;
  for (const { status, startedAtMs, endedAtMs } of history) {
    // Connections to it were cut at that moment; one that was being made then is refused or taken by the other worker.
    const wasCut = endedAtMs >= killedMs - 50 && startedAtMs <= killedMs + 500;
    if (status === null) assert.ok(wasCut, `unanswered from ${startedAtMs - killedMs} to ${endedAtMs - killedMs} ms`);
  }
  await scene.prove(history);
});

test('a new HTTP worker takes no request before it can decide', async (t) => {
  const scene = await startScene(t, { stock: 10, redisProxy: true, env: { WORKERS: '1' } });
  // Its way to a verified Redis takes several round trips.
  scene.redisProxy.latency(50);
  for (const pid of scene.app.pids('http')) process.kill(pid, 'SIGKILL');
  const first = await waitFor('somebody answers', () => issue(scene.app.url, scene.couponId, 1).catch(() => null));
  assert.equal(first.status, 201, first.code);
});
