import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CouponCache } from '../../../../src/http/coupons/coupon-cache.ts';
import { createDecideNotInRedis } from '../../../../src/http/coupons/not-in-redis.ts';

interface Row {
  state: string;
  opensAt: Date | null;
}

function setUp(row: Row | null, holds = false) {
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
    findHolding: async () =>
      holds ? { kind: 'held', sequence: 1, status: 'ISSUED', issuedAtMs: 1 } : { kind: 'not-held' },
    redisNowMs: () => 5000,
  });
  return { decide, asked };
}

test('a draft tells when it opens; one whose time has come is not ready yet', async () => {
  const draft = (opensAt: number | null) =>
    setUp({ state: 'DRAFT', opensAt: opensAt === null ? null : new Date(opensAt) }).decide(1, '7');
  assert.deepEqual(await draft(6000), { kind: 'not-open', opensAtMs: 6000 });
  assert.deepEqual(await draft(4000), { kind: 'not-ready' });
  assert.deepEqual(await draft(null), { kind: 'not-ready' });
});

test('an archived coupon is closed, and its holders are told that they hold it', async () => {
  const row = { state: 'ARCHIVED', opensAt: null };
  assert.deepEqual(await setUp(row).decide(1, '7'), { kind: 'closed' });
  assert.deepEqual(await setUp(row, true).decide(1, '7'), { kind: 'already-issued' });
});

test('a coupon that should be in Redis, and one that MySQL can not be asked about, are not ready', async () => {
  assert.deepEqual(await setUp({ state: 'OPEN', opensAt: null }).decide(1, '7'), { kind: 'not-ready' });
  assert.deepEqual(await setUp(null).decide(1, '7'), { kind: 'not-ready' });
});

test('MySQL is asked once a second, however many users ask', async () => {
  const { decide, asked } = setUp({ state: 'DRAFT', opensAt: new Date(6000) });
  await Promise.all(Array.from({ length: 100 }, (_, user) => decide(1, String(user))));
  asked.nowMs = 999;
  await decide(1, '7');
  assert.equal(asked.times, 1);
  asked.nowMs = 1001;
  await decide(1, '7');
  assert.equal(asked.times, 2);
});
