// The checker of reads, with each contradiction planted into a sound history.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt } from '../../../src/history/attempt.ts';
import { checkReads, type HoldingRead, readViolationMeanings } from '../../../src/history/check-reads.ts';

const DEADLINE_MS = 2000;

const attempt = (user: number, status: number | null, sentAtMs: number, endedAtMs: number): Attempt => ({
  ...{ user, status, code: null, sequence: status === 201 ? user * 10 : null, error: null, replayed: false },
  ...{ startedAtMs: sentAtMs, sentAtMs, endedAtMs },
});

const read = (user: number, sequence: number | null, startedAtMs: number): HoldingRead => ({
  ...{ user, sequence, startedAtMs, endedAtMs: startedAtMs + 5 },
});

/** User 1 was granted one, 2 was refused, 3 got no answer and holds one, 4 got none and holds none. */
function sound() {
  return {
    history: [attempt(1, 201, 100, 120), attempt(2, 400, 100, 120), attempt(3, null, 100, 150), attempt(4, 504, 9, 99)],
    reads: [
      ...[read(1, null, 50), read(1, null, 119), read(1, 10, 130), read(2, null, 130)],
      ...[read(3, null, 200), read(3, 30, 2500), read(4, null, 2500), read(5, null, 0)],
    ],
    issued: new Map([
      [1, 10],
      [3, 30],
    ]),
  };
}

test('a sound history has no violations', () => {
  const { history, reads, issued } = sound();
  assert.deepEqual(checkReads(history, reads, issued, DEADLINE_MS), []);
});

const planted: readonly [keyof typeof readViolationMeanings, HoldingRead][] = [
  ['holderToldNone', read(1, null, 121)],
  ['otherNumber', read(1, 11, 130)],
  ['strangerToldHeld', read(2, 12, 130)],
  ['noneWasNotFinal', read(3, null, 2101)],
];

for (const [name, wrong] of planted) {
  test(`found: ${readViolationMeanings[name]}`, () => {
    const { history, reads, issued } = sound();
    const found = checkReads(history, [...reads, wrong], issued, DEADLINE_MS);
    assert.deepEqual(
      found.map((each) => [each.name, each.count, each.examples]),
      [[name, 1, [wrong.user]]],
    );
  });
}

test('each violation is planted above', () => {
  assert.deepEqual(planted.map(([name]) => name).sort(), Object.keys(readViolationMeanings).sort());
});
