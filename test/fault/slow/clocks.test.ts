import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock, whyNoFakeClock } from '../../support/fake-clock.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor, within } from '../../support/wait.ts';

const skip = whyNoFakeClock() ?? false;
const HALF_AN_HOUR_MS = 1_800_000;

test("25 Redis' clock jumps by +1 h and -1 h: its time decides the window, and there is no duplicate row", {
  skip,
}, async (t) => {
  const clock = createFakeClock(t, 0);
  const scene = await startScene(t, {
    stock: 900,
    coupon: {
      opensAt: new Date(Date.now() - HALF_AN_HOUR_MS),
      closesAt: new Date(Date.now() + HALF_AN_HOUR_MS),
      openNow: true,
    },
    redis: { through: clock.through },
  });
  const rush = scene.rush({ perSecond: 200, seconds: 8, userOf: (index) => 1 + (index % 1200) });
  const answered = (code: string) =>
    within(
      3000,
      code,
      rush.next((attempt) => attempt.code === code),
    );
  await waitFor('the rush is under way', () => rush.granted > 150);
  clock.set(2 * HALF_AN_HOUR_MS);
  await answered('EXPIRED_COUPON');
  clock.set(-2 * HALF_AN_HOUR_MS);
  await answered('NOT_OPEN_COUPON');
  clock.set(0);
  await within(3000, 'a coupon is granted again', rush.nextGrant());
  const history = await rush.done;
  assert.deepEqual(
    history.filter(({ status }) => status !== 201 && status !== 400 && status !== 503),
    [],
  );
  await scene.prove(history);
});

test('nodes whose clocks are 5 s ahead and 5 s behind: the deadline holds, and nothing is issued twice', {
  skip,
}, async (t) => {
  const ahead = createFakeClock(t, 5000);
  const behind = createFakeClock(t, -5000);
  const scene = await startScene(t, { stock: 900, env: { ...ahead.env, WORKERS: '1' } });
  const second = await scene.startNode({
    env: { ...behind.env, WORKERS: '1', COUPONRUSH_PERSISTER_NAME: 'second' },
  });
  // Both are asked by the same users.
  const rushes = [
    scene.rush({ perSecond: 150, seconds: 4 }),
    scene.rush({ perSecond: 150, seconds: 4, port: second.port }),
  ];
  await waitFor('the rush is under way', () => rushes.every((rush) => rush.granted > 50));
  await scene.stores.server.freeze();
  await new Promise((resolve) => setTimeout(resolve, 800));
  await scene.stores.server.resume();
  const history = (await Promise.all(rushes.map((rush) => rush.done))).flat();
  const slowest = Math.max(...history.map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs));
  assert.ok(slowest < 2250, `answered after ${slowest} ms`);
  await scene.prove(history);
});
