import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '../../../bench/generator/histogram.ts';

test('percentiles are within half a percent of the exact ones', () => {
  const histogram = new Histogram();
  const values = Array.from({ length: 10_000 }, (_, index) => 0.05 * 1.0012 ** index);
  for (const value of values) histogram.record(value);
  for (const share of [0.1, 0.5, 0.9, 0.99, 0.999]) {
    const exact = values[Math.ceil(share * values.length) - 1] as number;
    assert.ok(Math.abs(histogram.percentile(share) - exact) / exact < 0.005, `p${share * 100}`);
  }
});

test('histograms of several generators are added', () => {
  const sum = new Histogram();
  for (const ms of [1, 3]) {
    const each = new Histogram();
    each.record(ms);
    sum.add(each.pack());
  }
  const { count, mean, max } = sum.percentiles();
  assert.deepEqual([count, mean, max], [2, 2, 3]);
});
