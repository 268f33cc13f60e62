import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meaningOf } from '../../../src/admin/field-problems.ts';
import { decimalUpTo, paramsOf, type Schema } from '../../../src/admin/schemas.ts';

test('a decimal up to a maximum is told by its digits alone', () => {
  for (const max of [10, 42, 909, 1000, 9_007_199_254_740_991]) {
    const pattern = new RegExp(decimalUpTo(max));
    const near = Array.from({ length: 120 }, (_, index) => BigInt(max) - 60n + BigInt(index));
    const others = [1n, 9n, 10n, BigInt(max) / 2n, BigInt(max) * 2n, BigInt(max) * 10n];
    for (const value of [...near, ...others]) {
      assert.equal(pattern.test(String(value)), value >= 1n && value <= BigInt(max), `${value} of ${max}`);
    }
    for (const text of ['', '0', '01', '1e1', ' 1', '1 ', '+1']) assert.ok(!pattern.test(text), text);
  }
});

test('an id in a path that is none is refused with what it must be', () => {
  const { properties } = paramsOf('/admin/v1/coupons/{couponId}/holders/{userId}') as {
    properties: Record<string, Schema>;
  };
  assert.match(meaningOf(properties.couponId ?? {}), /^the id of a coupon/);
  assert.match(meaningOf(properties.userId ?? {}), /^a user id, a decimal from 1 to 9007199254740991$/);
});
