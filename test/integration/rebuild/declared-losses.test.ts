import assert from 'node:assert/strict';
import { test } from 'node:test';
import { declareReissued, readLosses } from '../../../src/rebuild/declared-losses.ts';
import { newCoupon, openStores } from '../../support/coupon-stores.ts';

test('what several workers know of one lost history becomes one range', async (t) => {
  const { database } = await openStores(t);
  const couponId = await newCoupon(database, 100);
  const lost = (first: number, last: number, epoch = 1) => ({ couponId, epoch, first, last });
  const declared = await Promise.all([
    declareReissued(database, lost(11, 15)),
    declareReissued(database, lost(11, 18)),
    declareReissued(database, lost(11, 12)),
  ]);
  const numbers = declared.reduce((sum, range) => sum + (range ? range.last - range.first + 1 : 0), 0);
  assert.equal(numbers, 8, 'each number is told once');
  assert.equal(await declareReissued(database, lost(12, 16)), null);
  assert.deepEqual(await declareReissued(database, lost(16, 17, 2)), { first: 16, last: 17 });
  assert.deepEqual(await readLosses(database, couponId), [
    { first: 11, last: 18, kind: 'reissued' },
    { first: 16, last: 17, kind: 'reissued' },
  ]);
});
