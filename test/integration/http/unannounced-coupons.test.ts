// A coupon is announced by its preload: until then nobody outside knows of it, however they ask.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { archiveCoupon } from '../../../src/coupons/archive.ts';
import { closeCoupon } from '../../../src/coupons/close.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { startApp } from '../../support/app.ts';
import { issue, request } from '../../support/ask.ts';
import { connectStores, newCoupon, silent } from '../../support/coupon-stores.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

async function setUp(t: TestContext) {
  const [server, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const app = await startApp(t, { redisUrl: server.url, mysqlUrl });
  const { database, redis } = connectStores(t, server.url, mysqlUrl);
  /** The codes of the three ways to ask: issue, holding, view; a state where there is no code. */
  const ask = (id: number) =>
    Promise.all([
      issue(app.url, id, 7).then(({ code, status }) => code || String(status)),
      request(app.url, `/api/v2/me/coupons/${id}`, { headers: { 'commerce-user-id': '7' } }).then(({ code }) => code),
      request(app.url, `/api/v2/coupons/${id}`).then(({ code, body }) => code || String(body.state)),
    ]);
  return { servers: { redis, database, log: silent }, ask };
}

const UNKNOWN = Array(3).fill('NOT_FOUND_COUPON');
const FAR = new Date('2040-01-01T00:00:00Z');
const order = (couponId: number) => ({ couponId, actor: 'test' });

test('a draft is unknown to everyone, and so is one that was archived without having been loaded', async (t) => {
  const { servers, ask } = await setUp(t);
  const drafts = await Promise.all([
    newCoupon(servers.database, 5),
    newCoupon(servers.database, 5, { opensAt: FAR }),
    newCoupon(servers.database, 5, { opensAt: FAR, closesAt: new Date('2041-01-01') }),
  ]);
  for (const id of drafts) assert.deepEqual(await ask(id), UNKNOWN);
  const [first] = drafts;
  await archiveCoupon(servers, order(first));
  assert.deepEqual(await ask(first), UNKNOWN);
  // One that was announced stays known.
  const old = await newCoupon(servers.database, 5);
  await preloadCoupon(servers, old);
  await closeCoupon(servers, order(old), 5000);
  await archiveCoupon(servers, order(old));
  assert.deepEqual((await ask(old)).slice(0, 2), ['EXPIRED_COUPON', 'NOT_ISSUED_COUPON']);
});

test('a preload makes it known at once, also to those who have just been told that there is none', async (t) => {
  const { servers, ask } = await setUp(t);
  for (const [opensAt, known] of [
    [FAR, ['NOT_OPEN_COUPON', 'NOT_ISSUED_COUPON', 'SCHEDULED']],
    [null, ['ALREADY_ISSUED_COUPON', '', 'OPEN']],
  ] as const) {
    const id = await newCoupon(servers.database, 5, opensAt ? { opensAt } : {});
    const loading = { done: false };
    const crowd = Array.from({ length: 4 }, async () => {
      while (!loading.done) await ask(id);
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await preloadCoupon(servers, id);
    const loadedMs = performance.now();
    let asked = await ask(id);
    while (asked.includes('NOT_FOUND_COUPON')) {
      assert.ok(performance.now() - loadedMs < 1500, `still unknown: ${asked}`);
      asked = await ask(id);
    }
    loading.done = true;
    await Promise.all(crowd);
    // Whoever knows it does not forget it.
    for (let n = 0; n < 20; n++) assert.deepEqual(await ask(id), known);
  }
});
