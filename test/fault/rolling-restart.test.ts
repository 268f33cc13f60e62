import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startScene } from '../support/scene.ts';
import { bothListen } from '../support/scrape.ts';
import { waitFor } from '../support/wait.ts';

test('SIGTERM to one HTTP worker after the other in the spike: no request is reset', async (t) => {
  const scene = await startScene(t, { stock: 1200 });
  const rush = scene.rush({ perSecond: 300, seconds: 6, freshShare: 1 });
  await waitFor('the rush is under way', () => rush.granted > 100);
  const before = scene.app.pids('http');
  for (const pid of before) {
    process.kill(pid, 'SIGTERM');
    await waitFor(
      'it is replaced',
      async () => !scene.app.pids('http').includes(pid) && scene.app.pids('http').length === 2,
      { withinMs: 5000 },
    );
    await waitFor('its successor listens', () => bothListen(scene.app.metricsUrl), { withinMs: 5000 });
  }
  const history = await rush.done;
  const cut = history.filter(({ status }) => status === null);
  assert.deepEqual(
    cut.map(({ error }) => error),
    [],
    'no connection was reset',
  );
  await scene.prove(history);
});

test(
  'SIGTERM to couponrush in the spike: what is in ' + 'flight is answered, and it ends with 0 within 5 s',
  async (t) => {
    const scene = await startScene(t, { stock: 3000 });
    const rush = scene.rush({ perSecond: 300, seconds: 3 });
    await waitFor('the rush is under way', () => rush.granted > 200);
    const startedMs = performance.now();
    const stoppedAtMs = performance.timeOrigin + startedMs;
    assert.equal(await scene.app.stop(), 0);
    assert.ok(performance.now() - startedMs <= 5000, `ended after ${Math.round(performance.now() - startedMs)} ms`);
    const history = await rush.done;
    const cut = history.filter(
      ({ status, sentAtMs }) => status === null && sentAtMs !== null && sentAtMs < stoppedAtMs,
    );
    assert.deepEqual(cut, [], 'nothing that was in flight stays unanswered');
    const next = await scene.startNode({ port: scene.app.port });
    await scene.prove(history, { url: next.url });
  },
);
