import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplyError } from 'ioredis';
import { redisOutage } from '../../../src/redis/failures.ts';

test(
  'what Redis answers while it is full, loading, read-only ' + 'or can not write is an outage; other replies are not',
  () => {
    for (const word of ['OOM', 'LOADING', 'READONLY', 'MISCONF', 'MASTERDOWN', 'BUSY']) {
      assert.equal(redisOutage(new ReplyError(`${word} whatever follows`)), word);
    }
    for (const text of ['WRONGTYPE a key', 'NOPERM no', 'ERR unknown command', 'NOAUTH', 'OOMPH']) {
      assert.equal(redisOutage(new ReplyError(text)), null);
    }
  },
);

test('a connection that is closed, refused, silent or not there is an outage; a defect of ours is not', () => {
  const withCode = (code: string) => Object.assign(new Error('connect'), { code });
  for (const error of [
    Object.assign(new Error('Reached the max retries per request limit'), { name: 'MaxRetriesPerRequestError' }),
    new Error('Connection is closed.'),
    new Error('Command timed out'),
    new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    withCode('ECONNREFUSED'),
    withCode('EAI_AGAIN'),
  ]) {
    assert.equal(redisOutage(error), 'UNREACHABLE', error.message);
  }
  for (const error of [
    new TypeError('x is not a function'),
    withCode('ENOENT'),
    new Error('Connection'),
    'text',
    null,
  ]) {
    assert.equal(redisOutage(error), null);
  }
});
