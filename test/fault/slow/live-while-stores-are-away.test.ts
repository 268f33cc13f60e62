// The live stream of the whole server while MySQL stands still and Redis dies in a rush: it goes on, and says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { couponKeys } from '../../../src/redis/keys.ts';
import { ADMIN_TOKEN } from '../../support/app.ts';
import { LiveViewer, type SeenLook } from '../../support/live-viewer.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const BEARER = { authorization: `Bearer ${ADMIN_TOKEN}` };
/** Between two looks, and until a silence is shown. */
const WITHIN_MS = 1500;

function longestGapMs(looks: readonly SeenLook[]): number {
  return Math.max(...looks.slice(1).map(({ seenMs }, index) => seenMs - (looks[index] as SeenLook).seenMs));
}

test('MySQL frozen, then Redis killed, in a rush: looks go on, name it, and agree at rest', async (t) => {
  const scene = await startScene(t, { stock: 20_000, mysql: {} });
  const { app, couponId, stores } = scene;
  const viewer = new LiveViewer(t, app.adminUrl, BEARER);
  await viewer.see(
    'both stores and the server',
    ({ mysql, redis, server }) => mysql === 'ok' && redis === 'ok' && server,
  );
  const rush = scene.rush({ perSecond: 100, seconds: 20 });
  const busy = await viewer.see('the rush', ({ server }) => (server?.answersPerSecond.issued ?? 0) > 50);
  assert.equal(busy.gate, 'open');
  assert.ok(Object.keys(busy.processes).includes('http 1'), JSON.stringify(busy.processes));
  assert.ok((busy.server?.byCoupon[couponId]?.granted ?? 0) > 50);
  assert.ok((busy.server?.p99Ms ?? 0) > 0);
  assert.deepEqual([busy.alerts.source, busy.alerts.firing], ['server', []]);

  await scene.mysql.freeze();
  const frozenMs = performance.now();
  const silent = await viewer.see('MySQL is said to be silent', ({ mysql }) => mysql === 'unreachable');
  assert.ok(silent.seenMs - frozenMs < WITHIN_MS + 1000, `${Math.round(silent.seenMs - frozenMs)} ms`);
  const before = viewer.coupon(couponId)?.live?.left ?? 0;
  const later = await viewer.see('the rush goes on', ({ seenMs }) => seenMs - silent.seenMs > 3000);
  assert.deepEqual([later.mysql, later.redis, later.gate], ['unreachable', 'ok', 'open']);
  assert.ok((viewer.coupon(couponId)?.live?.left ?? 0) < before, 'how many are left goes on');
  assert.equal(viewer.coupon(couponId)?.name, 'test', 'what MySQL said before is shown');
  assert.ok(Date.parse(later.at) - Date.parse(later.storesAt.mysql ?? '') > 3000, 'with its age');
  await scene.mysql.resume();
  await viewer.see('MySQL is back', ({ mysql }) => mysql === 'ok');

  await stores.server.kill();
  const killedMs = performance.now();
  const away = await viewer.see('Redis is said to be away', ({ redis }) => redis === 'unreachable');
  assert.ok(away.seenMs - killedMs < WITHIN_MS + 1000, `${Math.round(away.seenMs - killedMs)} ms`);
  assert.deepEqual([away.gate, away.mysql], ['unknown', 'ok']);
  assert.ok(away.storesAt.redis !== null && viewer.coupon(couponId)?.live, 'the last figures, with their age');
  assert.equal(viewer.coupon(couponId)?.issuedPerSecond, null, 'a rate of before is none of now');
  await viewer.see('a while without Redis', ({ seenMs }) => seenMs - away.seenMs > 2000);
  await stores.server.restart();
  await viewer.see('the gate is open again', ({ gate, redis }) => gate === 'open' && redis === 'ok', 30_000);
  const gapMs = longestGapMs(viewer.looks.filter(({ seenMs }) => seenMs >= busy.seenMs));
  t.diagnostic(`longest time between two looks: ${Math.round(gapMs)} ms`);
  assert.ok(gapMs <= WITHIN_MS, `${Math.round(gapMs)} ms between two looks`);

  await rush.done;
  await waitFor('all rows are in MySQL', async () => viewer.coupon(couponId)?.live?.backlog === 0, {
    withinMs: 20_000,
  });
  const rows = await scene.countRows();
  const holders = await stores.redis.scard(couponKeys(couponId).holders);
  const shown = viewer.coupon(couponId);
  assert.deepEqual([shown?.live?.holders, shown?.live?.left], [holders, 20_000 - holders]);
  await viewer.see("MySQL's own figure", () => viewer.coupon(couponId)?.left === 20_000 - rows);
  assert.equal(rows, holders);
  assert.equal(await app.stop(), 0, 'an open stream does not hold up the end of the server');
  await waitFor('the stream is over', () => viewer.isOver);
});
