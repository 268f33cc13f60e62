import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReadScheduler } from '../../../src/outbox/read-scheduler.ts';

const ROOM = 40_000;
const MOST = 1000;

function couponIds(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** With a clock that stands still until it is set. */
function setUp(listed: readonly number[]) {
  const clock = { ms: 0 };
  const scheduler = new ReadScheduler(MOST, () => clock.ms);
  const next = (roomRows = ROOM) => scheduler.next(listed, roomRows);
  /** Reads until each was read: then all rest but those of `busy`, which have an entry at each read. */
  function settle(busy: readonly number[]): void {
    const read = new Set<number>();
    while (read.size < listed.length) {
      const turn = next();
      for (const couponId of turn.coupons) read.add(couponId);
      scheduler.read(turn, found(turn.coupons, busy));
    }
  }
  return { clock, scheduler, next, settle };
}

function found(coupons: readonly number[], busy: readonly number[], entries = 1): Map<number, number> {
  return new Map(coupons.filter((id) => busy.includes(id)).map((id) => [id, entries]));
}

test('the room is shared by busy outboxes alone, and no more is asked for than fits', () => {
  const { next, settle } = setUp(couponIds(300));
  settle([7, 8]);
  assert.deepEqual(next(), { kind: 'share', coupons: [7, 8], count: ROOM / MOST / 2 });
  assert.deepEqual(next(3 * MOST - 1), { kind: 'share', coupons: [7, 8], count: 1 });
  assert.deepEqual(next(2 * MOST - 1), { kind: 'share', coupons: [7], count: 1 });
  assert.deepEqual(next(1), { kind: 'share', coupons: [7], count: 1 });
});

test('all that rest are looked at in turn, while others are busy and room is for few of them', () => {
  const listed = couponIds(1000);
  const busy = couponIds(50);
  const { clock, scheduler, next, settle } = setUp(listed);
  settle(busy);
  const looked = new Set<number>();
  for (let look = 0; look < 5; look++) {
    clock.ms += 50;
    const turn = next(5 * MOST);
    assert.equal(turn.kind, 'look');
    assert.equal(turn.count, 1);
    for (const couponId of turn.coupons) looked.add(couponId);
    scheduler.read(turn, new Map());
    for (let share = 0; share < 3; share++) {
      const shared = next(5 * MOST);
      assert.equal(shared.kind, 'share');
      scheduler.read(shared, found(shared.coupons, busy));
    }
  }
  assert.deepEqual(
    listed.filter((couponId) => !busy.includes(couponId) && !looked.has(couponId)),
    [],
  );
});

test('busy outboxes take turns where not all fit', () => {
  const { scheduler, next } = setUp(couponIds(10));
  const read: number[] = [];
  for (let round = 0; round < 5; round++) {
    const turn = next(4 * MOST);
    assert.equal(turn.coupons.length, 4);
    read.push(...turn.coupons);
    scheduler.read(turn, found(turn.coupons, turn.coupons));
  }
  assert.deepEqual(read, [...couponIds(10), ...couponIds(10)]);
});

test('where none is busy, all are waited for, and the first that has an entry is busy', () => {
  const { scheduler, next, settle } = setUp(couponIds(600));
  settle([]);
  const turn = next();
  assert.deepEqual([turn.kind, turn.coupons.length, turn.count], ['wait', 600, 1]);
  scheduler.read(turn, new Map([[9, 1]]));
  assert.deepEqual([next().kind, next().coupons], ['share', [9]]);
});

test('entries gather where no more is known to be there', () => {
  const { clock, scheduler, next } = setUp([1, 2]);
  assert.equal(scheduler.read(next(), new Map([[1, next().count]])), false, 'a full share: more is there');
  clock.ms += 50;
  assert.equal(scheduler.read(next(), new Map([[2, 1]])), false, 'a look: more may be there');
  assert.equal(scheduler.read(next(), new Map([[1, 2]])), true, 'a share that was not full');
  assert.equal(scheduler.read(next(), new Map()), false, 'none: the next turn waits');
  const wait = next();
  assert.equal(wait.kind, 'wait');
  assert.equal(scheduler.read(wait, new Map([[1, 1]])), true, 'the first one of a burst');
  scheduler.read(next(), new Map());
  assert.equal(scheduler.read(next(), new Map()), false, 'nothing came');
});

test('an outbox that is listed later, or again after a reset, is busy until it was read', () => {
  const scheduler = new ReadScheduler(MOST, () => 0);
  scheduler.read(scheduler.next([1, 2], ROOM), new Map());
  assert.equal(scheduler.next([1, 2], ROOM).kind, 'wait');
  scheduler.read(scheduler.next([1, 2], ROOM), new Map());
  assert.deepEqual(scheduler.next([1, 2, 3], ROOM).coupons, [3]);
  assert.deepEqual(scheduler.next([1, 2], ROOM).coupons, [1, 2]);
  scheduler.reset();
  assert.equal(scheduler.next([1, 2], ROOM).kind, 'share');
});
