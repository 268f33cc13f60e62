import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs, contentionMs, pause, pauseUnlessAborted } from '../../../src/runtime/retry.ts';

test('the pause doubles from 50 ms to 2 s, half of it jitter', () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 100].map((failures) => backoffMs(failures, () => 1));
  assert.deepEqual(longest, [50, 100, 200, 400, 800, 1600, 2000, 2000]);
  assert.equal(
    backoffMs(1, () => 0),
    25,
  );
});

test('contention is retried at once, and as an outage if it does not end', () => {
  assert.ok(contentionMs(1, () => 1) <= 20);
  assert.equal(
    contentionMs(5, () => 0),
    0,
  );
  assert.equal(
    contentionMs(6, () => 1),
    50,
  );
  assert.equal(
    contentionMs(100, () => 1),
    2000,
  );
});

test('an aborted signal ends a pause: with an error, or without one', { timeout: 10_000 }, async () => {
  const abort = new AbortController();
  const pauses = [pause(60_000, abort.signal), pauseUnlessAborted(60_000, abort.signal)] as const;
  abort.abort();
  await assert.rejects(pauses[0], { name: 'AbortError' });
  await pauses[1];
  await pauseUnlessAborted(60_000, abort.signal);
});
