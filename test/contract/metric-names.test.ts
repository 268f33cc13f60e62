// Whoever names a metric names one that exists: dashboards, recording rules, alerts and their tests, docs.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { describeFamilies } from '../../src/metrics/catalogue.ts';
import { projectRoot } from '../../src/project.ts';

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

const recording = readFileSync(join(projectRoot, 'prometheus/recording.yml'), 'utf8');
const recorded = new Set([...recording.matchAll(/record: (\S+)/g)].map((match) => match[1] as string));
const known = new Set(
  describeFamilies().flatMap(({ name, type }) =>
    type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);
/** Names of groups and such, not of metrics. */
const others = new Set([
  'couponrush_recording',
  'couponrush_requests',
  'couponrush_promises',
  'couponrush_stores',
  'couponrush_handover',
  'couponrush_processes',
  'couponrush_coupons',
  'couponrush_events',
]);

const named = ['prometheus', 'grafana', 'docs']
  .flatMap((folder) => filesBelow(join(projectRoot, folder)))
  .filter((path) => /\.(yml|md|json|ts)$/.test(path))
  .map((path) => ({ path: relative(projectRoot, path), text: readFileSync(path, 'utf8') }));

test('every metric that is named in prometheus/, grafana/ and docs/ exists', () => {
  const unknown = named.flatMap(({ path, text }) =>
    [...text.matchAll(/\bcouponrush_[a-z0-9_]+/g)]
      .map(([name]) => name)
      // What a builder of queries puts together from a family's name and a suffix is seen in the JSON.
      .filter((name) => !known.has(name) && !others.has(name) && !path.endsWith('.ts'))
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual([...new Set(unknown)], []);
});

test('every recorded series that is named exists', () => {
  const unknown = named.flatMap(({ path, text }) =>
    [...text.matchAll(/\bcouponrush:[a-z0-9_]+:[a-z0-9_]+/g)]
      .map(([name]) => name)
      .filter((name) => !recorded.has(name))
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual(unknown, []);
});

test('names follow the rules: prefix, unit or _total last, a help text', () => {
  for (const { name, type, help } of describeFamilies()) {
    assert.match(name, /^couponrush_[a-z0-9_]+$/);
    assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`);
    assert.doesNotMatch(name, /_(ms|millis|milliseconds|kb|mb|percent)(_|$)/, `${name}: base units only`);
    assert.match(help, /^(\p{Lu}|1 ).+\.$/u, `${name}: ${help}`);
    if (type === 'gauge')
      assert.match(help, /(Sum over processes|Largest of all processes|Reported by one process)\.$/, name);
  }
});
