import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillHoles, runsOf, upTo, without } from '../../../src/events/number-runs.ts';

test('ascending numbers become intervals', () => {
  assert.deepEqual(runsOf([]), []);
  assert.deepEqual(runsOf([7]), [{ first: 7, last: 7 }]);
  assert.deepEqual(runsOf([1, 2, 3, 5, 9, 10]), [
    { first: 1, last: 3 },
    { first: 5, last: 5 },
    { first: 9, last: 10 },
  ]);
});

test('what is left of an interval', () => {
  const whole = { first: 1, last: 10 };
  assert.deepEqual(without(whole, []), [whole]);
  assert.deepEqual(without(whole, [whole]), []);
  assert.deepEqual(without(whole, runsOf([1, 2, 5, 10])), [
    { first: 3, last: 4 },
    { first: 6, last: 9 },
  ]);
});

test('runs are cut at a number', () => {
  const runs = runsOf([1, 2, 3, 6, 7]);
  assert.deepEqual(upTo(runs, 0), []);
  assert.deepEqual(upTo(runs, 2), [{ first: 1, last: 2 }]);
  assert.deepEqual(upTo(runs, 6), [
    { first: 1, last: 3 },
    { first: 6, last: 6 },
  ]);
});

test('a hole that is filled in parts leaves the rest of it', () => {
  const hole = { first: 10, last: 19 };
  const other = { first: 30, last: 30 };
  const found = [...[12, 13, 19].map((sequence) => ({ ...hole, sequence })), { ...other, sequence: 30 }];
  assert.deepEqual(fillHoles(found), {
    runs: [
      { first: 12, last: 13 },
      { first: 19, last: 19 },
      { first: 30, last: 30 },
    ],
    filled: [10, 30],
    left: [
      { first: 10, last: 11 },
      { first: 14, last: 18 },
    ],
  });
});
