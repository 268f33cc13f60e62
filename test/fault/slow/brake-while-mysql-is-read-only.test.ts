// The brake while MySQL reads and does not write: in effect within 3 s by each way, no 201 is given to a request that
// came after it, and MySQL has it with its audit record once it writes again. A resume is refused until then.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBrakes } from '../../../src/coupons/brake.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import { ADMIN_TOKEN } from '../../support/app.ts';
import { admin, limitNow, provePauseIsRecorded, proveStopped, timed } from '../../support/brake.ts';
import { runCli } from '../../support/cli.ts';
import { newCoupon } from '../../support/coupon-stores.ts';
import { addLimitedUser } from '../../support/limited-mysql-user.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

test('the brake with MySQL read-only in a rush: by the CLI, from afar and by the API', async (t) => {
  const scene = await startScene(t, { stock: 100_000, mysql: {} });
  const { couponId, stores } = scene;
  await scene.app.stop();
  const mysqlUrl = await addLimitedUser(t, scene);
  const app = await scene.startNode({ mysqlUrl });
  const second = await newCoupon(stores.database, 5);
  await preloadCoupon(stores, second);
  const rush = scene.rush({ port: app.port, perSecond: 40, seconds: 100 });
  await waitFor('the rush is under way', () => rush.granted > 20);
  const limitMs = await limitNow();
  const local = { REDIS_URL: stores.server.url, MYSQL_URL: mysqlUrl };
  const remote = { COUPONRUSH_ADMIN_URL: app.adminUrl, COUPONRUSH_ADMIN_TOKEN: ADMIN_TOKEN };

  await stores.database.execute('SET GLOBAL read_only = 1');
  const reason = ['--reason', 'wrong price', '--json'];
  const all = await timed(t, 'pause --all', limitMs, runCli(local, 'coupon', 'pause', '--all', ...reason));
  const pausedMs = Date.now();
  assert.deepEqual([all.changed, all.inEffect, all.recorded], [true, true, false]);
  const again = await timed(t, 'from afar', limitMs, runCli(remote, 'coupon', 'pause', '--all', '--json'));
  assert.deepEqual([again.changed, again.inEffect, again.recorded], [false, true, false]);
  const one = await admin(app, 'POST', `/coupons/${second}/pause`);
  assert.deepEqual([one.status, one.body.inEffect, one.body.recorded], [200, true, false]);
  assert.ok(one.ms < limitMs, `${one.ms} ms`);
  await proveStopped(rush, pausedMs);
  for (const id of [couponId, second]) {
    const resumed = await admin(app, 'POST', `/coupons/${id}/resume`);
    assert.deepEqual([resumed.status, resumed.body.code], [503, 'STORES_AWAY']);
    assert.equal((await readCoupon(stores.database, id))?.state, 'OPEN', 'MySQL does not have the pause');
  }
  const shown = await admin(app, 'GET', `/coupons/${couponId}`);
  const live = shown.body.live as { state: string; unrecordedPause: { reason: string } };
  assert.deepEqual([shown.body.mysql, live.state, live.unrecordedPause.reason], ['ok', 'PAUSED', 'wrong price']);
  await proveStopped(rush, pausedMs);

  await stores.database.query('SET GLOBAL read_only = 0');
  await provePauseIsRecorded({ ...scene, app }, couponId, [/^cli /, /^api \S+@/]);
  await provePauseIsRecorded({ ...scene, app }, second, [/^cli /, /^api \S+@/, /^api alice/]);
  await proveStopped(rush, pausedMs);
  await waitFor('nothing is left to record', async () => (await readBrakes(stores.redis)).size === 0);
  const resumed = await admin(app, 'POST', `/coupons/${couponId}/resume`);
  assert.deepEqual([resumed.status, resumed.body.changed], [200, true]);
  const before = rush.granted;
  await waitFor('it is issued again', () => rush.granted > before);
  rush.stop();
  await scene.prove(await rush.done, { url: app.url });
});
