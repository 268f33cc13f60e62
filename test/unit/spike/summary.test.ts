import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt } from '../../../src/history/attempt.ts';
import { spreadOf, summarize } from '../../../src/spike/summary.ts';

function attempt(user: number, status: number | null, rest: Partial<Attempt>): Attempt {
  const nothing = { code: null, sequence: null, error: null, replayed: false };
  return { user, status, ...nothing, startedAtMs: 1000, sentAtMs: 1010, endedAtMs: 1030, ...rest };
}

test('percentiles are measured values by nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.deepEqual(spreadOf(values), { min: 1, p50: 50, p90: 90, p99: 99, max: 100 });
  assert.deepEqual(spreadOf([7]), { min: 7, p50: 7, p90: 7, p99: 7, max: 7 });
  assert.equal(spreadOf([]), null);
});

test('a burst counts answers by status and code, users by outcome, and only answers in its speed', () => {
  const summary = summarize([
    attempt(1, 201, { sequence: 1 }),
    attempt(1, 400, { code: 'ALREADY_ISSUED_COUPON' }),
    attempt(2, 400, { code: 'OUT_OF_STOCK_COUPON', endedAtMs: 1110 }),
    attempt(3, null, { error: 'ECONNRESET', endedAtMs: 1500 }),
    attempt(4, 504, { code: 'OUTCOME_UNKNOWN', endedAtMs: 2000 }),
  ]);
  assert.deepEqual(summary.answers, {
    '201': 1,
    '400 ALREADY_ISSUED_COUPON': 1,
    '400 OUT_OF_STOCK_COUPON': 1,
    '504 OUTCOME_UNKNOWN': 1,
    'no answer: ECONNRESET': 1,
  });
  assert.deepEqual(summary.users, { granted: 1, unknown: 2, alreadyIssued: 0, refused: 1 });
  assert.equal(summary.durationMs, 1000);
  assert.equal(summary.answersPerSecond, 4);
  assert.deepEqual(summary.latencyMs, { min: 20, p50: 20, p90: 990, p99: 990, max: 990 });
  assert.deepEqual(summary.withConnectMs, { min: 30, p50: 30, p90: 1000, p99: 1000, max: 1000 });
});
