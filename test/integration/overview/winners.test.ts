import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { revokeIssuance } from '../../../src/coupons/revoke.ts';
import { resolve } from '../../../src/outbox/dead-letters.ts';
import { readWinners, type Winner, type WinnerRange } from '../../../src/overview/winners.ts';
import { CONSUMER_GROUP, couponKeys } from '../../../src/redis/keys.ts';
import { runScript } from '../../../src/redis/scripts.ts';
import {
  type CouponStores,
  decide,
  insertRows,
  newCoupon,
  numbers,
  openStores,
  persistOutbox,
} from '../../support/coupon-stores.ts';

async function winnersOf({ redis, database }: CouponStores, couponId: number, range?: WinnerRange): Promise<Winner[]> {
  const winners: Winner[] = [];
  for await (const page of readWinners(redis, database, couponId, range)) winners.push(...page);
  return winners;
}

/** What the persister does with an entry whose first user MySQL refuses. */
async function deadLetter({ redis }: CouponStores, couponId: number, user: number, sequence: number): Promise<void> {
  const { outbox, dead } = couponKeys(couponId);
  const [entry] = await redis.xrange(outbox, '-', '+', 'COUNT', 1);
  assert.ok(entry);
  const letter = [user, sequence, 1, 'ER_X', 'refused', 3, ''];
  assert.equal(await runScript(redis, 'dead-letter', [outbox, dead], [CONSUMER_GROUP, entry[0], ...letter]), 1);
}

test('winners are told by sequence, wherever they are on their way to MySQL', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await newCoupon(database, 20);
  await preloadCoupon(stores, couponId);
  await decide(redis, couponId, [11, 12, 13]);
  await persistOutbox(stores, couponId);
  await decide(redis, couponId, [14]);
  await deadLetter(stores, couponId, 14, 4);
  await decide(redis, couponId, [15]);
  await deadLetter(stores, couponId, 15, 5);
  await decide(redis, couponId, [16, 17]);
  await persistOutbox(stores, couponId);
  await decide(redis, couponId, [18]);
  await decide(redis, couponId, [19]);
  await revokeIssuance(stores, { couponId, actor: 'test' }, 12);
  const [letter] = await redis.xrange(couponKeys(couponId).dead, '-', '+', 'COUNT', 1);
  await resolve(redis, database, couponId, [letter?.[0] as string], 'test');
  const told = (await winnersOf(stores, couponId)).map(({ sequence, userId, state }) => [sequence, userId, state]);
  assert.deepEqual(told, [
    [1, 11, 'ISSUED'],
    [2, 12, 'REVOKED'],
    [3, 13, 'ISSUED'],
    [4, 14, 'RESOLVED'],
    [5, 15, 'DEAD'],
    [6, 16, 'ISSUED'],
    [7, 17, 'ISSUED'],
    [8, 18, 'PENDING'],
    [9, 19, 'PENDING'],
  ]);
  // Pages of each size are the list, wherever its parts are.
  for (let limit = 1; limit <= told.length + 1; limit++) {
    const paged: Winner[] = [];
    for (let page: Winner[]; ; paged.push(...page)) {
      page = await winnersOf(stores, couponId, { after: paged.at(-1)?.sequence, limit });
      assert.ok(page.length <= limit);
      if (page.length === 0) break;
    }
    assert.deepEqual(
      paged.map(({ sequence, userId, state }) => [sequence, userId, state]),
      told,
      `${limit} a page`,
    );
  }
});

test('what is pending lies between pages of rows, and nobody is told twice', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await newCoupon(database, 30_000);
  await insertRows(database, couponId, numbers(1, 10_500));
  await preloadCoupon(stores, couponId);
  await decide(redis, couponId, numbers(20_001, 20_100));
  // Delivered and not acknowledged: in MySQL and in the outbox.
  await insertRows(database, couponId, numbers(20_001, 20_050), 10_501);
  const told = await winnersOf(stores, couponId);
  assert.deepEqual(
    told.map(({ sequence }) => sequence),
    numbers(1, 10_600),
  );
  assert.equal(told.filter(({ state }) => state === 'PENDING').length, 50);
});
