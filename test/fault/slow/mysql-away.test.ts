import assert from 'node:assert/strict';
import { test } from 'node:test';
import { couponKeys } from '../../../src/redis/keys.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const AWAY_MS = 60_000;

test('MySQL away for 60 s: no issue error, no dead letter, drained within a fifth of the outage', async (t) => {
  const scene = await startScene(t, { stock: 50_000, mysql: {} });
  const { redis } = scene.stores;
  const { outbox, dead } = couponKeys(scene.couponId);
  const rush = scene.rush({ perSecond: 200, seconds: AWAY_MS / 1000 + 2 });
  await waitFor('the rush is under way', () => rush.granted > 100);
  await scene.mysql.kill();
  await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
  await scene.mysql.restart();
  const backMs = performance.now();
  const history = await rush.done;
  await waitFor('the outbox is drained', async () => (await redis.xlen(outbox)) === 0, { withinMs: AWAY_MS / 5 });
  t.diagnostic(`drained ${Math.round(performance.now() - backMs)} ms after MySQL was back`);
  assert.equal(history.filter(({ status }) => status !== 201).length, 0, 'issue error rate +0');
  assert.equal(await redis.xlen(dead), 0, 'dead letters');
  await scene.prove(history);
});
