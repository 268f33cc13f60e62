import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { revokeMany } from '../../../src/coupons/revoke-many.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import { verifyCoupon } from '../../../src/verify/verify.ts';
import {
  decide,
  holdersOf,
  insertRows,
  newCoupon,
  numbers,
  openStores,
  persistOutbox,
} from '../../support/coupon-stores.ts';

test(
  'a batch is one move: version and stock rise once, ' + 'each user has a record, and it can be sent again',
  async (t) => {
    const stores = await openStores(t);
    const { redis, database } = stores;
    const couponId = await newCoupon(database, 100);
    await preloadCoupon(stores, couponId);
    await decide(redis, couponId, numbers(1, 20));
    await persistOutbox(stores, couponId);
    await decide(redis, couponId, [21]);
    await database.execute("UPDATE user_coupon SET status = 'USED' WHERE coupon_id = ? AND user_id = 20", [couponId]);
    const { version } = (await readCoupon(database, couponId)) ?? {};
    const order = { couponId, actor: 'test', reason: 'a ring' };
    const asked = [...numbers(1, 5), 5, 20, 21, 99];

    const preview = await revokeMany(stores, { ...order, dryRun: true }, asked);
    assert.deepEqual([preview.users.revoked, preview.changed, preview.coupon.stock], [5, true, 85]);
    assert.deepEqual(await holdersOf(redis, couponId), numbers(1, 21));
    assert.equal((await readCoupon(database, couponId))?.version, version);

    const { coupon, changed, inEffect, users } = await revokeMany(stores, order, asked);
    assert.deepEqual([changed, inEffect, coupon.version, coupon.stock], [true, true, (version as number) + 1, 85]);
    assert.deepEqual(users, {
      revoked: 5,
      revokedBefore: 0,
      notIssued: [99],
      notDrained: [21],
      otherwise: [{ userId: 20, status: 'USED' }],
    });
    assert.deepEqual(await holdersOf(redis, couponId), numbers(6, 21));
    assert.equal(await redis.scard(couponKeys(couponId).revoked), 5);
    const records = await database.query<{ user: number; result: string; detail: string }>(
      'SELECT user_id AS user, result, detail FROM coupon_audit ' +
        "WHERE coupon_id = ? AND action = 'revoke' ORDER BY user_id",
      [couponId],
    );
    assert.deepEqual(
      records,
      numbers(1, 5).map((user) => ({ user, result: 'APPLIED', detail: 'a ring' })),
    );

    const again = await revokeMany(stores, order, asked);
    assert.deepEqual([again.changed, again.users.revoked, again.users.revokedBefore], [false, 0, 5]);
    assert.equal(again.coupon.version, coupon.version);
    await persistOutbox(stores, couponId);
    assert.equal((await verifyCoupon(stores, couponId, { mode: 'final' })).ok, true);
  },
);

test('two operators send the same list at once: each user is taken back once', async (t) => {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 3000);
  await insertRows(stores.database, couponId, numbers(1, 2000));
  await preloadCoupon(stores, couponId);
  const outcomes = await Promise.all(
    ['a', 'b'].map((actor) => revokeMany(stores, { couponId, actor }, numbers(501, 1500))),
  );
  assert.deepEqual(
    outcomes.map(({ users }) => users.revoked).sort((a, b) => a - b),
    [0, 1000],
  );
  assert.equal((await readCoupon(stores.database, couponId))?.stock, 2000);
  assert.equal((await verifyCoupon(stores, couponId, { mode: 'final' })).ok, true);
});
