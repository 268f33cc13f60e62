// Redis stands still for a while in the spike, with all its connections open.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { now } from './issue-client.ts';
import { startScene } from './scene.ts';
import { waitFor, within } from './wait.ts';

const DEADLINE_MS = 2000;
/** The sweep's 20 ms, and the machine's own delays. */
const TOLERANCE_MS = 250;

export async function proveFrozenRedis(t: TestContext, frozenMs: number): Promise<void> {
  const scene = await startScene(t, { stock: 600 });
  const { server } = scene.stores;
  const rush = scene.rush({ perSecond: 250, seconds: frozenMs / 1000 + 4 });
  await waitFor('the rush is under way', () => rush.granted > 200);
  await server.freeze();
  await new Promise((resolve) => setTimeout(resolve, frozenMs));
  await server.resume();
  const resumedMs = now();
  const first = await within(5000, 'a coupon is granted again', rush.nextGrant());
  const history = await rush.done;
  const slowestMs = Math.round(Math.max(...history.map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs)));
  t.diagnostic(`slowest answer ${slowestMs} ms; first grant ${Math.round(first.endedAtMs - resumedMs)} ms after it`);
  assert.ok(slowestMs <= DEADLINE_MS + TOLERANCE_MS, `answered after ${slowestMs} ms`);
  assert.deepEqual(
    history.filter(({ status }) => status === null),
    [],
    'everybody is answered',
  );
  const proof = await scene.prove(history);
  assert.equal(proof.rows, 600);
}
