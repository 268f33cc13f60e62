import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Findings } from '../../../src/verify/findings.ts';

test('findings in both of two looks are those with the same example', () => {
  const first = new Findings<'users' | 'stock' | 'gone'>(10);
  const second = new Findings<'users' | 'stock' | 'gone'>(10);
  for (const user of [1, 2, 3]) first.add('users', user);
  for (const user of [3, 4]) second.add('users', user);
  first.add('stock', null, 5);
  second.add('stock', null, 3);
  first.add('gone', 7);
  second.add('gone', 8);
  const both = first.and(second);
  assert.deepEqual(both.examples('users'), [3]);
  assert.equal(both.count('users'), 1);
  assert.equal(both.count('stock'), 3);
  assert.equal(both.count('gone'), 0);
  assert.equal(both.empty, false);
});

test('findings beyond the examples that are kept are still counted', () => {
  const found = new Findings<'gap'>(3);
  found.addRange('gap', 10, 1_000_000_000_009);
  assert.equal(found.count('gap'), 1_000_000_000_000);
  assert.deepEqual(found.examples('gap'), [10, 11, 12]);
  const other = new Findings<'gap'>(3);
  other.addRange('gap', 500, 599);
  assert.equal(found.and(other).count('gap'), 100, 'the examples do not meet, but they are not all there is');
});
