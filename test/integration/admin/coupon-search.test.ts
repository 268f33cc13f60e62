// Coupons by a part of their name: GET /admin/v1/coupons?name=
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authentication } from '../../../src/admin/authentication.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { readOverviews } from '../../../src/overview/either-store.ts';
import { connectStores, newCoupon, openStores } from '../../support/coupon-stores.ts';

const TOKEN = 'token-of-the-tests';

test('a part of the name finds a coupon, as it is written and in upper or lower case', async (t) => {
  const stores = await openStores(t);
  const authentication = new Authentication({ token: TOKEN, failuresMax: 3 });
  const app = createAdminServer({ authentication, servers: stores, openapi: '{}' });
  t.after(() => app.close());
  const names = ['봄맞이 쿠폰', 'Spring SALE', '100% off', '100 off_all', 'a|b', 'ＳＰＲＩＮＧ 2', '선물 🎁'];
  const ids = new Map<number, string>();
  for (const name of names) ids.set(await newCoupon(stores.database, 1, { name }), name);
  const ask = async (query: Record<string, string>) => {
    const answer = await app.inject({
      url: '/admin/v1/coupons',
      query,
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    return { status: answer.statusCode, body: answer.json() as { code?: string; coupons: { id: number }[] } };
  };
  const find = async (name: string, more: Record<string, string> = {}) => {
    const { status, body } = await ask({ name, ...more });
    assert.equal(status, 200, JSON.stringify(body));
    return body.coupons.map(({ id }) => ids.get(id));
  };
  assert.deepEqual(await find('맞이'), ['봄맞이 쿠폰']);
  assert.deepEqual(await find('spring'), ['ＳＰＲＩＮＧ 2', 'Spring SALE'], 'newest first');
  assert.deepEqual(await find('spring', { limit: '1' }), ['ＳＰＲＩＮＧ 2']);
  assert.deepEqual(await find('🎁'), ['선물 🎁']);
  assert.deepEqual(await find('%'), ['100% off'], 'what LIKE would take for anything');
  assert.deepEqual(await find('_'), ['100 off_all']);
  assert.deepEqual(await find('|'), ['a|b']);
  assert.deepEqual(await find("' OR 1=1 -- "), []);
  assert.deepEqual(await find('spring', { state: 'OPEN' }), [], 'together with the other filters');
  const [fullWidth = 0] = [...ids].find(([, name]) => name.startsWith('Ｓ')) ?? [];
  assert.deepEqual(await find('spring', { before: String(fullWidth) }), ['Spring SALE']);
  for (const name of ['', 'x'.repeat(101), 'line\nend', '\u0000']) {
    assert.equal((await ask({ name })).body.code, 'VALIDATION_FAILED', JSON.stringify(name));
  }
});

test('without MySQL a search by name finds nothing, and says that MySQL did not answer', async (t) => {
  const stores = await openStores(t);
  await preloadCoupon(stores, await newCoupon(stores.database, 1, { name: 'Spring' }));
  const withoutMysql = connectStores(t, stores.server.url, 'mysql://root@127.0.0.1:1/none');
  const all = await readOverviews(withoutMysql, { limit: 10 });
  assert.deepEqual([all.mysql, all.redis, all.coupons.length], ['unreachable', 'ok', 1]);
  const seen = await readOverviews(withoutMysql, { name: 'spring', limit: 10 });
  assert.deepEqual([seen.mysql, seen.redis, seen.coupons], ['unreachable', 'ok', []]);
});
