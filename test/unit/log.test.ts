import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../src/log.ts';

function lineOf(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger('test', 'info', { write: (line: string) => void lines.push(line) }));
  return lines.join('');
}

test('secrets are masked wherever they stand in a line', () => {
  const url = 'redis://app:hunter2@redis:6379';
  const stores = { redisUrl: url, mysqlUrl: url, mysqlMigrationUrl: url, password: 'hunter2', token: 'hunter2' };
  const line = lineOf((log) => log.info({ ...stores, stores, authorization: 'Bearer hunter2' }, 'started'));
  assert.match(line, /\[Redacted\]/);
  assert.doesNotMatch(line, /hunter2/);
});

test('of an error of a client library neither its command nor its statement is written, at any depth', () => {
  const redis = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['app', 'hunter2'] } });
  const mysql = Object.assign(new Error('gone', { cause: redis }), {
    code: 'PROTOCOL_CONNECTION_LOST',
    sql: 'INSERT INTO user_coupon VALUES (1, 4242424242)',
    parameters: ['hunter2'],
  });
  const line = lineOf((log) =>
    log.error({ err: new Error('insert failed', { cause: mysql }), error: redis }, 'failed'),
  );
  assert.doesNotMatch(line, /hunter2|4242424242|INSERT/);
  const { err } = JSON.parse(line);
  assert.deepEqual(
    [err.message, err.cause.message, err.cause.code, err.cause.cause.message],
    ['insert failed', 'gone', 'PROTOCOL_CONNECTION_LOST', 'WRONGPASS'],
  );
  assert.match(err.stack, /log\.test/);
});
