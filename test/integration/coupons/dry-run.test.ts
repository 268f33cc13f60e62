// A dry run answers what the move would, refuses what it would refuse, and leaves both stores byte for byte as they
// were.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { Authentication } from '../../../src/admin/authentication.ts';
import { adminRoutes } from '../../../src/admin/routes.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { ADMIN_TOKEN } from '../../support/app.ts';
import { type CouponStores, decide, openStores, persistOutbox } from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a test reads from an answer is checked by its schema
type Body = any;
type Ask = (method: 'POST' | 'PATCH', path: string, body: object) => Promise<{ status: number; body: Body }>;

const TABLES = ['coupon', 'user_coupon', 'coupon_audit', 'dead_letter_resolution'];
const ajv = new Ajv({ allowUnionTypes: true });
formats.default(ajv, ['date-time']);

function openApi(t: Scope, stores: CouponStores): Ask {
  const app = createAdminServer({
    authentication: new Authentication({ token: ADMIN_TOKEN, failuresMax: 1000 }),
    servers: stores,
    openapi: '{}',
  });
  t.after(() => app.close());
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' };
    const response = await app.inject({ method, url: `/admin/v1${path}`, headers, payload: JSON.stringify(body) });
    const answer = { status: response.statusCode, body: response.json() };
    if (answer.status === 200) {
      const pattern = `/admin/v1${path.replace(/\d+/, '{couponId}')}`;
      const route = adminRoutes().find((each) => each.method === method && each.path === pattern);
      const schema = (answer.body.dryRun && route?.dryRunAnswer) || route?.answer;
      assert.ok(schema && ajv.validate(schema, answer.body), `${path}: ${ajv.errorsText()}`);
    }
    return answer;
  };
}

/** All of both stores, but for the moment of a key's last use. */
async function everything({ redis, database }: CouponStores): Promise<string> {
  const tables = await Promise.all(TABLES.map((table) => database.query(`SELECT * FROM ${table} ORDER BY id`)));
  const [next] = await database.query<{ next: number }>(
    'SELECT AUTO_INCREMENT AS next FROM information_schema.tables ' +
      "WHERE table_schema = DATABASE() AND table_name = 'coupon'",
  );
  const keys = (await redis.keys('*')).sort();
  const values = await Promise.all(keys.map(async (key) => [key, (await redis.dumpBuffer(key))?.toString('hex')]));
  return JSON.stringify([tables, next, values]);
}

/** Asks twice as a dry run, then for real, and holds the two against each other. */
async function tryThenDo(stores: CouponStores, ask: Ask, method: 'POST' | 'PATCH', path: string, body: object) {
  const before = await everything(stores);
  const tried = await ask(method, path, { ...body, dryRun: true });
  const again = await ask(method, path, { ...body, dryRun: true });
  assert.deepEqual(again, tried, path);
  assert.equal(await everything(stores), before, `${path} changed something`);
  const done = await ask(method, path, body);
  if (tried.status >= 400) {
    assert.deepEqual([tried.status, tried.body.code], [done.status, done.body.code], path);
    assert.equal(tried.body.detail, done.body.detail);
  } else {
    assert.equal(tried.body.dryRun, true, path);
    assert.equal(done.body.dryRun, undefined, path);
    assert.notEqual(await everything(stores), before, `${path} changed nothing in earnest either`);
  }
  return { tried: tried.body, done: done.body };
}

const draft = { name: 'Spring sale', totalStock: 5, discountType: 'FIXED', discountAmount: 1000 };

