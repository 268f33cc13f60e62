import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReadScheduler, type Turn } from '../../../src/outbox/read-scheduler.ts';

function couponIds(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** With a clock that stands still until it is set. */
function setUp(listed: readonly number[]) {
  const clock = { ms: 0 };
  const scheduler = new ReadScheduler(() => clock.ms);
  const next = () => scheduler.next(listed);
  /** All of a turn were read, and `busy` have entries at each read. */
  function read(turn: Turn, busy: readonly number[]): void {
    scheduler.read(turn.coupons, new Set(busy));
  }
  /** Reads until each was read: then all rest but those of `busy`. */
  function settle(busy: readonly number[]): void {
    const visited = new Set<number>();
    while (visited.size < listed.length) {
      const turn = next();
      for (const couponId of turn.coupons) visited.add(couponId);
      read(turn, busy);
    }
  }
  return { clock, scheduler, next, read, settle };
}

test('busy outboxes alone share the entries of a read', () => {
  const { next, read, settle } = setUp(couponIds(300));
  settle([7, 8]);
  read(next(), [7, 8]);
  assert.deepEqual(next(), { kind: 'read', coupons: [7, 8], count: 200 });
});

test('all that rest are looked at in turn, while others are busy', () => {
  const listed = couponIds(1000);
  const busy = couponIds(50);
  const { clock, next, read, settle } = setUp(listed);
  settle(busy);
  const looked = new Set<number>();
  for (let look = 0; look < 2; look++) {
    clock.ms += 50;
    const turn = next();
    assert.equal(turn.coupons.length, 550);
    assert.deepEqual(turn.coupons.slice(0, 50), busy, 'the busy ones come first');
    for (const couponId of turn.coupons.slice(50)) looked.add(couponId);
    read(turn, busy);
    for (let again = 0; again < 3; again++) {
      assert.deepEqual(next().coupons, busy);
      read(next(), busy);
    }
  }
  assert.deepEqual(
    listed.filter((couponId) => !busy.includes(couponId) && !looked.has(couponId)),
    [],
  );
});

test('busy outboxes take turns where not all fit into a read', () => {
  const { next, read } = setUp(couponIds(1000));
  const visited: number[] = [];
  for (let round = 0; round < 5; round++) {
    const turn = next();
    assert.deepEqual([turn.coupons.length, turn.kind === 'read' && turn.count], [400, 1]);
    visited.push(...turn.coupons);
    read(turn, turn.coupons);
  }
  assert.deepEqual(visited, [...couponIds(1000), ...couponIds(1000)]);
});

test('those for which there was no room come first at the next read', () => {
  const { scheduler, next } = setUp([1, 2, 3]);
  next();
  scheduler.read([1, 2], new Set([1, 2]));
  assert.deepEqual(next().coupons, [3, 1, 2]);
});

test('where none is busy, all are waited for, and the one that has an entry is busy', () => {
  const { scheduler, next, settle } = setUp(couponIds(600));
  settle([]);
  assert.deepEqual([next().kind, next().coupons.length], ['wait', 600]);
  scheduler.wake(9);
  assert.deepEqual([next().kind, next().coupons], ['read', [9]]);
});

test('an outbox that is listed later, or again after a reset, is busy until it was read', () => {
  const scheduler = new ReadScheduler(() => 0);
  scheduler.next([1, 2]);
  scheduler.read([1, 2], new Set());
  assert.equal(scheduler.next([1, 2]).kind, 'wait');
  assert.deepEqual(scheduler.next([1, 2, 3]).coupons, [3, 1, 2], 'those at rest are looked at');
  scheduler.read([3], new Set([3]));
  assert.deepEqual(scheduler.next([1, 2]), { kind: 'wait', coupons: [1, 2] });
  scheduler.reset();
  assert.equal(scheduler.next([1, 2]).kind, 'read');
});
