import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wholeNumber } from '../../../console/src/pages/rehearsal/whole-number.ts';

test('a whole number may have separators, and is within its bounds', () => {
  assert.equal(wholeNumber(' 10,000 ', 10_000), 10_000);
  assert.equal(wholeNumber('1', 1), 1);
  for (const text of ['', '0', '-1', '1.5', '1e3', '10001', 'ten', '９', '99999999999999999']) {
    assert.equal(wholeNumber(text, 10_000), null, text);
  }
});
