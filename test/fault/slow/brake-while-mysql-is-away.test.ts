// The brake while MySQL hangs: in effect within 3 s by each way, no 201 is given to a request that came after it, and
// MySQL has it with its audit record afterwards.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admin, provePauseIsRecorded, proveStopped, startRushing, timed } from '../../support/brake.ts';
import { runCli } from '../../support/cli.ts';
import { waitFor } from '../../support/wait.ts';

test(
  'the brake with MySQL frozen in a rush: by the ' + 'CLI, from afar and by the API; status and show answer',
  async (t) => {
    const { scene, second, local, remote, rush, limitMs } = await startRushing(t);
    const { app, couponId, stores } = scene;
    await scene.mysql.freeze();
    const all = await timed(
      t,
      'pause --all',
      limitMs,
      runCli(local, 'coupon', 'pause', '--all', '--reason', 'wrong price', '--json'),
    );
    const pausedMs = Date.now();
    assert.deepEqual([all.changed, all.inEffect, all.recorded], [true, true, false]);
    const again = await timed(t, 'from afar', limitMs, runCli(remote, 'coupon', 'pause', '--all', '--json'));
    assert.deepEqual([again.changed, again.inEffect, again.recorded], [false, true, false]);
    const one = await admin(app, 'POST', `/coupons/${second}/pause`);
    assert.deepEqual([one.status, one.body.inEffect, one.body.recorded], [200, true, false]);
    assert.ok(one.ms < limitMs, `${one.ms} ms`);
    await proveStopped(rush, pausedMs);

    for (const path of ['/status', '/coupons', `/coupons/${couponId}`]) {
      const { status, body, ms } = await admin(app, 'GET', path);
      assert.deepEqual([status, body.mysql, body.redis], [200, 'unreachable', 'ok'], path);
      assert.ok(ms < limitMs, `${path}: ${ms} ms`);
    }
    const shown = await timed(t, 'show', limitMs, runCli(local, 'coupon', 'show', String(couponId), '--json'));
    const live = shown.live as { state: string; unrecordedPause: { reason: string } };
    assert.deepEqual([shown.mysql, live.state, live.unrecordedPause.reason], ['unreachable', 'PAUSED', 'wrong price']);
    for (const [method, path] of [
      ['GET', '/audit'],
      ['POST', `/coupons/${couponId}/preload`],
      ['GET', `/coupons/${couponId}/verification`],
    ] as const) {
      const { status, ms } = await admin(app, method, path);
      assert.ok(status === 503 || status === 504, `${path}: ${status}`);
      assert.ok(ms < limitMs, `${path}: ${ms} ms`);
    }

    await scene.mysql.resume();
    await provePauseIsRecorded(scene, couponId, [/^cli /, /^api \S+@/]);
    await provePauseIsRecorded(scene, second, [/^cli /, /^api \S+@/, /^api alice/]);
    await proveStopped(rush, pausedMs);
    await waitFor('nothing is left to record', async () => (await stores.redis.exists('couponrush:brakes')) === 0);
    const resumed = await admin(app, 'POST', `/coupons/${couponId}/resume`);
    assert.deepEqual([resumed.status, resumed.body.changed], [200, true]);
    const before = rush.granted;
    await waitFor('it is issued again', () => rush.granted > before);
    rush.stop();
    await scene.prove(await rush.done);
  },
);
