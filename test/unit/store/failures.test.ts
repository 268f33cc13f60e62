import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperationalError } from '../../../src/errors.ts';
import { classifyFailure, isContention, isOfStatement } from '../../../src/store/failures.ts';

function failure(code: string, errno: number): Error {
  return Object.assign(new Error(`${code} happened`), { code, errno });
}

test('what concerns the row itself is permanent', () => {
  const refused: [string, number][] = [
    ['ER_DUP_ENTRY', 1062],
    ['ER_DATA_TOO_LONG', 1406],
    ['ER_WARN_DATA_OUT_OF_RANGE', 1264],
    ['ER_TRUNCATED_WRONG_VALUE', 1292],
    ['ER_TRUNCATED_WRONG_VALUE_FOR_FIELD', 1366],
    ['ER_CHECK_CONSTRAINT_VIOLATED', 3819],
    ['ER_SIGNAL_EXCEPTION', 1644],
  ];
  for (const [code, errno] of refused) {
    const { persistence, code: known } = classifyFailure(failure(code, errno));
    assert.deepEqual([persistence, known], ['permanent', code]);
  }
});

test("a violated CHECK is named alike for MySQL and MariaDB, whatever the driver's name for it", () => {
  assert.equal(classifyFailure(failure('ER_UNKNOWN', 4025)).code, 'ER_CHECK_CONSTRAINT_VIOLATED');
});

test('outages, contention, full disks, settings and what we never saw are transient', () => {
  const passing: [string, number][] = [
    ['ECONNREFUSED', -111],
    ['PROTOCOL_CONNECTION_LOST', 0],
    ['ETIMEDOUT', -110],
    ['ER_LOCK_DEADLOCK', 1213],
    ['ER_LOCK_WAIT_TIMEOUT', 1205],
    ['ER_OPTION_PREVENTS_STATEMENT', 1290],
    ['ER_READ_ONLY_MODE', 1836],
    ['ER_CON_COUNT_ERROR', 1040],
    ['ER_SERVER_SHUTDOWN', 1053],
    ['ER_DISK_FULL', 1021],
    ['ER_RECORD_FILE_FULL', 1114],
    ['ER_ACCESS_DENIED_ERROR', 1045],
    ['ER_NO_SUCH_TABLE', 1146],
    ['ER_FROM_THE_FUTURE', 9999],
  ];
  for (const [code, errno] of passing) {
    const { persistence, code: known } = classifyFailure(failure(code, errno));
    assert.deepEqual([persistence, known], ['transient', code]);
  }
  assert.equal(classifyFailure(new TypeError('a fault of ours')).persistence, 'transient');
  assert.equal(classifyFailure(undefined).code, 'UNKNOWN');
});

test('an error that is classified already stays as it is', () => {
  const error = new OperationalError('QUERY_TIMEOUT', 'transient', 'no answer');
  assert.equal(classifyFailure(error), error);
});

test('only deadlocks and lock waits are contention', () => {
  assert.equal(isContention('ER_LOCK_DEADLOCK'), true);
  assert.equal(isContention('ER_LOCK_WAIT_TIMEOUT'), true);
  assert.equal(isContention('ECONNREFUSED'), false);
});

test('a connection is kept after what concerns the statement only', () => {
  const kept: [string, number][] = [
    ['ER_DUP_ENTRY', 1062],
    ['ER_DATA_TOO_LONG', 1406],
    ['ER_CHECK_CONSTRAINT_VIOLATED', 3819],
    ['ER_LOCK_DEADLOCK', 1213],
    ['ER_LOCK_WAIT_TIMEOUT', 1205],
  ];
  for (const [code, errno] of kept) assert.equal(isOfStatement(classifyFailure(failure(code, errno))), true, code);
  const ours = new OperationalError('ROW_VANISHED', 'transient', 'a row vanished while written');
  assert.equal(isOfStatement(ours), true, 'thrown between two statements');
  assert.equal(isOfStatement(classifyFailure(new TypeError('a fault of ours'))), true);
});

test(
  'a connection is given up after what may say that this ' + 'is not the writer any more, also if we never saw it',
  () => {
    const given: [string, number][] = [
      ['ER_OPTION_PREVENTS_STATEMENT', 1290],
      ['ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION', 1792],
      ['ER_READ_ONLY_MODE', 1836],
      ['ER_INNODB_READ_ONLY', 1874],
      ['ER_CANT_UPDATE_WITH_READLOCK', 1223],
      ['ER_SERVER_SHUTDOWN', 1053],
      ['ER_RUN_HOOK_ERROR', 3100],
      ['ER_TRANSACTION_ROLLBACK_DURING_COMMIT', 3101],
      ['ER_UNKNOWN_COM_ERROR', 1047],
      ['ER_QUERY_INTERRUPTED', 1317],
      ['ER_FROM_THE_FUTURE', 9999],
    ];
    for (const [code, errno] of given) assert.equal(isOfStatement(classifyFailure(failure(code, errno))), false, code);
    const closed = Object.assign(failure('ER_DUP_ENTRY', 1062), { fatal: true });
    assert.equal(isOfStatement(classifyFailure(closed)), false, 'mysql2 has closed it');
    for (const code of ['QUERY_TIMEOUT', 'SESSION_LOST', 'MYSQL_READ_ONLY', 'PROTOCOL_CONNECTION_LOST']) {
      assert.equal(isOfStatement(new OperationalError(code, 'transient', 'any')), false, code);
    }
  },
);
