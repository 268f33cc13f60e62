import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownFailures } from '../../../src/runtime/known-failures.ts';

test('a failure is new once, and again if its reason is another one', () => {
  const known = new KnownFailures<number>();
  assert.deepEqual(
    [known.add(1, 'a'), known.add(1, 'a'), known.add(2, 'a'), known.add(1, 'b'), known.add(1, 'a')],
    [true, false, true, true, true],
  );
});

test('a failure is new after it was over', () => {
  const known = new KnownFailures<number>();
  known.add(1, 'a');
  known.add(2, 'a');
  known.delete(1);
  known.delete(3);
  assert.deepEqual([known.add(1, 'a'), known.add(2, 'a')], [true, false]);
});

test('what is gone is forgotten', () => {
  const known = new KnownFailures<number>();
  for (const key of [1, 2, 3]) known.add(key, 'a');
  known.keepOnly(new Set([2]));
  assert.deepEqual([known.add(1, 'a'), known.add(2, 'a'), known.add(3, 'a')], [true, false, true]);
});
