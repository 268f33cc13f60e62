// What is made from the code is current.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dashboardFiles } from '../../grafana/src/dashboards.ts';
import { metricsDocument } from '../../src/metrics/document.ts';
import { projectRoot } from '../../src/project.ts';

function isCurrent(path: string, content: string): void {
  assert.equal(readFileSync(join(projectRoot, path), 'utf8'), content, `${path} is not current: npm run docs`);
}

test('docs/metrics.md tells of every family, and of no other', () => {
  isCurrent('docs/metrics.md', metricsDocument());
});

test('the JSON of the dashboards is what grafana/src makes', () => {
  for (const [path, content] of dashboardFiles()) isCurrent(path, content);
});
