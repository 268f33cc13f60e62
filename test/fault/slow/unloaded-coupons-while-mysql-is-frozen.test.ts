import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issue } from '../../support/ask.ts';
import { startScene } from '../../support/scene.ts';

test(
  'MySQL frozen: who asks for coupons that are not loaded ' + 'is answered by the deadline, and no open coupon waits',
  async (t) => {
    const scene = await startScene(t, { stock: 500, mysql: {}, env: { COUPONRUSH_INFLIGHT_MAX: '400' } });
    await scene.mysql.freeze();
    const rush = scene.rush({ perSecond: 100, seconds: 4 });
    const startMs = performance.now();
    // More than may be in flight, for coupons that only MySQL could tell of.
    const strangers = await Promise.all(
      Array.from({ length: 1000 }, async (_, n) => {
        const { code } = await issue(scene.app.url, 1000 + (n % 50), n + 1);
        return { code, ms: performance.now() - startMs };
      }),
    );
    const slowestMs = Math.max(...strangers.map(({ ms }) => ms));
    assert.deepEqual([...new Set(strangers.map(({ code }) => code))], ['NOT_READY']);
    assert.ok(slowestMs < 3000, `${slowestMs} ms`);
    const history = await rush.done;
    assert.deepEqual(
      history.filter(({ status }) => status !== 201),
      [],
    );
    await scene.mysql.resume();
    await scene.prove(history);
  },
);
