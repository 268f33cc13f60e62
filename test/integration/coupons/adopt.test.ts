import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adoptCoupon } from '../../../src/coupons/adopt.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import {
  type CouponStores,
  decide,
  holdersOf,
  insertRows,
  newCoupon,
  numbers,
  openStores,
} from '../../support/coupon-stores.ts';

async function couponRow({ database }: CouponStores, couponId: number): Promise<unknown> {
  const [row] = await database.query('SELECT state, total_stock AS total, stock FROM coupon WHERE id = ?', [couponId]);
  return row;
}

test('a stock that was set by hand is adopted, by four callers at once, within milliseconds', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await newCoupon(database, 100);
  const { stock, meta } = couponKeys(couponId);
  await redis.set(stock, '100');
  assert.deepEqual(await decide(redis, couponId, [1]), ['unmanaged', '']);

  const startedAt = performance.now();
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => adoptCoupon(stores, couponId)));
  t.diagnostic(`4 callers: ${(performance.now() - startedAt).toFixed(1)} ms`);
  assert.deepEqual(outcomes, ['adopted', 'adopted', 'adopted', 'adopted']);
  assert.equal(await redis.hget(meta, 'epoch'), '1');
  assert.deepEqual(await couponRow(stores, couponId), { state: 'OPEN', total: 100, stock: 100 });
  assert.deepEqual(await decide(redis, couponId, numbers(1, 101)), ['decided', `${'i'.repeat(100)}s`]);
  assert.equal(await adoptCoupon(stores, couponId), 'adopted');

  const other = await newCoupon(database, 100);
  await redis.set(couponKeys(other).stock, '100');
  const alone = performance.now();
  await adoptCoupon(stores, other);
  t.diagnostic(`one caller: ${(performance.now() - alone).toFixed(1)} ms`);
});

test('a smaller stock than in MySQL is what the operator wants; a larger one is not believed', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const smaller = await newCoupon(database, 100);
  await insertRows(database, smaller, numbers(1, 30));
  await redis.set(couponKeys(smaller).stock, '40');
  assert.equal(await adoptCoupon(stores, smaller), 'adopted');
  assert.equal(await redis.get(couponKeys(smaller).stock), '40');
  assert.deepEqual(await couponRow(stores, smaller), { state: 'OPEN', total: 40, stock: 10 });
  assert.deepEqual(await decide(redis, smaller, numbers(21, 50)), [
    'decided',
    `${'d'.repeat(10)}${'i'.repeat(10)}${'s'.repeat(10)}`,
  ]);

  const fewerThanIssued = await newCoupon(database, 100);
  await insertRows(database, fewerThanIssued, numbers(1, 30));
  await redis.set(couponKeys(fewerThanIssued).stock, '5');
  await adoptCoupon(stores, fewerThanIssued);
  assert.equal(await redis.get(couponKeys(fewerThanIssued).stock), '30');
  assert.deepEqual(await couponRow(stores, fewerThanIssued), { state: 'OPEN', total: 30, stock: 0 });

  const larger = await newCoupon(database, 100);
  await redis.set(couponKeys(larger).stock, '5000');
  await adoptCoupon(stores, larger);
  assert.equal(await redis.get(couponKeys(larger).stock), '100');
  assert.deepEqual(await couponRow(stores, larger), { state: 'OPEN', total: 100, stock: 100 });
});

test('a coupon that was paused or closed is not opened by its stock', async (t) => {
  const stores = await openStores(t);
  for (const [state, code] of [
    ['PAUSED', 'p'],
    ['CLOSED', 'c'],
  ] as const) {
    const couponId = await newCoupon(stores.database, 100);
    await stores.database.execute('UPDATE coupon SET state = ? WHERE id = ?', [state, couponId]);
    await stores.redis.set(couponKeys(couponId).stock, '100');
    assert.equal(await adoptCoupon(stores, couponId), 'adopted');
    assert.deepEqual(await decide(stores.redis, couponId, [1]), ['decided', code]);
  }
});

test('what MySQL does not know, or nobody set, is not adopted', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  await redis.set(couponKeys(404).stock, '100');
  assert.equal(await adoptCoupon(stores, 404), 'absent');
  assert.equal(await redis.exists(couponKeys(404).meta), 0);
  const archived = await newCoupon(database, 100);
  await database.execute("UPDATE coupon SET state = 'ARCHIVED' WHERE id = ?", [archived]);
  await redis.set(couponKeys(archived).stock, '100');
  assert.equal(await adoptCoupon(stores, archived), 'not-ready');
  const draft = await newCoupon(database, 100);
  assert.equal(await adoptCoupon(stores, draft), 'not-ready');
  const large = await newCoupon(database, 100);
  await insertRows(database, large, numbers(1, 20));
  await redis.set(couponKeys(large).stock, '100');
  assert.equal(await adoptCoupon(stores, large, 10), 'not-ready');
  assert.equal(await redis.exists(couponKeys(large).meta), 0);
  assert.equal(await adoptCoupon(stores, large), 'adopted');
  assert.deepEqual(await holdersOf(redis, large), numbers(1, 20));
});

test('a stock that is typed anew is not lower than what is issued and on its way to MySQL (I3)', async (t) => {
  const stores = await openStores(t);
  const { redis } = stores;
  const couponId = await newCoupon(stores.database, 100);
  await redis.set(couponKeys(couponId).stock, '100');
  assert.equal(await adoptCoupon(stores, couponId), 'adopted');
  await decide(redis, couponId, numbers(1, 60));
  await redis.del(couponKeys(couponId).meta);
  await redis.set(couponKeys(couponId).stock, '30');
  assert.equal(await adoptCoupon(stores, couponId), 'adopted');
  assert.equal(await redis.get(couponKeys(couponId).stock), '60');
  assert.equal(await redis.scard(couponKeys(couponId).holders), 60);
  assert.deepEqual(await decide(redis, couponId, [1, 61]), ['decided', 'ds']);
});

test('a process that looked before another one adopted changes nothing any more (I1)', async (t) => {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 100);
  const { stock } = couponKeys(couponId);
  await stores.redis.set(stock, '10');
  const late: typeof stores = {
    ...stores,
    database: Object.assign(Object.create(stores.database), {
      async transaction<T>(work: Parameters<typeof stores.database.transaction<T>>[0]): Promise<T> {
        await stores.redis.set(stock, '100');
        assert.equal(await adoptCoupon(stores, couponId), 'adopted');
        return await stores.database.transaction(work);
      },
    }),
  };
  assert.equal(await adoptCoupon(late, couponId), 'adopted');
  assert.equal(await stores.redis.get(stock), '100');
  const rows = await stores.database.query<{ total: number }>('SELECT total_stock AS total FROM coupon');
  assert.deepEqual(
    rows.map(({ total }) => total),
    [100],
  );
});
