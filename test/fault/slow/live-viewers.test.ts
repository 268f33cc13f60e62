// Many viewers of the live stream, and bad ones: what they cost the stores and the admin process.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { FastifyInstance } from 'fastify';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { commandsDuring } from '../../support/commands-during.ts';
import { type CouponStores, decide, migratedStores, newCoupon, openStores } from '../../support/coupon-stores.ts';
import { BEARER, serveLive } from '../../support/live-server.ts';
import { type Scope, startMysql, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const RATIO_MAX = 1.2;
const COUNTED_MS = 15_000;
/** What a look asks, and issuing does not. */
const OF_LOOKS = ['client|list', 'smembers', 'hgetall', 'info'];

/** Commands of looks in Redis, and reading statements in MySQL. */
async function askedOf(stores: CouponStores): Promise<{ readonly redis: number; readonly mysql: number }> {
  const selects = async () => {
    const [row] = await stores.database.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Com_select'");
    return Number(row?.Value);
  };
  const before = await selects();
  const counts = await commandsDuring(stores.server, () => sleep(COUNTED_MS));
  const redis = OF_LOOKS.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
  return { redis, mysql: (await selects()) - before };
}

/** Issues coupons until the end of the test, so that there are four looks a second. */
function issueSteadily(t: Scope, { redis }: CouponStores, couponId: number): void {
  let user = 0;
  // Redis may end before the timer does.
  const timer = setInterval(() => void decide(redis, couponId, [++user]).catch(() => {}), 100);
  t.after(async () => clearInterval(timer));
}

test('50 viewers of a rush cost Redis and MySQL what one costs', async (t) => {
  const [redis, mysql] = await Promise.all([startRedis(t), startMysql(t)]);
  const stores = await migratedStores(t, redis, mysql.mysqlUrl);
  const couponId = await newCoupon(stores.database, 1_000_000);
  await preloadCoupon(stores, couponId);
  const { watch } = await serveLive(t, stores);
  issueSteadily(t, stores, couponId);
  const first = watch();
  await first.see('the rush', () => (first.coupon(couponId)?.issuedPerSecond ?? 0) > 0);
  const one = await askedOf(stores);
  const viewers = [first, ...Array.from({ length: 49 }, () => watch())];
  await waitFor('all see looks', () => viewers.every(({ looks }) => looks.length > 0));
  const fifty = await askedOf(stores);
  const ratios = { redis: fifty.redis / one.redis, mysql: fifty.mysql / one.mysql };
  t.diagnostic(`in ${COUNTED_MS} ms: one ${JSON.stringify(one)}, 50 ${JSON.stringify(fifty)}`);
  assert.ok(one.redis > COUNTED_MS / 100 && one.mysql > COUNTED_MS / 1000, 'the looks are counted');
  assert.ok(ratios.redis <= RATIO_MAX && ratios.mysql <= RATIO_MAX, JSON.stringify(ratios));
  const last = viewers.map((viewer) => viewer.last?.at);
  assert.ok(new Set(last).size <= 2, 'all see the same look');
});

test('the 201st viewer is answered 503, and the API has connections left', async (t) => {
  const stores = await openStores(t);
  const { url, watch } = await serveLive(t, stores);
  const viewers = Array.from({ length: 200 }, () => watch());
  await waitFor('200 viewers see looks', () => viewers.every(({ looks }) => looks.length > 0), { withinMs: 30_000 });
  const refused = watch();
  await refused.begun;
  assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '1']);
  assert.equal((await fetch(`${url}/admin/v1/coupons`, { headers: BEARER })).status, 200);
  viewers[0]?.leave();
  const next = await waitFor('its place is free', async () => {
    const viewer = watch();
    await viewer.begun;
    return viewer.status === 200 ? viewer : null;
  });
  await next.see('a look', () => true);
});

function connections({ server }: FastifyInstance): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Without what is garbage already. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('a viewer that reads nothing is cut, costs no memory meanwhile, and slows no other', async (t) => {
  const stores = await openStores(t);
  const ids: number[] = [];
  // Large looks, so that the kernel's buffers are full soon.
  for (let n = 0; n < 50; n++) ids.push(await newCoupon(stores.database, 1000, { name: 'x'.repeat(100) }));
  for (const id of ids) await preloadCoupon(stores, id);
  const { app, watch } = await serveLive(t, stores);
  const [couponId = 0] = ids;
  issueSteadily(t, stores, couponId);
  const healthy = watch();
  await healthy.see('the rush', () => (healthy.coupon(couponId)?.issuedPerSecond ?? 0) > 0);
  const before = heldBytes();
  const stalled = Array.from({ length: 20 }, () => watch(BEARER, { reads: false }));
  await Promise.all(stalled.map(({ begun }) => begun));
  assert.equal(await connections(app), 21);
  let largest = 0;
  await waitFor(
    'all that read nothing are cut',
    async () => {
      // What the test itself keeps.
      healthy.looks.splice(0, healthy.looks.length - 1);
      largest = Math.max(largest, heldBytes() - before);
      return (await connections(app)) === 1;
    },
    { withinMs: 240_000, everyMs: 1000 },
  );
  t.diagnostic(`${Math.round(largest / 1e6)} MB more at most, with 20 that read nothing`);
  assert.ok(largest < 30e6, `${Math.round(largest / 1e6)} MB`);
  const seenMs = healthy.last?.seenMs ?? 0;
  await healthy.see('a next look', () => true, 2000);
  assert.ok(performance.now() - seenMs < 3000, 'the other one sees looks all the while');
});
