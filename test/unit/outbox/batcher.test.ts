import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Batch, Batcher, type Part } from '../../../src/outbox/batcher.ts';
import type { PackedEntry } from '../../../src/outbox/entry.ts';

let nextId = 1;
function entry(rows: number): PackedEntry {
  const users = Array.from({ length: rows }, (_, index) => index + 1).join(',');
  return { id: `${nextId++}-0`, firstSequence: 1, issuedAtMs: 1, users, rows, epoch: 0 };
}

/** A batcher whose batches stay out until the test lets them finish. */
function setUp(t: TestContext, options: { rowsMax?: number; couponsMax?: number; slots?: number } = {}) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  const out: { batch: Batch; finish: (locked?: readonly Part[]) => Promise<void> }[] = [];
  const batcher = new Batcher({
    rowsMax: options.rowsMax ?? 10,
    couponsMax: options.couponsMax ?? 100,
    flushAfterMs: 5,
    slots: options.slots ?? 1,
    now: () => nowMs,
    deliver: (batch) =>
      new Promise((resolve) => {
        const finish = async (locked: readonly Part[] = []): Promise<void> => {
          resolve(locked);
          for (let turn = 0; turn < 5; turn++) await Promise.resolve();
        };
        out.push({ batch, finish });
      }),
  });
  const pass = (ms: number): void => {
    nowMs += ms;
    t.mock.timers.tick(ms);
  };
  return { batcher, out, pass };
}

test('a batch leaves as soon as it has rowsMax rows, with whole entries', (t) => {
  const { batcher, out } = setUp(t);
  batcher.add(1, entry(4));
  batcher.add(1, entry(4));
  assert.equal(out.length, 0);
  batcher.add(1, entry(4));
  assert.deepEqual(
    out.map(({ batch }) => [batch.rows, batch.parts[0]?.entries.length]),
    [[12, 3]],
  );
});

test('a batch that does not fill leaves when its oldest entry is flushAfterMs old', (t) => {
  const { batcher, out, pass } = setUp(t);
  batcher.add(1, entry(1));
  pass(3);
  batcher.add(1, entry(1));
  pass(1);
  assert.equal(out.length, 0);
  pass(1);
  assert.deepEqual(
    out.map(({ batch }) => batch.rows),
    [2],
  );
});

test('while every slot is out, entries keep merging, and the next batch leaves when a slot is free', async (t) => {
  const { batcher, out, pass } = setUp(t);
  batcher.add(1, entry(10));
  batcher.add(1, entry(3));
  batcher.add(1, entry(3));
  pass(100);
  assert.equal(out.length, 1);
  await out[0]?.finish();
  assert.equal(out[1]?.batch.rows, 6);
});

/** Coupon and rows of each part. */
function partsOf({ batch }: { batch: Batch }): number[][] {
  return batch.parts.map(({ couponId, rows }) => [couponId, rows]);
}

test('coupons take turns: a long queue does not keep a short one waiting', async (t) => {
  const { batcher, out, pass } = setUp(t);
  for (let index = 0; index < 5; index++) batcher.add(1, entry(10));
  batcher.add(2, entry(1));
  pass(5);
  for (let index = 0; index < 3; index++) await out[index]?.finish();
  assert.deepEqual(out.map(partsOf), [
    [[1, 10]],
    [[1, 10]],
    [
      [2, 1],
      [1, 10],
    ],
    [[1, 10]],
  ]);
});

test('a batch holds whole entries of many coupons, those of each in their order', async (t) => {
  const { batcher, out, pass } = setUp(t);
  const [first, second, third] = [entry(1), entry(1), entry(1)];
  batcher.add(1, first);
  batcher.add(2, second);
  batcher.add(1, third);
  pass(5);
  assert.deepEqual(
    out.map(({ batch }) => batch.parts.map(({ entries }) => entries)),
    [[[first, third], [second]]],
  );
});

