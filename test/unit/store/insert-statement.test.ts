import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insertStatement, rowsOf, runsOf, sqlTime } from '../../../src/store/insert-statement.ts';

const coupon = { name: "Spring's \\ 50%", discountType: 'FIXED', discountAmount: '1000', expiredAt: null, now: 'NOW' };

test('rows are sorted by user, and each keeps its own sequence and moment', () => {
  const sql = insertStatement(
    7,
    [
      { firstSequence: 1, issuedAtMs: 0, users: '30,4' },
      { firstSequence: 3, issuedAtMs: 1000, users: '200' },
    ],
    coupon,
  );
  const rows = [...sql.matchAll(/\((\d+),(\d+),(\d+),.*?'(1970[^']*)'/g)].map((match) => match.slice(1));
  assert.deepEqual(rows, [
    ['7', '4', '2', '1970-01-01 00:00:00.000'],
    ['7', '30', '1', '1970-01-01 00:00:00.000'],
    ['7', '200', '3', '1970-01-01 00:00:01.000'],
  ]);
  assert.match(sql, /ON DUPLICATE KEY UPDATE status=status$/);
});

test('what the coupon is named is quoted', () => {
  const sql = insertStatement(7, [{ firstSequence: 1, issuedAtMs: 0, users: '1' }], coupon);
  assert.ok(sql.includes("(7,1,1,'Spring\\'s \\\\ 50%','FIXED',1000,NULL,"), sql);
});

test('a moment that no calendar holds becomes a text that the database refuses, not an exception', () => {
  assert.equal(sqlTime(1_700_000_000_123), '2023-11-14 22:13:20.123');
  for (const ms of [9_000_000_000_000_000, Number.NaN, -1]) assert.match(sqlTime(ms), /^no time/);
});

test('rows become runs and runs become the same rows again', () => {
  const rows = [
    { user: '5', sequence: 1, issuedAtMs: 9 },
    { user: '3', sequence: 2, issuedAtMs: 9 },
    { user: '8', sequence: 4, issuedAtMs: 9 },
    { user: '1', sequence: 5, issuedAtMs: 10 },
  ];
  const runs = runsOf(rows);
  assert.deepEqual(
    runs.map((run) => [run.firstSequence, run.issuedAtMs, run.users]),
    [
      [1, 9, '5,3'],
      [4, 9, '8'],
      [5, 10, '1'],
    ],
  );
  assert.deepEqual(rowsOf(runs), rows);
  assert.deepEqual(runsOf([]), []);
});
