// The brake by the admin API while it is not proven that Redis and MySQL belong together: it stops issuing by Redis
// alone, and MySQL, which may be another installation's, is neither read nor written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authentication } from '../../../src/admin/authentication.ts';
import type { Refusal } from '../../../src/admin/installation-check.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { readBrakesOf } from '../../../src/coupons/brake.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { EVERY_COUPON } from '../../../src/redis/keys.ts';
import { listAudit } from '../../../src/store/tables/audit.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import { decide, newCoupon, openStores } from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';

const REASON = 'not proven yet: this MySQL is another server';

async function openUnproven(t: Scope, refusal: Refusal) {
  const stores = await openStores(t);
  const { database } = stores;
  const couponId = await newCoupon(database, 10);
  await preloadCoupon(stores, couponId);
  const app = createAdminServer({
    authentication: new Authentication({ token: 'secret', failuresMax: 1000 }),
    servers: stores,
    openapi: '{}',
    refusal: async () => refusal,
  });
  t.after(() => app.close());
  const ask = async (method: 'GET' | 'POST', path: string, payload?: object) => {
    const headers = { authorization: 'Bearer secret' };
    const reply = await app.inject({ method, url: `/admin/v1${path}`, headers, ...(payload ? { payload } : {}) });
    return { status: reply.statusCode, body: reply.json() };
  };
  const inMysql = async () => ({
    coupon: await readCoupon(database, couponId),
    audit: await listAudit(database, { limit: 100 }),
  });
  return { ...stores, couponId, ask, inMysql };
}

test('a pause stops issuing, is answered as not recorded, and writes nothing to MySQL', async (t) => {
  const { redis, couponId, ask, inMysql } = await openUnproven(t, { reason: REASON, allowsBrake: true });
  const before = await inMysql();
  const { status, body } = await ask('POST', `/coupons/${couponId}/pause`, { reason: 'wrong price' });
  assert.deepEqual([status, body], [200, { couponId, changed: true, inEffect: true, recorded: false, coupon: null }]);
  assert.deepEqual(await decide(redis, couponId, [1]), ['decided', 'p']);
  const [brake] = await readBrakesOf(redis, couponId);
  assert.equal(brake?.reason, 'wrong price');
  assert.deepEqual(await inMysql(), before);
});

test('a pause of everything does so too, and leaves the mark by which drafts are held later', async (t) => {
  const { redis, couponId, ask, inMysql } = await openUnproven(t, { reason: REASON, allowsBrake: true });
  const before = await inMysql();
  const { status, body } = await ask('POST', '/pause');
  assert.equal(status, 200);
  assert.deepEqual([body.changed, body.inEffect, body.recorded, body.drafts], [true, true, false, 'waiting']);
  assert.deepEqual(body.coupons, [{ couponId, changed: true, inEffect: true, recorded: false }]);
  assert.deepEqual(await decide(redis, couponId, [1]), ['decided', 'p']);
  assert.equal((await readBrakesOf(redis, EVERY_COUPON)).length, 1);
  assert.deepEqual(await inMysql(), before);
});

test('nothing else is served meanwhile, and no pause on a Redis that may be another one', async (t) => {
  const unproven = await openUnproven(t, { reason: REASON, allowsBrake: true });
  const { couponId } = unproven;
  for (const [method, path] of [
    ['POST', `/coupons/${couponId}/resume`],
    ['POST', `/coupons/${couponId}/close`],
    ['GET', `/coupons/${couponId}`],
    ['GET', '/status'],
  ] as const) {
    const { status, body } = await unproven.ask(method, path);
    assert.deepEqual([status, body.code, body.detail], [503, 'NOT_READY', REASON], path);
  }
  const dry = await unproven.ask('POST', `/coupons/${couponId}/pause`, { dryRun: true });
  assert.deepEqual([dry.status, dry.body.code], [503, 'STORES_AWAY']);

  const another = await openUnproven(t, { reason: REASON, allowsBrake: false });
  for (const path of [`/coupons/${another.couponId}/pause`, '/pause']) {
    const { status, body } = await another.ask('POST', path);
    assert.deepEqual([status, body.code, body.detail], [503, 'NOT_READY', REASON], path);
  }
  assert.deepEqual(await decide(another.redis, another.couponId, [1]), ['decided', 'i']);
});
