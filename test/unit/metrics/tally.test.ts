import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricsRegistry } from '../../../src/metrics/registry.ts';
import { TallyHistogram } from '../../../src/metrics/tally.ts';

function valuesOf({ values }: Awaited<ReturnType<TallyHistogram<'kind'>['get']>>): Record<string, number> {
  return Object.fromEntries(
    values.map(({ metricName = '', labels, value }) => {
      const { kind, le } = labels as { kind: string; le?: number | string };
      return [`${metricName.replace(/^.*_seconds/, '')} ${kind}${le === undefined ? '' : ` ${le}`}`, value];
    }),
  );
}

test('a tally counts into cumulative buckets, an exact bound into its own', async () => {
  const histogram = new TallyHistogram(new MetricsRegistry(), {
    name: 'tally_test_seconds',
    help: 'A test.',
    labels: ['kind'],
    buckets: [1, 2],
    series: [{ kind: 'a' }, { kind: 'b' }],
  });
  histogram.tally(0, 1);
  histogram.tally(0, 1.5, 3);
  histogram.tally(0, 7);
  const values = valuesOf(await histogram.get());
  assert.deepEqual(
    [values['_bucket a 1'], values['_bucket a 2'], values['_bucket a +Inf'], values['_sum a'], values['_count a']],
    [1, 4, 5, 12.5, 5],
  );
  assert.deepEqual([values['_bucket b +Inf'], values['_sum b'], values['_count b']], [0, 0, 0]);
});

test('a series that is not expected is shown once it has counted', async () => {
  const histogram = new TallyHistogram(new MetricsRegistry(), {
    name: 'tally_unexpected_seconds',
    help: 'A test.',
    labels: ['kind'],
    buckets: [1],
    series: [{ kind: 'a' }, { kind: 'b' }],
    expected: ({ kind }) => kind === 'a',
  });
  assert.equal((await histogram.get()).values.length, 4);
  histogram.tally(1, 0.5);
  assert.equal((await histogram.get()).values.length, 8);
});
