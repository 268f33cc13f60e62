import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spreadOf } from '../../../src/spike/summary.ts';
import { now } from '../../support/issue-client.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

/**
 * With `appendfsync always` Redis stands still in each fsync. Stopped for that long, it looks the same from outside.
 */
const FSYNC_MS = 400;
const BETWEEN_MS = 20;

test('a slow fsync: latency rises, the excess is shed, nothing is lost', async (t) => {
  const scene = await startScene(t, { stock: 5000, env: { COUPONRUSH_QUEUE_DELAY_MAX_MS: '300' } });
  const { server } = scene.stores;
  const rush = scene.rush({ perSecond: 400, seconds: 5 });
  await waitFor('the rush is under way', () => rush.granted > 200);
  const slowFromMs = now();
  while (now() - slowFromMs < 3000) {
    await server.freeze();
    await new Promise((resolve) => setTimeout(resolve, FSYNC_MS));
    await server.resume();
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  const slowToMs = now();
  const history = await rush.done;
  const slow = history.filter(({ startedAtMs }) => startedAtMs > slowFromMs && startedAtMs < slowToMs);
  const latencies = (status: number) =>
    spreadOf(slow.filter((attempt) => attempt.status === status).map((a) => a.endedAtMs - a.startedAtMs));
  const granted = latencies(201);
  const shed = latencies(503);
  t.diagnostic(`granted: ${JSON.stringify(granted)} ms; shed: ${JSON.stringify(shed)} ms`);
  assert.ok(granted && granted.p50 > 50, 'latency rises');
  assert.ok(shed && shed.p99 <= 50, 'the excess is shed at once');
  await scene.prove(history);
});