test('a batch has no more coupons than it may, and no more rows but for its last entry', (t) => {
  const { batcher, out } = setUp(t, { slots: 3, couponsMax: 3 });
  for (let couponId = 1; couponId <= 4; couponId++) batcher.add(couponId, entry(1));
  for (let couponId = 5; couponId <= 7; couponId++) batcher.add(couponId, entry(6));
  batcher.flushQueued();
  assert.deepEqual(out.map(partsOf), [
    [
      [1, 1],
      [2, 1],
      [3, 1],
    ],
    [
      [4, 1],
      [5, 6],
      [6, 6],
    ],
    [[7, 6]],
  ]);
});

test('while a batch of a coupon is out, its next rows wait for it, until they fill a batch', async (t) => {
  const { batcher, out, pass } = setUp(t, { slots: 3 });
  batcher.add(1, entry(1));
  batcher.add(2, entry(1));
  pass(5);
  batcher.add(1, entry(1));
  batcher.add(3, entry(1));
  pass(5);
  assert.deepEqual(out.map(partsOf), [
    [
      [1, 1],
      [2, 1],
    ],
    [[3, 1]],
  ]);
  batcher.add(1, entry(9));
  assert.deepEqual(partsOf(out[2] as { batch: Batch }), [[1, 10]]);
  batcher.add(2, entry(1));
  await out[0]?.finish();
  pass(5);
  assert.deepEqual(partsOf(out[3] as { batch: Batch }), [[2, 1]]);
});

test('a batch that stays out holds up the rows of its coupons for a second at most', (t) => {
  const { batcher, out, pass } = setUp(t, { slots: 2 });
  batcher.add(1, entry(1));
  pass(5);
  batcher.add(1, entry(2));
  pass(999);
  assert.equal(out.length, 1);
  pass(1);
  assert.deepEqual(out.map(partsOf), [[[1, 1]], [[1, 2]]]);
});

test('a part that was locked comes again after a pause, in its order, and keeps no other waiting', async (t) => {
  const { batcher, out, pass } = setUp(t, { slots: 3 });
  const locked = entry(1);
  batcher.add(1, locked);
  batcher.add(2, entry(1));
  pass(5);
  const [part] = (out[0] as { batch: Batch }).batch.parts;
  const later = entry(1);
  batcher.add(1, later);
  await out[0]?.finish([part as Part]);
  batcher.add(2, entry(1));
  pass(5);
  batcher.add(2, entry(10));
  pass(5);
  const again = out.slice(1).flatMap(({ batch }) => batch.parts);
  assert.deepEqual(
    again.filter(({ couponId }) => couponId === 1).map(({ entries, lockedTimes }) => [entries, lockedTimes]),
    [[[locked, later], 1]],
  );
  assert.equal(again.filter(({ couponId }) => couponId === 2).length, 2);
});

test('the pauses of a part that stays locked grow to 200 ms, and no further', async (t) => {
  const { batcher, out, pass } = setUp(t);
  batcher.add(1, entry(1));
  pass(5);
  for (let times = 0; times < 12; times++) {
    await out[times]?.finish((out[times] as { batch: Batch }).batch.parts);
    pass(200);
    assert.equal(out.length, times + 2);
  }
  await out[12]?.finish((out[12] as { batch: Batch }).batch.parts);
  pass(99);
  assert.equal(out.length, 13);
});

test('flush makes everything due at once, also what is added later', (t) => {
  const { batcher, out } = setUp(t, { slots: 3 });
  batcher.add(1, entry(1));
  batcher.flush();
  assert.equal(out.length, 1);
  batcher.add(2, entry(1));
  assert.equal(out.length, 2);
});

test('what is queued when nothing more is to come leaves at once, and what comes later waits', (t) => {
  const { batcher, out, pass } = setUp(t, { slots: 3 });
  batcher.add(1, entry(1));
  batcher.add(2, entry(1));
  batcher.flushQueued();
  assert.equal(out.length, 1);
  batcher.add(3, entry(1));
  pass(4);
  assert.equal(out.length, 1);
  pass(1);
  assert.equal(out.length, 2);
});

test('after stop nothing is handed over any more', async (t) => {
  const { batcher, out, pass } = setUp(t);
  batcher.add(1, entry(10));
  batcher.add(1, entry(1));
  batcher.stop();
  await out[0]?.finish();
  pass(100);
  assert.equal(out.length, 1);
});
