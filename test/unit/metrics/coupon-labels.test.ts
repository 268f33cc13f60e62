import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CouponLabels } from '../../../src/metrics/coupon-labels.ts';

function labels(couponsMax: number) {
  const clock = { nowMs: 0 };
  const coupons = new CouponLabels(() => ({ count: 0 }), { couponsMax, now: () => clock.nowMs });
  const shown = () => Object.fromEntries([...coupons.entries()].map(([label, { count }]) => [label, count]));
  return { clock, coupons, shown };
}

test('coupons beyond the limit are counted together', () => {
  const { coupons, shown } = labels(2);
  for (const id of [1, 2, 3, 4, 1]) coupons.of(id).count++;
  assert.deepEqual(shown(), { 1: 2, 2: 1, other: 2 });
});

test('a coupon that was quiet for an hour makes room', () => {
  const { clock, coupons, shown } = labels(2);
  coupons.of(1).count++;
  clock.nowMs = 1_800_000;
  coupons.of(2).count++;
  clock.nowMs = 3_600_000;
  coupons.of(3).count++;
  assert.deepEqual(shown(), { 2: 1, 3: 1 });
});
