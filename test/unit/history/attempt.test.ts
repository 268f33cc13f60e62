import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf, readAnswer } from '../../../src/history/attempt.ts';

const outcome = (status: number | null, code: string | null = null) =>
  outcomeOf({
    ...{ user: 1, status, code, sequence: null, error: null, replayed: false },
    ...{ startedAtMs: 0, sentAtMs: 0, endedAtMs: 0 },
  });

test('only 4xx and 503 promise that nothing was issued', () => {
  assert.equal(outcome(201), 'granted');
  assert.equal(outcome(400, 'ALREADY_ISSUED_COUPON'), 'already-issued');
  assert.equal(outcome(400, 'REVOKED_COUPON'), 'revoked');
  for (const status of [400, 401, 404, 429, 503]) assert.equal(outcome(status), 'refused', String(status));
  for (const status of [null, 200, 302, 500, 502, 504, 505]) assert.equal(outcome(status), 'unknown', String(status));
});

test('an answer is read with its sequence or its code', () => {
  const read = (status: number, body: unknown) => readAnswer(7, status, JSON.stringify(body));
  assert.deepEqual(read(201, { couponId: 1, userId: 7, sequence: 3 }), {
    status: 201,
    code: null,
    sequence: 3,
    error: null,
  });
  assert.equal(read(201, { userId: 8, sequence: 3 }).error, 'granted to another user than asked');
  assert.equal(read(201, { userId: 8, sequence: 3 }).sequence, null);
  assert.equal(read(201, { userId: 7 }).error, 'granted without a sequence');
  assert.equal(read(400, { code: 'OUT_OF_STOCK_COUPON' }).code, 'OUT_OF_STOCK_COUPON');
  assert.equal(read(400, {}).error, 'the body has no code');
  for (const body of ['', '<html>']) assert.equal(readAnswer(7, 201, body).error, 'the body is not JSON');
  for (const body of ['null', '3', '[]']) assert.equal(readAnswer(7, 400, body).error, 'the body has no code', body);
});
