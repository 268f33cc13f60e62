import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatherTime } from '../../../src/outbox/gather-time.ts';

/** With a clock that stands still until it is set. */
function setUp(longestMs = 80) {
  const clock = { ms: 0 };
  const gatherTime = new GatherTime(longestMs, () => clock.ms);
  /** What follows a read that comes `sinceMs` after the one before. */
  const after = (sinceMs: number, rows: number, more = false) => {
    clock.ms += sinceMs;
    return gatherTime.afterRead(rows, more);
  };
  return { gatherTime, after };
}

test('little that comes gathers for as long as it may, much for a short time', () => {
  const { after } = setUp();
  after(0, 1);
  assert.equal(after(20, 2), 80, '100 rows a second');
  assert.equal(after(80, 80), 80, '1,000 a second');
  assert.equal(after(80, 160), 50, '2,000 a second');
  assert.equal(after(50, 250), 20, '5,000 a second');
  assert.equal(after(20, 2000), 20, '100,000 a second');
  assert.equal(after(20, 2), 80, '100 a second again');
});

test('nothing gathers while there is more to read, or nothing came', () => {
  const { after } = setUp();
  after(0, 1);
  assert.equal(after(20, 1, true), 0);
  assert.equal(after(20, 0), 0);
});

test('after a rest the next read comes soon: a burst may begin', () => {
  const { gatherTime, after } = setUp();
  assert.equal(after(0, 1), 20);
  assert.equal(after(20, 1), 80);
  gatherTime.reset();
  assert.equal(after(60_000, 1), 20);
});

test('a limit below the short time holds as well', () => {
  const { after } = setUp(5);
  after(0, 1);
  assert.equal(after(20, 1), 5);
  assert.equal(setUp(0).after(0, 1), 0);
});
