// House rules of the dashboards: a help text on each panel, a unit, the data source that is provisioned, no panel twice.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dashboardFiles, dashboards } from '../../grafana/src/dashboards.ts';
import { projectRoot } from '../../src/project.ts';
import { panelsOf } from '../support/dashboard-queries.ts';

const provisioned = readFileSync(join(projectRoot, 'grafana/provisioning/datasources/prometheus.yml'), 'utf8');

test('every panel has a help text, a unit and queries to the provisioned data source', () => {
  for (const panel of dashboards.flatMap(panelsOf)) {
    assert.ok((panel.description ?? '').length > 30, `${panel.title}: a help text`);
    assert.ok(panel.fieldConfig?.defaults.unit, `${panel.title}: a unit`);
    assert.ok((panel.targets ?? []).length > 0, `${panel.title}: a query`);
    assert.ok(provisioned.includes(`uid: ${panel.datasource?.uid}`), `${panel.title}: the data source`);
  }
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

test('each dashboard chooses server and coupon, and shows alerts and starts', () => {
  for (const { title, templating, annotations } of dashboards) {
    assert.deepEqual(
      templating?.list?.map(({ name }) => name),
      ['instance', 'coupon'],
      title,
    );
    const names = annotations?.list?.map(({ name }) => name) ?? [];
    assert.ok(names.includes('Alerts') && names.includes('Starts'), title);
  }
});
