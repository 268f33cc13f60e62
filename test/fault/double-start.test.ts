import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startScene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';

test('a second start on the same port is refused with a clear message, and disturbs nobody', async (t) => {
  const scene = await startScene(t, { stock: 500 });
  const rush = scene.rush({ perSecond: 250, seconds: 3 });
  await waitFor('the rush is under way', () => rush.granted > 100);
  const second = await scene.startNode({ port: scene.app.port, impatient: true });
  assert.equal(await second.exited(8000), 1);
  assert.match(
    second.output(),
    new RegExp(`port \\d+ is served by another couponrush .process ${scene.app.primary.pid}.`),
  );
  const history = await rush.done;
  assert.ok(history.every(({ status }) => status === 201 || status === 400));
  await scene.prove(history);
});
