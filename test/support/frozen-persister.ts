// Of two nodes one freezes with entries in its persister's hand. The other one claims them.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { CONSUMER_GROUP, couponKeys } from '../../src/redis/keys.ts';
import { freezeNode } from './frozen-node.ts';
import { holdInserts } from './held-insert.ts';
import { startScene } from './scene.ts';
import { waitFor } from './wait.ts';

export async function proveFrozenPersister(
  t: TestContext,
  { claimIdleMs, frozenMs }: { claimIdleMs: number; frozenMs: number },
): Promise<void> {
  const scene = await startScene(t, { stock: 1500, mysql: {}, env: { COUPONRUSH_CLAIM_IDLE_MS: String(claimIdleMs) } });
  const first = await scene.startNode({ env: { COUPONRUSH_PERSISTER_NAME: 'first', WORKERS: '1' } });
  const { redis } = scene.stores;
  const { outbox } = couponKeys(scene.couponId);
  const rush = scene.rush({ perSecond: 250, seconds: 4 });
  await waitFor('the rush is under way', () => rush.granted > 200);
  const held = await holdInserts(t, scene.mysql.mysqlUrl, scene.couponId);
  await waitFor('it has entries in hand', async () => (await pendingOf(redis, outbox, 'first')) > 0);
  await held.reached();
  const resume = freezeNode(first);
  const frozenAtMs = performance.now();
  assert.ok((await pendingOf(redis, outbox, 'first')) > 0, 'it froze with entries in hand');
  await held.release();
  const history = await rush.done;
  await waitFor('the other one has written them', async () => (await redis.xlen(outbox)) === 0, {
    // Idle for so long, and claimed at the next third of it; a lock of the frozen connection is waited for.
    withinMs: claimIdleMs * 2 + 10_000,
  });
  t.diagnostic(`all written ${Math.round(performance.now() - frozenAtMs)} ms after the freeze`);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, frozenMs - (performance.now() - frozenAtMs))));
  const rows = await scene.countRows();
  resume();
  await waitFor('it is back', async () => (await fetch(`${first.url}/readyz`)).ok);
  const proof = await scene.prove(history);
  assert.equal(proof.rows, rows, 'the revived persister has changed nothing');
}

type Pending = [consumer: string, entries: string][];

async function pendingOf(
  redis: { xpending(key: string, group: string): Promise<unknown> },
  outbox: string,
  name: string,
): Promise<number> {
  const [, , , consumers] = (await redis.xpending(outbox, CONSUMER_GROUP)) as [number, string, string, Pending | null];
  return Number(consumers?.find(([consumer]) => consumer === name)?.[1] ?? 0);
}
