import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SequenceSet } from '../../../src/rebuild/sequence-set.ts';

test('a sequence set agrees with a plain set', () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  let state = seed;
  const random = (max: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return 1 + (state % max);
  };
  const set = new SequenceSet();
  const plain = new Set<number>();
  for (let n = 0; n < 20_000; n++) {
    const sequence = random(40_000);
    set.add(sequence);
    plain.add(sequence);
  }
  assert.equal(set.size, plain.size);
  assert.equal(set.max, Math.max(...plain));
  const missing = [...set.missing(50_000)].flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
  const expected = Array.from({ length: 50_000 }, (_, index) => index + 1).filter((n) => !plain.has(n));
  assert.deepEqual(missing, expected);
});

test('an empty set misses everything, as one range', () => {
  assert.deepEqual([...new SequenceSet().missing(7)], [{ first: 1, last: 7 }]);
  assert.deepEqual([...new SequenceSet().missing(0)], []);
});
