import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

test('kill -9 of MySQL in a batch, three times: retried, no dead letter, no duplicate row', async (t) => {
  const scene = await startScene(t, { stock: 1500, mysql: {} });
  const rush = scene.rush({ perSecond: 250, seconds: 7 });
  for (let kills = 1; kills <= 3; kills++) {
    await waitFor('the rush goes on', () => rush.granted > kills * 250);
    await scene.mysql.kill();
    await scene.mysql.restart();
  }
  const history = await rush.done;
  const failed = history.filter(({ status }) => status !== 201 && status !== 400);
  assert.deepEqual(failed, [], 'issuing does not notice');
  const proof = await scene.prove(history);
  assert.equal(proof.rows, 1500);
});
