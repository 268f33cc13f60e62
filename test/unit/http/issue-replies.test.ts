import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpResponse } from '../../../src/http/engine/engine.ts';
import { Exchange } from '../../../src/http/exchange.ts';
import { isoTime, replyDecision } from '../../../src/http/issue-replies.ts';
import type { Decision } from '../../../src/issuance/decision.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';

const AT = Date.UTC(2026, 10, 30, 9, 0, 0, 5);

/** What a decision makes the server write: uWebSockets.js' response is replaced, the Exchange is the real one. */
function answer(decision: Decision) {
  const written = { status: '', headers: new Map<string, string>(), body: '', ends: 0 };
  const response = {
    writeStatus: (head: string) => {
      [written.status = ''] = head.split('\r\n');
    },
    writeHeader: (name: string, value: string) => void written.headers.set(name, value),
    end: (body: string) => {
      written.body = body;
      written.ends += 1;
    },
  } as unknown as HttpResponse;
  const exchange = new Exchange(
    response,
    'POST',
    { draining: false, open: 0, metrics: createMetrics().requests },
    'issue',
  );
  replyDecision(exchange, 12, '345', decision);
  assert.equal(written.ends, 1);
  return { ...written, json: JSON.parse(written.body) as Record<string, unknown> };
}

test('an issued coupon is a 201 with its sequence and time', () => {
  const { status, headers, json } = answer({ kind: 'issued', sequence: 3, issuedAtMs: AT });
  assert.equal(status, '201 Created');
  assert.deepEqual(json, { couponId: 12, userId: 345, sequence: 3, issuedAt: '2026-11-30T09:00:00.005Z' });
  assert.equal(headers.has('Idempotent-Replayed'), false);
});

test('a replay is the original answer, marked as replayed', () => {
  const replay = answer({ kind: 'replayed', sequence: 3, issuedAtMs: AT });
  const original = answer({ kind: 'issued', sequence: 3, issuedAtMs: AT });
  assert.equal(replay.body, original.body);
  assert.equal(replay.status, original.status);
  assert.equal(replay.headers.get('Idempotent-Replayed'), 'true');
});

/** Every decision that is a refusal. 504 alone means that the coupon may have been issued (I5). */
const refusals: readonly (readonly [Decision, string, string, retry: boolean])[] = [
  [{ kind: 'key-reused' }, '422 Unprocessable Content', 'IDEMPOTENCY_KEY_REUSED', false],
  [{ kind: 'already-issued' }, '400 Bad Request', 'ALREADY_ISSUED_COUPON', false],
  [{ kind: 'sold-out' }, '400 Bad Request', 'OUT_OF_STOCK_COUPON', false],
  [{ kind: 'not-open', opensAtMs: AT }, '400 Bad Request', 'NOT_OPEN_COUPON', false],
  [{ kind: 'paused' }, '400 Bad Request', 'NOT_OPEN_COUPON', false],
  [{ kind: 'closed' }, '400 Bad Request', 'EXPIRED_COUPON', false],
  [{ kind: 'unknown-coupon' }, '404 Not Found', 'NOT_FOUND_COUPON', false],
  [{ kind: 'not-ready' }, '503 Service Unavailable', 'NOT_READY', true],
  [{ kind: 'overloaded' }, '503 Service Unavailable', 'OVERLOADED', true],
  [{ kind: 'unknown' }, '504 Gateway Timeout', 'OUTCOME_UNKNOWN', false],
];

for (const [decision, status, code, retry] of refusals) {
  test(`${decision.kind} is a ${status} with the code ${code}`, () => {
    const written = answer(decision);
    assert.equal(written.status, status);
    assert.equal(written.json.code, code);
    assert.equal(String(written.json.status), status.slice(0, 3));
    assert.equal(written.headers.has('Retry-After'), retry);
  });
}

test('a coupon that is not open yet says when it opens; one that is paused can not', () => {
  const early = answer({ kind: 'not-open', opensAtMs: AT }).json;
  assert.equal(early.opensAt, '2026-11-30T09:00:00.005Z');
  const paused = answer({ kind: 'paused' }).json;
  assert.equal(paused.opensAt, undefined);
  assert.notEqual(paused.detail, early.detail);
});

test('an unknown outcome says where to ask', () => {
  assert.match(String(answer({ kind: 'unknown' }).json.detail), /GET \/api\/v2\/me\/coupons\/12 /);
});

test('the time of an answer is its own, whatever was answered before', () => {
  assert.equal(isoTime(AT), '2026-11-30T09:00:00.005Z');
  assert.equal(isoTime(AT + 1), '2026-11-30T09:00:00.006Z');
  assert.equal(isoTime(AT), '2026-11-30T09:00:00.005Z');
  assert.equal(isoTime(0), '1970-01-01T00:00:00.000Z');
});
