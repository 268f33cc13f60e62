// A resume that was answered 504 while MySQL hung is not made when MySQL goes on: the pause that the operator made
// since is not overtaken.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBrakes } from '../../../src/coupons/brake.ts';
import { listAudit } from '../../../src/store/tables/audit.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import { admin } from '../../support/brake.ts';
import { decide } from '../../support/coupon-stores.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const ROUNDS = 3;
/** What a late move would take, many times over. */
const LATE_MS = 2000;

test('a resume in a frozen MySQL, and a pause after its 504: the coupon stays paused', async (t) => {
  const scene = await startScene(t, { stock: 100, mysql: {} });
  const { app, couponId, stores } = scene;
  const first = await admin(app, 'POST', `/coupons/${couponId}/pause`);
  assert.deepEqual([first.status, first.body.recorded], [200, true]);
  for (let round = 1; round <= ROUNDS; round++) {
    const version = (await readCoupon(stores.database, couponId))?.version;
    await scene.mysql.freeze();
    const resumed = await admin(app, 'POST', `/coupons/${couponId}/resume`);
    assert.deepEqual([resumed.status, resumed.body.code], [504, 'OUTCOME_UNKNOWN']);
    const paused = await admin(app, 'POST', `/coupons/${couponId}/pause`);
    assert.deepEqual([paused.status, paused.body.inEffect, paused.body.recorded], [200, true, false]);
    await scene.mysql.resume();
    await waitFor('MySQL has the pause', async () => (await readBrakes(stores.redis)).size === 0, {
      withinMs: 20_000,
    });
    await sleep(LATE_MS);
    const coupon = await readCoupon(stores.database, couponId);
    assert.deepEqual([coupon?.state, coupon?.version], ['PAUSED', version]);
    const records = await listAudit(stores.database, { couponId, limit: 50 });
    assert.equal(records.filter(({ action }) => action === 'resume').length, 0);
    assert.deepEqual(await decide(stores.redis, couponId, [round]), ['decided', 'p']);
  }
  const resumed = await admin(app, 'POST', `/coupons/${couponId}/resume`);
  assert.deepEqual([resumed.status, resumed.body.changed], [200, true]);
});
