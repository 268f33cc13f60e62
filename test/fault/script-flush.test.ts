import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startScene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';

test('SCRIPT FLUSH in the spike is not noticed by clients', async (t) => {
  const scene = await startScene(t, { stock: 700 });
  const rush = scene.rush({ perSecond: 300, seconds: 3 });
  for (let flushes = 1; flushes <= 6; flushes++) {
    await waitFor('the rush goes on', () => rush.granted > flushes * 100);
    await scene.stores.redis.script('FLUSH');
  }
  const history = await rush.done;
  assert.deepEqual(
    history.filter(({ status }) => status !== 201 && status !== 400),
    [],
  );
  const proof = await scene.prove(history);
  assert.equal(proof.rows, 700);
});
