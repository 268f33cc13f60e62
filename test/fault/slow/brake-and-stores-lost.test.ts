// The brake while first Redis hangs, then MySQL is gone, and Redis loses everything meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admin, provePauseIsRecorded, proveStopped, startRushing, timed } from '../../support/brake.ts';
import { runCli } from '../../support/cli.ts';
import { testFolder } from '../../support/folder.ts';
import { waitFor } from '../../support/wait.ts';

test(
  'Redis frozen, then MySQL killed, then FLUSHALL: what ' + 'each store tells alone, and a pause that outlives both',
  async (t) => {
    const { scene, local, remote, rush, limitMs } = await startRushing(t);
    const { app, couponId, stores } = scene;
    await stores.server.freeze();
    for (const path of ['/status', '/coupons', `/coupons/${couponId}`]) {
      const { status, body, ms } = await admin(app, 'GET', path);
      assert.deepEqual([status, body.mysql, body.redis], [200, 'ok', 'unreachable'], path);
      assert.ok(ms < limitMs, `${path}: ${ms} ms`);
    }
    const shown = await timed(t, 'show', limitMs, runCli(local, 'coupon', 'show', String(couponId), '--json'));
    assert.deepEqual([shown.redis, shown.state, shown.live], ['unreachable', 'OPEN', null]);
    const stored = await admin(app, 'POST', `/coupons/${couponId}/pause`);
    assert.deepEqual([stored.status, stored.body.inEffect, stored.body.recorded], [200, false, true]);
    assert.ok(stored.ms < limitMs, `${stored.ms} ms`);
    await stores.server.resume();
    const state = () => stores.redis.hget(`coupon:${couponId}:meta`, 'state').catch(() => null);
    await waitFor('Redis has the pause', async () => (await state()) === 'paused');
    const before = rush.granted;
    await waitFor(
      'it is resumed',
      async () => (await admin(app, 'POST', `/coupons/${couponId}/resume`)).status === 200,
    );
    await waitFor('it is issued again', () => rush.granted > before);

    await scene.mysql.kill();
    const stranger = { ...local, COUPONRUSH_DATA_DIR: testFolder('stranger') };
    const refused = await runCli(stranger, 'coupon', 'pause', String(couponId));
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /nothing is known here of whether this Redis belongs to it/);
    assert.equal(await stores.redis.exists('couponrush:brakes'), 0);
    const paused = await timed(t, 'from afar', limitMs, runCli(remote, 'coupon', 'pause', String(couponId), '--json'));
    assert.deepEqual([paused.changed, paused.inEffect, paused.recorded], [true, true, false]);
    const pausedMs = Date.now();
    await proveStopped(rush, pausedMs);
    // A persister remembers it within half a second.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await stores.server.cli('FLUSHALL');
    await scene.mysql.restart();
    await provePauseIsRecorded(scene, couponId, [/^api \S+@/]);
    await waitFor('it is loaded again', async () => (await state()) !== null, { withinMs: 20_000 });
    await proveStopped(rush, pausedMs);
    assert.equal(await state(), 'paused');
    rush.stop();
    await rush.done;
  },
);
