// Rates and percentiles of the live stream, from texts of /metrics.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Samples } from '../../../src/overview/live/samples.ts';
import { ServerSamples } from '../../../src/overview/live/server-figures.ts';
import { parseServerMetrics } from '../../../src/overview/live/server-metrics.ts';

const START_MS = 1_800_000_000_000;

/** @param slow requests that took between 2 and 3 s; the others took less than 1 ms */
function metricsText({ granted = 0, soldOut = 0, failed = 0, slow = 0 } = {}): string {
  const quick = granted + soldOut - slow;
  return [
    '# HELP couponrush_requests_total Answers given.',
    `couponrush_requests_total{route="issue",outcome="granted"} ${granted}`,
    `couponrush_requests_total{route="issue",outcome="sold_out"} ${soldOut}`,
    `couponrush_requests_total{route="issue",outcome="overloaded"} ${failed}`,
    'couponrush_requests_total{route="issue",outcome="closed"} 0',
    'couponrush_requests_total{route="view",outcome="ok"} 999',
    `couponrush_decisions_total{coupon="12",outcome="granted"} ${granted}`,
    `couponrush_request_duration_seconds_bucket{le="0.001",route="issue",class="granted"} ${quick}`,
    `couponrush_request_duration_seconds_bucket{le="2",route="issue",class="granted"} ${quick}`,
    `couponrush_request_duration_seconds_bucket{le="3",route="issue",class="granted"} ${quick + slow}`,
    `couponrush_request_duration_seconds_bucket{le="+Inf",route="issue",class="granted"} ${quick + slow}`,
    'couponrush_request_duration_seconds_bucket{le="0.001",route="issue",class="unavailable"} 1000000',
    `couponrush_request_duration_seconds_count{route="issue",class="granted"} ${granted + soldOut}`,
    `couponrush_request_duration_seconds_count{route="issue",class="unavailable"} ${failed}`,
    'couponrush_request_duration_seconds_count{route="issue",class="rejected"} 5000',
    'couponrush_outbox_rows{coupon="12"} 40',
    'couponrush_outbox_rows{coupon="13"} 2',
    'couponrush_outbox_oldest_age_seconds{coupon="12"} 1.5',
    'couponrush_outbox_rows_limit 1000',
    'couponrush_worker_up{worker="http 1"} 1',
    'couponrush_worker_up{worker="http 2"} 0',
    'couponrush_process_cpu_seconds_total{process="x"} NaN',
    '',
  ].join('\n');
}

function samplesOf(...texts: string[]): ServerSamples {
  const samples = new ServerSamples();
  for (const [index, text] of texts.entries()) samples.add(parseServerMetrics(text, START_MS + index * 1000));
  return samples;
}

test('answers a second are counted by kind between two samples', () => {
  const samples = samplesOf(metricsText(), metricsText({ granted: 300, soldOut: 50, failed: 50 }));
  const figures = samples.figures();
  assert.deepEqual(figures?.answersPerSecond, { issued: 300, sold_out: 50, overloaded: 50 });
  assert.deepEqual(figures?.byCoupon, { 12: { granted: 300 } });
  assert.equal(figures?.errorRate, 50 / 400, 'what clients do wrong does not count');
  assert.equal(figures?.backlog, 42);
  assert.equal(figures?.at, new Date(START_MS + 1000).toISOString());
  assert.deepEqual(samples.last?.workersDown, ['http 2']);
  assert.equal(samples.last?.outboxRowsMax, 1000);
});

test('one sample says nothing of rates, and a restarted server counts from zero', () => {
  assert.equal(samplesOf().figures(), null);
  const { answersPerSecond, p99Ms, backlog } = samplesOf(metricsText({ granted: 5 })).figures() ?? {};
  assert.deepEqual([answersPerSecond, p99Ms, backlog], [{}, null, 42]);
  const restarted = samplesOf(metricsText({ granted: 5000 }), metricsText({ granted: 20 }));
  assert.equal(restarted.figures()?.answersPerSecond.issued, 20);
});

test('percentiles are those of the last seconds, by buckets; nothing asked has none', () => {
  assert.equal(samplesOf(metricsText(), metricsText()).figures()?.p99Ms, null);
  const figures = samplesOf(metricsText(), metricsText({ granted: 100, slow: 10 })).figures();
  assert.ok((figures?.p50Ms ?? 9) < 1, `${figures?.p50Ms}`);
  assert.ok((figures?.p99Ms ?? 0) > 2000 && (figures?.p99Ms ?? 0) <= 3000, `${figures?.p99Ms}`);
  const minute = samplesOf(metricsText(), metricsText({ granted: 100, slow: 10 })).ofMinute;
  assert.deepEqual([minute.slow, minute.errors], [0, { ratio: 0, count: 0 }], 'none is slower than 3 s');
});

test('a text that is no metrics gives nothing, and does not fail', () => {
  for (const text of ['', '<html>', 'couponrush_', 'couponrush_requests_total{route="issue"', '\0'.repeat(1000)]) {
    const { answers, buckets, outboxRowsMax } = parseServerMetrics(text, START_MS);
    assert.deepEqual([answers.size, buckets.size, outboxRowsMax], [0, 0, null]);
  }
});

test('samples reach back as far as they should, and a clock that was set back drops them', () => {
  const samples = new Samples<{ atMs: number }>(3000);
  for (let atMs = 0; atMs <= 60_000; atMs += 250) samples.add({ atMs });
  assert.ok(samples.all.length <= 13);
  assert.deepEqual(
    [samples.last?.atMs, samples.before(900)?.atMs, samples.before(9000)?.atMs],
    [60_000, 59_000, 57_000],
  );
  samples.add({ atMs: 1000 });
  assert.deepEqual([samples.all.length, samples.before(900)], [1, null]);
});
