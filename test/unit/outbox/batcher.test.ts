import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Batch, Batcher } from '../../../src/outbox/batcher.ts';
import type { PackedEntry } from '../../../src/outbox/entry.ts';

let nextId = 1;
function entry(rows: number): PackedEntry {
  const users = Array.from({ length: rows }, (_, index) => index + 1).join(',');
  return { id: `${nextId++}-0`, firstSequence: 1, issuedAtMs: 1, users, rows, epoch: 0 };
}

/** A batcher whose batches stay out until the test lets them finish. */
function setUp(t: TestContext, options: { rowsMax?: number; slots?: number } = {}) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  const out: { batch: Batch; finish: () => Promise<void> }[] = [];
  const batcher = new Batcher({
    rowsMax: options.rowsMax ?? 10,
    flushAfterMs: 5,
    slots: options.slots ?? 1,
    now: () => nowMs,
    deliver: (batch) =>
      new Promise((resolve) => {
        const finish = async (): Promise<void> => {
          resolve();
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
    out.map(({ batch }) => [batch.rows, batch.entries.length]),
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

test('coupons take turns: a long queue does not keep a short one waiting', async (t) => {
  const { batcher, out, pass } = setUp(t);
  for (let index = 0; index < 5; index++) batcher.add(1, entry(10));
  batcher.add(2, entry(1));
  pass(5);
  for (let index = 0; index < 3; index++) await out[index]?.finish();
  assert.deepEqual(
    out.map(({ batch }) => batch.couponId),
    [1, 1, 2, 1],
  );
});

test('a batch holds one coupon only, in the order of its entries', async (t) => {
  const { batcher, out, pass } = setUp(t, { slots: 2 });
  const [first, second, third] = [entry(1), entry(1), entry(1)];
  batcher.add(1, first);
  batcher.add(2, second);
  batcher.add(1, third);
  pass(5);
  assert.deepEqual(
    out.map(({ batch }) => batch.entries),
    [[first, third], [second]],
  );
});

test('flush makes everything due at once, also what is added later', (t) => {
  const { batcher, out } = setUp(t, { slots: 3 });
  batcher.add(1, entry(1));
  batcher.flush();
  assert.equal(out.length, 1);
  batcher.add(1, entry(1));
  assert.equal(out.length, 2);
});

test('what is queued when nothing more is to come leaves at once, and what comes later waits', (t) => {
  const { batcher, out, pass } = setUp(t, { slots: 3 });
  batcher.add(1, entry(1));
  batcher.add(2, entry(1));
  batcher.flushQueued();
  assert.equal(out.length, 2);
  batcher.add(1, entry(1));
  pass(4);
  assert.equal(out.length, 2);
  pass(1);
  assert.equal(out.length, 3);
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
