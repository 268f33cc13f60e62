import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byKind, kindOf } from '../../../console/src/pages/rush/answer-kinds.ts';
import { problems } from '../../../src/errors.ts';
import { outcomeOf } from '../../../src/http/outcomes.ts';

test('what could not be decided is shown as an error, and only that', () => {
  for (const [code, outcome] of Object.entries(outcomeOf)) {
    const { status } = problems[code as keyof typeof problems];
    assert.equal(kindOf(outcome) === 'failed', status >= 500, `${code} ${status}`);
  }
});

test('no answer is left out of the sum, and what is not known is no zero', () => {
  const rates = { issued: 10, sold_out: 20, already_issued: 3, not_open: 1, bad_request: 2, not_ready: 4 };
  assert.deepEqual(byKind(rates), { granted: 10, soldOut: 20, already: 3, refused: 3, failed: 4 });
  assert.equal(byKind(null), null);
});
