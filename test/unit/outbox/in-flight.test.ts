import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackedEntry } from '../../../src/outbox/entry.ts';
import { InFlight } from '../../../src/outbox/in-flight.ts';

function entry(id: string, rows: number): PackedEntry {
  return { id, firstSequence: 1, issuedAtMs: 1, users: '', epoch: 0, rows };
}

async function resolvesSoon(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))]);
}

test('an entry in flight is not taken a second time, and may be again once it is out', () => {
  const inFlight = new InFlight({ highWaterRows: 10, lowWaterRows: 5 });
  assert.equal(inFlight.add(1, entry('1-0', 2)), true);
  assert.equal(inFlight.add(1, entry('1-0', 2)), false);
  assert.equal(inFlight.add(2, entry('1-0', 2)), true, 'ids are distinct for each coupon only');
  assert.equal(inFlight.rows, 4);
  inFlight.remove(1, ['1-0', '9-9']);
  assert.equal(inFlight.rows, 2);
  assert.equal(inFlight.add(1, entry('1-0', 2)), true);
});

test('reading waits from the high water mark until only the low one is left', async () => {
  const inFlight = new InFlight({ highWaterRows: 10, lowWaterRows: 4 });
  inFlight.add(1, entry('1-0', 5));
  assert.equal(inFlight.roomRows, 5);
  assert.equal(await resolvesSoon(inFlight.waitForRoom()), true);
  inFlight.add(1, entry('2-0', 3));
  inFlight.add(1, entry('3-0', 2));
  assert.equal(inFlight.roomRows, 0);
  const room = inFlight.waitForRoom();
  inFlight.remove(1, ['1-0']);
  assert.equal(await resolvesSoon(room), false, 'five rows are above the low water');
  inFlight.remove(1, ['3-0']);
  assert.equal(await resolvesSoon(room), true);
  assert.equal(inFlight.roomRows, 7);
});
