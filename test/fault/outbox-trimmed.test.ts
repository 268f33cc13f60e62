import assert from 'node:assert/strict';
import { test } from 'node:test';
import { couponKeys } from '../../src/redis/keys.ts';
import { startScene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';

test('somebody trims the outbox: the loss is counted and said, and repaired from the holders', async (t) => {
  const scene = await startScene(t, { stock: 800 });
  const { redis } = scene.stores;
  const { outbox } = couponKeys(scene.couponId);
  const rush = scene.rush({ perSecond: 250, seconds: 4 });
  await waitFor('the rush is under way', () => rush.granted > 200);
  // Stopped, so that entries gather which it has not read.
  const [persister] = scene.app.pids('persister') as [number];
  process.kill(persister, 'SIGSTOP');
  await waitFor('entries wait', async () => (await redis.xlen(outbox)) > 20);
  const trimmed = await redis.xtrim(outbox, 'MAXLEN', '=', 0);
  process.kill(persister, 'SIGCONT');
  assert.ok(trimmed > 20);
  const history = await rush.done;
  await waitFor('all holders have a row again', async () => (await scene.countRows()) === 800, { withinMs: 20_000 });
  assert.match(scene.app.output(), /holders without outbox entry and row/, 'it is said');
  // Which number each of them was told was in the outbox only.
  await scene.prove(history, { violationsAllowed: ['sequenceMismatch'] });
});
