// What the metrics say of coupons while something is missing: MySQL, or a part of the coupon.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { createLogger } from '../../../src/log.ts';
import { createMetrics, type Metrics } from '../../../src/metrics/metrics.ts';
import { connectForCommands } from '../../../src/redis/connections.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { Observer } from '../../../src/watch/observer.ts';
import { type CouponStores, decide, moveWindow, newCoupon, numbers, openStores } from '../../support/coupon-stores.ts';
import { waitFor } from '../../support/wait.ts';

const MINUTE_MS = 60_000;

/** @returns values by their labels, those of a coupon alone by its id */
function observe(t: TestContext, stores: CouponStores, mysqlUrl = stores.mysqlUrl) {
  const metrics = createMetrics();
  const { coupons, deadLetters, decisions, outbox, settings } = metrics;
  const redis = connectForCommands(stores.server.url, 'observer', 5000);
  const database = openDatabase(mysqlUrl, { connections: 3, timeoutMs: 1000 });
  const observer = new Observer({
    redis,
    database,
    log: stores.log,
    outboxRowsMax: 1000,
    metrics: { coupons, deadLetters, decisions, outbox, settings, stores: metrics.stores },
  });
  observer.start();
  t.after(async () => {
    redis.disconnect();
    await database.close();
    await observer.stop();
  });
  return (name: string) => valuesOf(metrics, name);
}

async function valuesOf({ registry }: Metrics, name: string): Promise<Map<string, number>> {
  const metric = (await registry.getMetricsAsJSON()).find((each) => each.name === `couponrush_${name}`);
  assert.ok(metric, name);
  return new Map(metric.values.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
}

test(
  'a coupon without its stock key, as during a rebuild, ' + 'is not ready, and not issued beyond its stock',
  async (t) => {
    const stores = await openStores(t);
    const id = await newCoupon(stores.database, 10);
    await preloadCoupon(stores, id);
    await decide(stores.redis, id, numbers(1, 3));
    const shown = observe(t, stores);
    await waitFor('it is seen', async () => (await shown('coupon_stock')).get(String(id)) === 10);
    await stores.redis.del(couponKeys(id).stock);
    await waitFor('it is not ready', async () => (await shown('coupon_state')).get(`${id} not_ready`) === 1);
    assert.deepEqual(await shown('coupon_stock'), new Map());
    assert.deepEqual(await shown('coupon_stock_left'), new Map());
    assert.equal((await shown('coupon_holders')).get(String(id)), 3);
  },
);

test('a loaded coupon has its name beside its figures, also after an edit, and while MySQL is away', async (t) => {
  const stores = await openStores(t);
  const { database } = stores;
  const id = await newCoupon(database, 10, { name: 'Sale "1" \\ of 2' });
  await newCoupon(database, 10, { name: 'a draft' });
  await preloadCoupon(stores, id);
  let failedLooks = 0;
  const write = (line: string) => {
    if (line.includes('the metrics could not look at MySQL')) failedLooks += 1;
  };
  const shown = observe(t, { ...stores, log: createLogger('test', 'debug', { write }) });
  const names = async () => [...(await shown('coupon_info'))];
  await waitFor('its name is shown', async () => (await names()).length > 0);
  assert.deepEqual(await names(), [[`${id} Sale "1" \\ of 2`, 1]]);
  await database.execute("UPDATE coupon SET name = 'Sold' WHERE id = ?", [id]);
  await waitFor('the new name is shown', async () => (await names()).join() === `${id} Sold,1`);
  await database.execute('RENAME TABLE coupon TO coupon_away');
  await waitFor('two looks have failed', () => failedLooks >= 2);
  assert.deepEqual(await names(), [[`${id} Sold`, 1]]);
});

test('the outbox is seen also where MySQL was away from the start', async (t) => {
  const stores = await openStores(t);
  const id = await newCoupon(stores.database, 10);
  await preloadCoupon(stores, id);
  await decide(stores.redis, id, numbers(1, 4));
  const shown = observe(t, stores, 'mysql://nobody:nothing@127.0.0.1:1/none');
  await waitFor('its rows wait', async () => (await shown('outbox_rows')).get(String(id)) === 4);
});

test('the time to an opening without a preload runs on while MySQL is away', async (t) => {
  const stores = await openStores(t);
  const { database } = stores;
  const soon = await newCoupon(database, 10, { opensAt: new Date(Date.now() + 10 * MINUTE_MS) });
  const past = { opensAt: new Date(Date.now() - 20 * MINUTE_MS), closesAt: new Date(Date.now() - MINUTE_MS) };
  await moveWindow(database, await newCoupon(database, 10), past);
  const shown = observe(t, stores);
  const left = () => shown('coupon_unpreloaded_opens_in_seconds');
  const first = await waitFor('it is seen', async () => (await left()).get(String(soon)));
  assert.equal((await left()).size, 1, 'what is over is not awaited');
  // From here on every look fails.
  await database.execute('RENAME TABLE coupon TO coupon_away');
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const later = (await left()).get(String(soon)) as number;
  assert.ok(first - later > 2, `${first} s, then ${later} s`);
});
