// A child reports what has changed, and the primary's figures are those of a whole report all the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChangeReport } from '../../../src/metrics/changes.ts';
import { MetricsHub } from '../../../src/metrics/hub.ts';
import { MetricsRegistry } from '../../../src/metrics/registry.ts';
import { TallyHistogram } from '../../../src/metrics/tally.ts';

function child() {
  const registry = new MetricsRegistry();
  const events = registry.counter({ name: 'events_total', help: 'A test.', labels: ['kind'] });
  const waits = new TallyHistogram(registry, {
    name: 'wait_seconds',
    help: 'A test.',
    labels: ['kind'],
    buckets: [1],
    series: [{ kind: 'a' }, { kind: 'b' }],
  });
  const open: { labels: { pool: string }; value: number }[] = [];
  registry.readGauge({ name: 'open', help: 'A test.', labels: ['pool'], combine: 'sum' }, () => open);
  return { registry, events, waits, open, report: new ChangeReport(registry) };
}

const namesOf = (changed: readonly { readonly name: string }[]) =>
  changed.map(({ name }) => name.replace(/^couponrush_/, ''));

test('a report has the families that have changed, and no others', async () => {
  const { report, events, waits, open } = child();
  assert.deepEqual(namesOf(await report.take()), ['wait_seconds']);
  assert.deepEqual(await report.take(), []);
  waits.tally(1, 0.5);
  assert.deepEqual(namesOf(await report.take()), ['wait_seconds']);
  events.labels('x').inc();
  open.push({ labels: { pool: 'reads' }, value: 1 });
  assert.deepEqual(namesOf(await report.take()), ['events_total', 'open']);
  // The same number of another pool is a change.
  open.splice(0, 1, { labels: { pool: 'commands' }, value: 1 });
  assert.deepEqual(namesOf(await report.take()), ['open']);
  open.splice(0);
  const [gone] = await report.take();
  assert.deepEqual(gone?.values, []);
  assert.deepEqual(await report.take(), []);
});

test('reports of changes add up to what one whole report would say', async () => {
  const { registry, report, events, waits, open } = child();
  const byChanges = new MetricsHub(new MetricsRegistry());
  const source = byChanges.join();
  for (let round = 0; round < 20; round++) {
    if (round % 3 === 0) events.labels(`kind ${round % 5}`).inc(round);
    if (round % 4 === 1) waits.tally(round % 2, round / 10);
    open.splice(0, round % 7 === 0 ? open.length : 0, { labels: { pool: `p${round % 3}` }, value: round });
    source.update(await report.take());
    const whole = new MetricsHub(new MetricsRegistry());
    whole.join().update((await registry.getMetricsAsJSON()).filter(({ values }) => values.length > 0));
    assert.deepEqual((await byChanges.text()).split('\n').sort(), (await whole.text()).split('\n').sort());
  }
});
