import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { LiveVerifier } from '../../../src/watch/live-verifier.ts';
import { newCoupon, openStores } from '../../support/coupon-stores.ts';
import { waitFor } from '../../support/wait.ts';

test('checking many coupons leaves no listener behind', async (t) => {
  const stores = await openStores(t);
  for (let coupon = 0; coupon < 15; coupon++) await preloadCoupon(stores, await newCoupon(stores.database, 5));
  const warnings: string[] = [];
  const onWarning = (warning: Error) => warnings.push(warning.name);
  process.on('warning', onWarning);
  const { registry, verify } = createMetrics();
  const verifier = new LiveVerifier({ ...stores, everyMs: 50, holdersMax: 100, metrics: verify });
  t.after(async () => {
    process.off('warning', onWarning);
    await verifier.stop();
  });
  verifier.start();
  await waitFor('all are checked', async () => {
    const metrics = await registry.getMetricsAsJSON();
    return metrics.find(({ name }) => name === 'couponrush_verify_last_timestamp_seconds')?.values.length === 15;
  });
  assert.deepEqual(warnings, []);
});
