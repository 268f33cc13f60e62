import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArchivedHolding } from '../../../../src/http/coupons/archived-holdings.ts';
import { CouponCache } from '../../../../src/http/coupons/coupon-cache.ts';
import { createDecideNotInRedis } from '../../../../src/http/coupons/not-in-redis.ts';

interface Row {
  state: string;
  epoch: number;
  stock: number;
  totalStock: number;
}

const loaded: Row = { state: 'OPEN', epoch: 1, stock: 5, totalStock: 5 };

function setUp(row: Row | null, holding: ArchivedHolding | null = 'not-held') {
  const asked = { times: 0, nowMs: 0 };
  const database = {
    async query<T>() {
      asked.times += 1;
      if (row === null) throw new Error('unreachable');
      return [row] as T[];
    },
  };
  const decide = createDecideNotInRedis({
    coupons: new CouponCache(database, { now: () => asked.nowMs }),
    archived: {
      async find() {
        if (holding === null) throw new Error('unreachable');
        return holding;
      },
    },
  });
  return { decide, asked };
}

test('nobody knows of a draft, nor of one that was archived without ever having been loaded', async () => {
  assert.deepEqual(await setUp({ ...loaded, state: 'DRAFT', epoch: 0 }).decide(1, '7'), { kind: 'unknown-coupon' });
  assert.deepEqual(await setUp({ ...loaded, state: 'ARCHIVED', epoch: 0 }).decide(1, '7'), { kind: 'unknown-coupon' });
  // From before epochs were counted.
  const old = { ...loaded, state: 'ARCHIVED', epoch: 0, stock: 4 };
  assert.deepEqual(await setUp(old).decide(1, '7'), { kind: 'closed' });
});

test('an archived coupon is closed, and its holders are told that they hold it', async () => {
  const row = { ...loaded, state: 'ARCHIVED' };
  assert.deepEqual(await setUp(row).decide(1, '7'), { kind: 'closed' });
  assert.deepEqual(await setUp(row, 'held').decide(1, '7'), { kind: 'already-issued' });
  assert.deepEqual(await setUp(row, 'revoked').decide(1, '7'), { kind: 'revoked' });
  assert.deepEqual(await setUp(row, null).decide(1, '7'), { kind: 'not-ready' });
});

test('a coupon that should be in Redis, and one that MySQL can not be asked about, are not ready', async () => {
  assert.deepEqual(await setUp(loaded).decide(1, '7'), { kind: 'not-ready' });
  assert.deepEqual(await setUp(null).decide(1, '7'), { kind: 'not-ready' });
});

test('MySQL is asked once a second, however many users ask', async () => {
  const { decide, asked } = setUp({ ...loaded, state: 'DRAFT' });
  await Promise.all(Array.from({ length: 100 }, (_, user) => decide(1, String(user))));
  asked.nowMs = 999;
  await decide(1, '7');
  assert.equal(asked.times, 1);
  asked.nowMs = 1001;
  await decide(1, '7');
  assert.equal(asked.times, 2);
});
