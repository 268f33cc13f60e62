// Sentences of commands that must not be misread: which coupon, how many of it, and what becomes of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeOf } from '../../../src/commands/audit.ts';
import { namedCoupon, unitAfterRevoke } from '../../../src/commands/coupon/words.ts';
import { describeErasure } from '../../../src/commands/user.ts';
import { describeVerification } from '../../../src/commands/verify.ts';
import type { Verification } from '../../../src/verify/verify.ts';

test('a coupon is named with its phase and with how many are left, as far as they are known', () => {
  const coupon = { id: 1, name: 'Demo coupon', phase: 'open', left: 322, totalStock: 1000 };
  assert.equal(namedCoupon(coupon), 'Coupon 1 "Demo coupon" (open, 322 of 1,000 left)');
  assert.equal(namedCoupon({ ...coupon, phase: null }), 'Coupon 1 "Demo coupon" (322 of 1,000 left)');
  assert.equal(namedCoupon({ ...coupon, name: null, left: null }), 'Coupon 1 (open)');
  assert.equal(namedCoupon({ id: 2, name: 'a\u001b[2J', left: null, totalStock: null }), 'Coupon 2 "a\\u{1b}[2J"');
});

test('the unit of a revoked coupon is in stock again only while it can be issued', () => {
  const nowMs = Date.parse('2026-05-01T12:00:00Z');
  const [over, later] = ['2026-05-01T11:00:00.000Z', '2026-05-01T13:00:00.000Z'];
  for (const state of ['OPEN', 'PAUSED'] as const) {
    assert.equal(unitAfterRevoke({ state, closesAt: null }, nowMs), 'its unit is in stock again');
    assert.equal(unitAfterRevoke({ state, closesAt: later }, nowMs), 'its unit is in stock again');
    assert.equal(
      unitAfterRevoke({ state, closesAt: over }, nowMs),
      'its unit is not issued again: the coupon has ended',
    );
  }
  for (const state of ['CLOSED', 'ARCHIVED'] as const) {
    const expected = `its unit is not issued again: the coupon is ${state}`;
    assert.equal(unitAfterRevoke({ state, closesAt: later }, nowMs), expected);
  }
});

test('an audit record shows what changed, and not what it knows of one side only', () => {
  const record = { action: 'pause', userId: null };
  const after = { state: 'PAUSED', inEffectAt: '2026-05-01T12:00:00.000Z', brake: '0b5a' };
  assert.equal(changeOf({ ...record, before: { state: 'OPEN' }, after }), 'state OPEN → PAUSED');
  assert.equal(changeOf({ ...record, before: { state: 'PAUSED' }, after }), '');
  assert.equal(changeOf({ ...record, before: null, after }), '');
  assert.equal(
    changeOf({ action: 'edit', userId: null, before: { opensAt: null, stock: 5 }, after: { opensAt: 'x', stock: 5 } }),
    'opensAt null → x',
  );
});

test('each record of a list that was revoked says that the change is of all of them', () => {
  const of = (stock: number) => changeOf({ action: 'revoke', userId: 7, before: { stock: 0 }, after: { stock } });
  assert.deepEqual([of(1), of(3)], ['stock 0 → 1', 'stock 0 → 3 (3 users at once)']);
  const restock = { action: 'restock', userId: null, before: { stock: 0 }, after: { stock: 3 } };
  assert.equal(changeOf(restock), 'stock 0 → 3');
});

test('an erasure names the coupons, and a dry run says that nothing is changed', () => {
  const names = new Map([[2, 'Opening sale']]);
  const erasure = { pseudonym: null, coupons: [2], inEffect: true };
  assert.equal(
    describeErasure(1003, erasure, true, names),
    'Nothing is changed. User 1003 would be erased in coupon 2 (Opening sale).',
  );
  assert.equal(
    describeErasure(1003, { ...erasure, coupons: [2, 31] }, true, names),
    'Nothing is changed. User 1003 would be erased in coupons 2 (Opening sale), 31.',
  );
  assert.equal(
    describeErasure(1003, { ...erasure, coupons: [] }, true, names),
    'Nothing is changed. User 1003 is in no coupon.',
  );
  assert.match(describeErasure(5, { ...erasure, pseudonym: 9006 }, false, names), /^User 5 is erased, in coupon 2 \(O/);
});

test('a possible loss is described alike from this process and from JSON', () => {
  const bounds = { afterSequence: 50, numbersMax: 40, reason: 'appendfsync is everysec' };
  const times = { grantedAfter: new Date('2026-05-01T11:00:00Z'), grantedBefore: new Date('2026-05-01T11:00:01Z') };
  const verification: Verification = {
    couponId: 1,
    mode: 'final',
    ok: true,
    gaps: [],
    redis: null,
    mysql: null,
    declaredLoss: { missing: 0, reissued: 0, ranges: [] },
    possibleLoss: [{ ...bounds, ...times, confirmed: true }],
    looks: 1,
    durationMs: 3,
  };
  const text = describeVerification(verification);
  assert.match(
    text,
    /made between 2026-05-01T11:00:00\.000Z and 2026-05-01T11:00:01\.000Z \(appendfsync is everysec\)/,
  );
  assert.equal(describeVerification(JSON.parse(JSON.stringify(verification))), text);
});
