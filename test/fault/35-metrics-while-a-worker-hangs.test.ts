import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startScene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';

test('35 metrics scraped while a worker hangs answer within 1 s, with worker_up 0 for it', async (t) => {
  const scene = await startScene(t, { stock: 500 });
  const rush = scene.rush({ perSecond: 150, seconds: 5 });
  await waitFor('the rush is under way', () => rush.granted > 50);
  const [victim] = scene.app.pids('http 1') as [number];
  process.kill(victim, 'SIGSTOP');
  let slowestMs = 0;
  let seenDown = false;
  while (scene.app.pids('http').includes(victim)) {
    const startMs = performance.now();
    const text = await (await fetch(scene.app.metricsUrl)).text();
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
    seenDown ||= /worker_up\{worker="http 1"\} 0/.test(text);
    assert.match(text, /worker_up\{worker="http 2"\} 1/);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  t.diagnostic(`slowest scrape ${Math.round(slowestMs)} ms`);
  assert.ok(slowestMs <= 1000, `${slowestMs} ms`);
  assert.ok(seenDown, 'worker_up 0 was shown');
  await scene.prove(await rush.done);
});
