// A rush for a coupon that is archived: its link still works, and MySQL is all that knows who holds it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { revokeIssuance } from '../../../src/coupons/revoke.ts';
import { ArchivedHoldings } from '../../../src/http/coupons/archived-holdings.ts';
import { CouponCache } from '../../../src/http/coupons/coupon-cache.ts';
import { createDecideNotInRedis } from '../../../src/http/coupons/not-in-redis.ts';
import type { Database } from '../../../src/store/database.ts';
import { insertResolution } from '../../../src/store/tables/dead-letters.ts';
import { insertRows, newCoupon, numbers, openStores } from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';

const HOLDERS = 1500;
const STRANGERS = 2500;
const GIVEN_UP = 5000;

async function archivedCoupon(t: Scope) {
  const stores = await openStores(t);
  const { database } = stores;
  const couponId = await newCoupon(database, HOLDERS + 1);
  await insertRows(database, couponId, numbers(1, HOLDERS));
  const letter = { id: '1-1', userId: GIVEN_UP, sequence: HOLDERS + 1, issuedAt: new Date(), code: 'X', refusal: 'r' };
  await insertResolution(database, { ...letter, couponId, raw: null, reason: 'a test' });
  await database.execute("UPDATE coupon SET state = 'ARCHIVED', epoch = 1 WHERE id = ?", [couponId]);
  const queries = { count: 0, fail: false };
  const query: Database['query'] = (sql, params) => {
    queries.count += 1;
    return queries.fail ? database.query('SELECT nothing FROM nowhere') : database.query(sql, params);
  };
  const decide = createDecideNotInRedis({
    coupons: new CouponCache({ query }),
    archived: new ArchivedHoldings({ query }),
  });
  return { stores, couponId, queries, decide: async (user: number) => (await decide(couponId, String(user))).kind };
}

test('thousands who ask at once are answered, each truly, by a few queries', async (t) => {
  const { stores, couponId, queries, decide } = await archivedCoupon(t);
  await revokeIssuance(stores, { couponId, actor: 'test' }, 7);
  const expected = (user: number) =>
    user === 7 ? 'revoked' : user <= HOLDERS || user === GIVEN_UP ? 'already-issued' : 'closed';
  // One asks twice.
  const users = [...numbers(1, HOLDERS + STRANGERS), GIVEN_UP, 7];
  const answers = await Promise.all(users.map(decide));
  assert.deepEqual(answers, users.map(expected));
  assert.ok(queries.count <= 12, `${queries.count} queries for ${users.length} users`);

  // Nothing is kept: what was revoked meanwhile is answered so.
  await revokeIssuance(stores, { couponId, actor: 'test' }, 8);
  assert.equal(await decide(8), 'revoked');
});

test('while MySQL can not be asked nothing is claimed, and afterwards all are answered', async (t) => {
  const { queries, decide } = await archivedCoupon(t);
  assert.equal(await decide(1), 'already-issued');
  queries.fail = true;
  const answers = await Promise.all(numbers(1, 3000).map(decide));
  assert.deepEqual(new Set(answers), new Set(['not-ready']));
  assert.ok(queries.count < 10, 'those who wait are not made to wait for the same failure');
  queries.fail = false;
  assert.deepEqual([await decide(1), await decide(HOLDERS + 1)], ['already-issued', 'closed']);
});
