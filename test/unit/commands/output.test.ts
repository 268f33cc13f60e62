import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinRanges, table } from '../../../src/commands/output.ts';

test('a table aligns texts to the left and columns with numbers to the right', () => {
  const text = table([
    ['gap', 'count', 'ms'],
    ['lost', 12_345, 1.25],
    ['none', null, 10],
  ]);
  assert.equal(text, ['gap    count    ms', 'lost  12,345   1.3', 'none          10.0'].join('\n'));
});

test('neighbouring numbers are shown as ranges, texts as they are', () => {
  assert.equal(joinRanges([3, 4, 5, 9, 11, 12]), '3-5, 9, 11-12');
  assert.equal(joinRanges(['alice', '1-1']), 'alice, 1-1');
  assert.equal(joinRanges([]), '');
});
