import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECENT_MS, RecentGrants } from '../../../src/issuance/recent-grants.ts';

function setUp() {
  let nowMs = 1000;
  const recent = new RecentGrants(() => nowMs);
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { recent, pass };
}

const reply = { epoch: 3, codes: 'isdi', firstSequence: 10, nowMs: 777 };

test('whom Redis granted a coupon is known with number and time, and no one else', () => {
  const { recent } = setUp();
  recent.add(1, ['a', 'b', 'c', 'd'], reply);
  const found = ['a', 'b', 'c', 'd', 'e'].map((user) => recent.find(1, user, 3));
  assert.deepEqual(found, [
    { sequence: 10, issuedAtMs: 777, epoch: 3 },
    null,
    null,
    { sequence: 11, issuedAtMs: 777, epoch: 3 },
    null,
  ]);
  assert.equal(recent.find(2, 'a', 3), null, 'of another coupon');
});

test('a grant of another history of the coupon is not known', () => {
  const { recent } = setUp();
  recent.add(1, ['a'], { ...reply, codes: 'i' });
  assert.equal(recent.find(1, 'a', 4), null);
  assert.equal(recent.find(1, 'a', 0), null);
  recent.add(1, ['a'], { ...reply, codes: 'i', epoch: 4, firstSequence: 2 });
  assert.equal(recent.find(1, 'a', 4)?.sequence, 2);
  assert.equal(recent.find(1, 'a', 3), null);
  recent.add(1, ['b'], { ...reply, codes: 'i', epoch: 0 });
  assert.equal(recent.find(1, 'b', 0), null, 'a reply that Redis gave from its memory has no history');
});

test('grants are forgotten in time, and no sooner than half of it', () => {
  const { recent, pass } = setUp();
  pass(RECENT_MS / 2 - 1);
  recent.add(1, ['a'], { ...reply, codes: 'i' });
  pass(RECENT_MS / 2);
  assert.equal(recent.find(1, 'a', 3)?.sequence, 10);
  pass(RECENT_MS / 2);
  assert.equal(recent.find(1, 'a', 3), null);
  assert.equal(recent.isGrantedSince('a', 0), false);
});

test('however many are granted in a moment, only the last ones are kept', () => {
  const { recent } = setUp();
  const users = Array.from({ length: 1000 }, (_, index) => `u${index}`);
  for (let batch = 0; batch < 200; batch++) {
    const named = users.map((user) => `${user}-${batch}`);
    recent.add(1, named, { ...reply, codes: 'i'.repeat(1000), firstSequence: batch * 1000 + 1 });
  }
  assert.equal(recent.find(1, 'u0-199', 3)?.sequence, 199_001);
  assert.equal(recent.find(1, 'u0-99', 3), null);
});

test('a grant of a user is seen from its moment on, of any coupon', () => {
  const { recent, pass } = setUp();
  recent.add(5, ['a', 'b'], { ...reply, codes: 'is' });
  pass(100);
  assert.equal(recent.isGrantedSince('a', 1000), true);
  assert.equal(recent.isGrantedSince('a', 1001), false);
  assert.equal(recent.isGrantedSince('b', 0), false);
});
