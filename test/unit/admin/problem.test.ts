import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemOf } from '../../../src/admin/problem.ts';
import { OperationalError } from '../../../src/errors.ts';

const TEXT = "Incorrect string value: '\\xF0\\x9F\\x8E' for column `couponrush`.`coupon`.`name` at row 1";
const refused = (code: string) => problemOf(new OperationalError(code, 'permanent', TEXT, new Error(TEXT)), true);

test('a refusal of MySQL has the code of its kind, and not its text', () => {
  for (const [code, problem] of [
    ['ER_TRUNCATED_WRONG_VALUE_FOR_FIELD', 'VALIDATION_FAILED'],
    ['ER_DATA_TOO_LONG', 'VALIDATION_FAILED'],
    ['ER_WARN_DATA_OUT_OF_RANGE', 'VALIDATION_FAILED'],
    ['ER_CHECK_CONSTRAINT_VIOLATED', 'STATE_CONFLICT'],
    ['ER_SIGNAL_EXCEPTION', 'STATE_CONFLICT'],
    ['ER_NO_DEFAULT_FOR_FIELD', 'STORES_AWAY'],
    ['ER_DUP_ENTRY', 'STORES_AWAY'],
  ]) {
    const found = refused(code as string);
    assert.equal(found?.code, problem, code);
    assert.match(found?.detail ?? '', new RegExp(code as string));
    assert.doesNotMatch(found?.detail ?? '', /column|row 1/);
  }
});

test('a refusal of our own is in words for the operator', () => {
  const error = new OperationalError('OVER_STOCK', 'permanent', 'coupon 7 has more holders than stock');
  assert.deepEqual(problemOf(error, true), { code: 'STATE_CONFLICT', detail: 'coupon 7 has more holders than stock' });
});

test('a move that met a read-only MySQL, or a connection lost before its commit, has changed nothing', () => {
  for (const code of ['MYSQL_READ_ONLY', 'SESSION_LOST', 'ER_OPTION_PREVENTS_STATEMENT']) {
    const found = problemOf(new OperationalError(code, 'transient', 'any'), true);
    assert.equal(found?.code, 'STORES_AWAY');
    assert.match(found?.detail ?? '', /a move changed nothing/);
  }
  const cutOff = problemOf(new OperationalError('PROTOCOL_CONNECTION_LOST', 'transient', 'any'), true);
  assert.equal(cutOff?.code, 'OUTCOME_UNKNOWN');
});
