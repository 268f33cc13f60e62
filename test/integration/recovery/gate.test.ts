import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adoptCoupon } from '../../../src/coupons/adopt.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { Gate } from '../../../src/recovery/gate.ts';
import {
  type CouponStores,
  decide,
  holdersOf,
  isVerified,
  newCoupon,
  numbers,
  openStores,
  persistOutbox,
  silent,
} from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

function startGate(t: Scope, stores: CouponStores): Gate {
  const gate = new Gate({
    redisUrl: stores.server.url,
    database: stores.database,
    log: silent,
    adopt: (couponId) => adoptCoupon(stores, couponId),
    checkEveryMs: 100,
  });
  t.after(() => gate.stop());
  gate.start();
  return gate;
}

test('a fresh Redis is verified by the first start', async (t) => {
  const stores = await openStores(t);
  assert.equal(await isVerified(stores.redis), false);
  const gate = startGate(t, stores);
  await waitFor('the gate is open', () => gate.status().state === 'open');
  assert.equal(await isVerified(stores.redis), true);
});

test('a Redis that restarts with its data is verified without a rebuild', async (t) => {
  const stores = await openStores(t);
  const { redis, server, database } = stores;
  const couponId = await newCoupon(database, 100);
  const gate = startGate(t, stores);
  await preloadCoupon(stores, couponId);
  await decide(redis, couponId, numbers(1, 50));
  await persistOutbox(stores, couponId);
  await decide(redis, couponId, numbers(51, 60));
  await waitFor('the gate is open', () => gate.status().state === 'open');
  const { rebuilds } = gate.status();
  await server.restart();
  await waitFor('the test is connected again', () => redis.status === 'ready');
  await waitFor('the gate is open again', () => isVerified(redis));
  assert.equal(gate.status().rebuilds, rebuilds);
  assert.deepEqual(await holdersOf(redis, couponId), numbers(1, 60));
  assert.deepEqual(await decide(redis, couponId, [60, 61]), ['decided', 'di']);
});
