// House rules of the dashboards: a help text on each panel, a unit, the data source that is chosen, no panel twice.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dashboardFiles, dashboards } from '../../grafana/src/dashboards.ts';
import { projectRoot } from '../../src/project.ts';
import { panelsOf } from '../support/dashboard-queries.ts';

const provisioned = readFileSync(join(projectRoot, 'grafana/provisioning/datasources/prometheus.yml'), 'utf8');

test('every panel has a help text, a unit and queries', () => {
  for (const panel of dashboards.flatMap(panelsOf)) {
    assert.ok((panel.description ?? '').length > 30, `${panel.title}: a help text`);
    assert.ok(panel.fieldConfig?.defaults.unit, `${panel.title}: a unit`);
    assert.ok((panel.targets ?? []).length > 0, `${panel.title}: a query`);
  }
});

test('every query goes to the data source that the viewer chooses, and none to one of ours', () => {
  for (const [path, content] of dashboardFiles()) {
    const uids = new Set<string>();
    JSON.parse(content, (key, value) => {
      if (key === 'datasource') uids.add(value?.uid ?? String(value));
      return value;
    });
    assert.deepEqual([...uids], [`\${datasource}`], path);
  }
  for (const { title, templating } of dashboards) {
    const [chosen] = templating?.list ?? [];
    assert.deepEqual([chosen?.type, chosen?.name, chosen?.query], ['datasource', 'datasource', 'prometheus'], title);
    assert.equal(chosen?.current?.value, 'default', title);
  }
  assert.match(
    provisioned,
    /^ +type: prometheus\n[\s\S]*^ +isDefault: true$/m,
    'that of the compose file is the default',
  );
});

test('the JSON is what grafana/src makes', () => {
  for (const [path, content] of dashboardFiles()) {
    assert.equal(readFileSync(join(projectRoot, path), 'utf8'), content, `${path} is not current: npm run docs`);
  }
});

test('a title is used once on its dashboard', () => {
  for (const dashboard of dashboards) {
    const titles = panelsOf(dashboard).map(({ title }) => title);
    assert.deepEqual(titles, [...new Set(titles)], dashboard.title);
  }
});

test('each dashboard leads to the console, and lines of coupons to their coupon there', () => {
  for (const { title, links } of dashboards) {
    assert.ok(
      links?.some(({ url }) => url === `\${console:raw}/`),
      title,
    );
  }
  const linked = dashboards.flatMap(panelsOf).filter(({ fieldConfig }) => fieldConfig?.defaults.links);
  assert.deepEqual(
    linked.map(({ title }) => title),
    ['State', 'Left', 'Left and issued', 'Way to MySQL'],
  );
  for (const { title, fieldConfig, targets } of linked) {
    assert.equal(fieldConfig?.defaults.links?.[0]?.url, `\${console:raw}/#/coupons/\${__field.labels.coupon}`, title);
    for (const target of targets ?? []) assert.match(JSON.stringify(target), /\{\{coupon\}\} \{\{name\}\}/, title);
  }
});

test('each dashboard chooses data source, server and coupon, and shows alerts and starts', () => {
  for (const { title, templating, annotations } of dashboards) {
    assert.deepEqual(
      templating?.list?.map(({ name }) => name),
      ['datasource', 'instance', 'coupon', 'console'],
      title,
    );
    const names = annotations?.list?.map(({ name }) => name) ?? [];
    assert.ok(names.includes('Alerts') && names.includes('Starts'), title);
  }
});
