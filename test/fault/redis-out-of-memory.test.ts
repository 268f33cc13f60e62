import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStatus } from '../../src/overview/status.ts';
import { couponKeys } from '../../src/redis/keys.ts';
import { now } from '../support/issue-client.ts';
import { startScene } from '../support/scene.ts';
import { waitFor, within } from '../support/wait.ts';

test('Redis out of memory refuses before the first write (503), and the persister still drains', async (t) => {
  const scene = await startScene(t, { stock: 900 });
  const { redis } = scene.stores;
  const rush = scene.rush({ perSecond: 300, seconds: 5 });
  await waitFor('the rush is under way', () => rush.granted > 250);
  await redis.config('SET', 'maxmemory', '1mb');
  const fullMs = now();
  await waitFor('the outbox is drained', async () => (await redis.xlen(couponKeys(scene.couponId).outbox)) === 0);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  // What only reads goes on: users and operators are told.
  const of = async (path: string) => {
    const response = await fetch(`${scene.app.url}${path}`, { headers: { 'commerce-user-id': '999999999' } });
    return [response.status, ((await response.json()) as { code?: string }).code];
  };
  assert.deepEqual(await of(`/api/v2/coupons/${scene.couponId}`), [200, undefined]);
  assert.deepEqual(await of(`/api/v2/me/coupons/${scene.couponId}`), [404, 'NOT_ISSUED_COUPON']);
  const { coupons } = await readStatus(redis, scene.stores.database);
  assert.ok((coupons[0]?.live?.holders ?? 0) > 250);
  const roomMs = now();
  await redis.config('SET', 'maxmemory', '1gb');
  const first = await within(3000, 'a coupon is granted again', rush.nextGrant());
  t.diagnostic(`first grant ${Math.round(first.endedAtMs - roomMs)} ms after there was memory again`);
  const history = await rush.done;
  const meanwhile = history.filter(({ startedAtMs, endedAtMs }) => startedAtMs > fullMs + 20 && endedAtMs < roomMs);
  assert.ok(meanwhile.length > 200);
  assert.deepEqual(new Set(meanwhile.map(({ status }) => status)), new Set([503]));
  const proof = await scene.prove(history);
  assert.equal(proof.rows, 900);
});
