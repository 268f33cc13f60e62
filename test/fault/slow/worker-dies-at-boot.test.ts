import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runningFirst } from '../../support/preload-script.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

/** Each HTTP worker of this node ends with code 7 before it has begun. */
const DIES_AT_BOOT = runningFirst("if (process.argv[1]?.endsWith('http-worker.js')) process.exit(7);");

test(
  'a worker that dies at boot again and again ends ' + 'its node, which says why; the other node serves on',
  async (t) => {
    const scene = await startScene(t, { stock: 1500 });
    const rush = scene.rush({ perSecond: 200, seconds: 8 });
    const startedMs = performance.now();
    const broken = await scene.startNode({ env: { ...DIES_AT_BOOT, WORKERS: '1' }, impatient: true });
    await waitFor('its persister is there', () => broken.pids('persister').length > 0);
    const code = await broken.exited(15_000);
    const ms = performance.now() - startedMs;
    assert.equal(code, 1);
    assert.match(broken.output(), /http 1 died 5 times while it started, last with exit code 7/);
    // Backoff of 0.1, 0.2, 0.4 and 0.8 s lies between the five deaths.
    assert.ok(ms > 1500 && ms < 15_000, `${Math.round(ms)} ms`);
    assert.deepEqual(broken.pids(''), [], 'no process of it is left');
    await scene.prove(await rush.done);
  },
);
