import assert from 'node:assert/strict';
import { test } from 'node:test';
import { now } from '../support/issue-client.ts';
import { startScene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';

test(
  'kill -9 of the primary: its processes drain and ' + 'end within 5 s, and a restart goes on where it was',
  async (t) => {
    const scene = await startScene(t, { stock: 700 });
    const rush = scene.rush({ perSecond: 250, seconds: 8 });
    await waitFor('the rush is under way', () => rush.granted > 200);
    const killedMs = now();
    scene.app.primary.kill('SIGKILL');
    // Before the old workers are gone: it waits for their port.
    const nextNode = scene.startNode({ port: scene.app.port });
    await waitFor('no process of it is left', () => scene.app.pids('').length === 0, { withinMs: 5000 });
    t.diagnostic(`gone ${Math.round(now() - killedMs)} ms after the kill`);
    await nextNode;
    const history = await rush.done;
    const cut = history.filter(({ status, sentAtMs }) => status === null && sentAtMs !== null && sentAtMs < killedMs);
    assert.deepEqual(cut, [], 'what was in flight is answered');
    const proof = await scene.prove(history);
    assert.equal(proof.rows, 700);
  },
);
