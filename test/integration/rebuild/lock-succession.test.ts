import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { couponKeys, GATE_OWNER } from '../../../src/redis/keys.ts';
import { LOCK_MS, LockOwner, takeLock } from '../../../src/redis/lock.ts';
import { newCoupon, openStores } from '../../support/coupon-stores.ts';
import { startGate } from '../../support/gate.ts';
import { waitFor } from '../../support/wait.ts';

/** How long a gate of the name `node` takes to open where these locks are left, each with its holder. */
async function openingMs(t: TestContext, holder: string, key: (couponId: number) => string, ms: number) {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 100);
  await preloadCoupon(stores, couponId);
  await stores.redis.set(key(couponId), holder, 'PX', ms);
  const startedMs = performance.now();
  const gate = startGate(t, stores, { name: 'node' });
  await waitFor('the gate is open', () => gate.status().state === 'open', { withinMs: 20_000 });
  return performance.now() - startedMs;
}

for (const [what, key] of [
  ['gate', () => GATE_OWNER],
  ['coupon', (couponId: number) => couponKeys(couponId).rebuildLock],
] as const) {
  test(`the lock of a predecessor on the ${what} is taken over at once`, async (t) => {
    const tookMs = await openingMs(t, new LockOwner('node').newToken(), key, LOCK_MS);
    assert.ok(tookMs < LOCK_MS - 1000, `${tookMs} ms`);
  });

  test(`the lock of another node on the ${what} is waited for, also of one whose name begins alike`, async (t) => {
    const leftMs = 1500;
    const tookMs = await openingMs(t, new LockOwner('node-2').newToken(), key, leftMs);
    assert.ok(tookMs >= leftMs - 50, `${tookMs} ms`);
  });
}

test('a process does not take a lock of its own', async (t) => {
  const { redis } = await openStores(t);
  const owner = new LockOwner('node');
  assert.equal(await takeLock(redis, GATE_OWNER, owner.newToken(), owner), true);
  await sleep(1);
  assert.equal(await takeLock(redis, GATE_OWNER, owner.newToken(), owner), false);
});
