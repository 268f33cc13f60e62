import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ensureDemoCoupon } from '../../../src/cluster/demo.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { CHANGES_CHANNEL, couponKeys, LOADED_COUPONS } from '../../../src/redis/keys.ts';
import { decide, holdersOf, insertRows, newCoupon, numbers, openStores } from '../../support/coupon-stores.ts';

test('a preloaded coupon is open, and preloading it again changes nothing', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await newCoupon(database, 3, {
    opensAt: new Date('2001-01-01'),
    closesAt: new Date('2099-01-01'),
    openNow: true,
  });
  const { stock, meta, outbox } = couponKeys(couponId);

  assert.equal(await preloadCoupon(stores, couponId), 'preloaded');
  assert.equal(await redis.get(stock), '3');
  assert.deepEqual(await redis.hgetall(meta), {
    state: 'open',
    opensAt: String(Date.parse('2001-01-01')),
    closesAt: String(Date.parse('2099-01-01')),
    sequence: '0',
    epoch: '1',
    version: '1',
    total: '3',
    base: '0',
    unheld: '0',
  });
  assert.deepEqual(await redis.smembers(LOADED_COUPONS), [String(couponId)]);
  assert.equal(((await redis.xinfo('GROUPS', outbox)) as unknown[]).length, 1);
  assert.deepEqual(await decide(redis, couponId, [7, 8, 7, 9, 10]), ['decided', 'iidis']);

  assert.equal(await preloadCoupon(stores, couponId), 'already');
  assert.deepEqual(await holdersOf(redis, couponId), [7, 8, 9]);
  assert.equal(await redis.hget(meta, 'sequence'), '3');
  assert.equal(await redis.xlen(outbox), 1);
});

test('preloads of one coupon at once load it once, and tell the HTTP workers', async (t) => {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 100);
  await insertRows(stores.database, couponId, numbers(1, 40));
  const subscriber = stores.redis.duplicate();
  t.after(async () => subscriber.disconnect());
  const changes: string[] = [];
  subscriber.on('message', (_, id) => changes.push(id));
  await subscriber.subscribe(CHANGES_CHANNEL);

  await Promise.all([1, 2, 3, 4].map(() => preloadCoupon(stores, couponId)));
  assert.deepEqual(await holdersOf(stores.redis, couponId), numbers(1, 40));
  assert.equal(await stores.redis.hget(couponKeys(couponId).meta, 'sequence'), '40');
  assert.equal(await stores.redis.hget(couponKeys(couponId).meta, 'epoch'), '1');
  assert.deepEqual(changes, [String(couponId)]);
});

test('a coupon that is not there or archived is not preloaded', async (t) => {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 3);
  await stores.database.execute("UPDATE coupon SET state = 'ARCHIVED' WHERE id = ?", [couponId]);
  assert.equal(await preloadCoupon(stores, couponId), 'archived');
  assert.equal(await preloadCoupon(stores, 404), 'absent');
  assert.deepEqual(await stores.redis.keys('*'), []);
});

test('the first start makes coupon 1, once', async (t) => {
  const stores = await openStores(t);
  assert.deepEqual((await Promise.all([1, 2, 3].map(() => ensureDemoCoupon(stores)))).sort(), [false, false, true]);
  assert.equal(await ensureDemoCoupon(stores), false);
  assert.equal(await stores.redis.get(couponKeys(1).stock), '1000');
  assert.equal(((await stores.database.query('SELECT id FROM coupon')) as unknown[]).length, 1);
});
