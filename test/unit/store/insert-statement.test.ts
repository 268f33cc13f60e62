import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insertStatement, rowsOf, runsOf, sqlTime } from '../../../src/store/insert-statement.ts';

test('the users of a run go through as they are, with the number before its first one and its moment', () => {
  const sql = insertStatement(7, [
    { firstSequence: 1, issuedAtMs: 0, users: '30,4' },
    { firstSequence: 3, issuedAtMs: 1000, users: '200' },
  ]);
  const [, json] = /JSON_TABLE\('([^']*)'/.exec(sql) ?? [];
  assert.deepEqual(JSON.parse(json ?? ''), [
    ['1970-01-01 00:00:00.000', 0, [30, 4]],
    ['1970-01-01 00:00:01.000', 2, [200]],
  ]);
  assert.match(sql, /WHERE c.id=7 ORDER BY r.user_id\n/);
});

test('nothing but numbers gets into the text', () => {
  for (const users of ["1']); DROP TABLE coupon; --", '1,,2', '', '1 ', '-1']) {
    assert.throws(() => insertStatement(7, [{ firstSequence: 1, issuedAtMs: 0, users }]), /broken invariant/, users);
  }
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