test('every move as a dry run: nothing is changed, and it says what then comes', async (t) => {
  const stores = await openStores(t);
  const { redis } = stores;
  const ask = openApi(t, stores);
  const made = await tryThenDo(stores, ask, 'POST', '/coupons', { ...draft, opensAt: '2099-01-01T09:00:00+09:00' });
  const { id, createdAt: _, ...fields } = made.done;
  assert.deepEqual(made.tried.coupon, fields);
  assert.equal(id, 1, 'a dry run uses no id up');
  const at = `/coupons/${id}`;
  const same = async (method: 'POST' | 'PATCH', path: string, body: object = {}) => {
    const { tried, done } = await tryThenDo(stores, ask, method, path, body);
    assert.deepEqual(tried.coupon, done.coupon, path);
    assert.deepEqual([tried.changed, tried.inEffect, done.inEffect], [true, false, true], path);
    return tried;
  };
  await same('PATCH', at, { totalStock: 6, opensAt: null });
  await same('POST', `${at}/preload`);
  await decide(redis, id, [1, 2, 3]);
  await persistOutbox(stores, id);
  await same('POST', `${at}/restock`, { totalStock: 4 });
  await same('POST', `${at}/restock`, { add: 1, reason: 'more' });
  await same('POST', `${at}/pause`);
  await same('POST', `${at}/resume`);
  await same('POST', `${at}/revoke`, { userId: 2 });
  const rebuilt = await ask('POST', `${at}/rebuild`, { dryRun: true });
  assert.deepEqual([rebuilt.body.dryRun, rebuilt.body.verification.ok], [true, true]);
  const letter = { at: 1, user: 3, sequence: 3, issuedAt: 1, code: 'X', reason: 'r', attempts: 3 };
  const { dead } = couponKeys(id);
  const ids = [];
  for (let n = 0; n < 3; n++) ids.push(await redis.xadd(dead, '*', ...Object.entries(letter).flat()));
  await redis.xadd(dead, '*', 'at', '1', 'raw', 'junk', 'code', 'X', 'attempts', '1');
  const letters = `${at}/dead-letters`;
  const redriven = await tryThenDo(stores, ask, 'POST', `${letters}/redrive`, { ids: [ids[0], ids[0], '1-1'] });
  assert.deepEqual([redriven.tried.sent, redriven.done.sent], [1, 1]);
  const resolved = await tryThenDo(stores, ask, 'POST', `${letters}/resolve`, { ids: [ids[1]], reason: 'given up' });
  assert.deepEqual([resolved.tried.resolved, resolved.done.resolved], [1, 1]);
  const all = await tryThenDo(stores, ask, 'POST', `${letters}/redrive`, { all: true });
  assert.deepEqual([all.tried.sent, all.done.sent], [1, 1], 'the unreadable one is left');
  await redis.del(dead);
  await redis.del(couponKeys(id).outbox);
  await same('POST', `${at}/close`, { waitSeconds: 0 });
  await redis.srem(couponKeys(id).holders, 99);
  const archive = await ask('POST', `${at}/archive`, { dryRun: true });
  assert.deepEqual([archive.status, archive.body.code ?? archive.body.coupon.state], [200, 'ARCHIVED']);
});

test('what would be refused is refused by a dry run in the same words, and leaves no record', async (t) => {
  const stores = await openStores(t);
  const ask = openApi(t, stores);
  const id: number = (await ask('POST', '/coupons', { ...draft, preload: true })).body.id;
  const at = `/coupons/${id}`;
  await decide(stores.redis, id, [1, 2, 3]);
  const refused: readonly (readonly ['POST' | 'PATCH', string, object, string])[] = [
    ['POST', '/coupons', { ...draft, opensAt: '2020-01-01T00:00:00Z' }, 'OPENS_IN_PAST'],
    ['POST', '/coupons', { ...draft, totalStock: 0 }, 'VALIDATION_FAILED'],
    ['PATCH', at, { name: 'late' }, 'STATE_CONFLICT'],
    ['POST', `${at}/restock`, { totalStock: 2 }, 'BELOW_ISSUED'],
    ['POST', `${at}/restock`, { add: 1_000_000_000 }, 'STATE_CONFLICT'],
    ['POST', `${at}/pause`, { version: 7 }, 'VERSION_CONFLICT'],
    ['POST', `${at}/revoke`, { userId: 1 }, 'NOT_DRAINED'],
    ['POST', `${at}/revoke`, { userId: 9 }, 'NOT_ISSUED_COUPON'],
    ['POST', `${at}/archive`, {}, 'STATE_CONFLICT'],
    ['POST', '/coupons/404/pause', {}, 'NOT_FOUND_COUPON'],
    ['POST', '/coupons/404/preload', {}, 'NOT_FOUND_COUPON'],
  ];
  for (const [method, path, body, code] of refused) {
    assert.equal((await tryThenDo(stores, ask, method, path, body)).tried.code, code, path);
  }
});

test('a dry run tells of what is mostly a slip', async (t) => {
  const stores = await openStores(t);
  const ask = openApi(t, stores);
  const warned = async (method: 'POST' | 'PATCH', path: string, body: object): Promise<string[]> =>
    (await ask(method, path, { ...body, dryRun: true })).body.warnings;
  const small = ['SMALL_FIXED_DISCOUNT'];
  for (const [discountAmount, expected] of [
    [1, small],
    [15, small],
    [99, small],
    [100, []],
  ] as const) {
    assert.deepEqual(await warned('POST', '/coupons', { ...draft, discountAmount }), expected);
  }
  assert.deepEqual(await warned('POST', '/coupons', { ...draft, discountType: 'PERCENT', discountAmount: 15 }), []);
  const id: number = (await ask('POST', '/coupons', { ...draft, discountAmount: 20 })).body.id;
  assert.deepEqual(await warned('PATCH', `/coupons/${id}`, { name: 'other' }), [], 'it is as it was');
  assert.deepEqual(await warned('PATCH', `/coupons/${id}`, { discountAmount: 30 }), small);
  await ask('POST', `/coupons/${id}/preload`, {});
  for (const [body, expected] of [
    [{ totalStock: 10 }, []],
    [{ totalStock: 11 }, ['STOCK_MORE_THAN_DOUBLED']],
    [{ add: 5 }, []],
    [{ add: 6 }, ['STOCK_MORE_THAN_DOUBLED']],
    [{ totalStock: 1 }, []],
  ] as const) {
    assert.deepEqual(await warned('POST', `/coupons/${id}/restock`, body), expected, JSON.stringify(body));
  }
});
