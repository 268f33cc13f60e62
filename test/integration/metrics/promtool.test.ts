// Prometheus' and Alertmanager's own tools on our files: they are well-formed, and each alert fires when it should.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { rush } from '../../../grafana/src/rush.ts';
import { projectRoot } from '../../../src/project.ts';
import { queriesOf } from '../../support/dashboard-queries.ts';
import { testFolder } from '../../support/folder.ts';
import { type MonitoringProgram, monitoringProgram } from '../../support/monitoring-programs.ts';

const folder = join(projectRoot, 'prometheus');

/** @returns what it printed */
async function succeeds(name: MonitoringProgram, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(await monitoringProgram(name), args, { cwd: folder })).stdout.trim();
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string };
    assert.fail(`${name} ${args.join(' ')}: ${stdout}${stderr}` || message);
  }
}

test('promtool accepts the configuration and all rules', async () => {
  await succeeds('promtool', ['check', 'config', 'prometheus.yml']);
});

test('amtool accepts the configuration of Alertmanager', async () => {
  await succeeds('amtool', ['check-config', 'alertmanager.yml']);
});

test('an alert that only informs does not reach the on-call receiver', async () => {
  const routes = { critical: 'on-call', warning: 'on-call', info: 'information' };
  for (const [severity, receiver] of Object.entries(routes)) {
    const labels = [`severity=${severity}`, 'service=couponrush', 'alertname=CouponrushCouponSoldOut', 'coupon=1'];
    const printed = await succeeds('amtool', ['config', 'routes', 'test', '--config.file=alertmanager.yml', ...labels]);
    assert.equal(printed, receiver, severity);
  }
});

for (const file of readdirSync(join(folder, 'tests'))) {
  test(`the alerts of ${file.split('.')[0]} fire when they should, and are silent just below`, async () => {
    await succeeds('promtool', ['test', 'rules', join('tests', file)]);
  });
}

test('a panel shows each coupon once: with its name, or without if that is not known', async () => {
  const left = queriesOf(rush()).find(({ panel }) => panel === 'Left')?.expression;
  const series = (name: string, values: string) => ({ series: name, values });
  const file = join(testFolder('names'), 'names.json');
  // Two servers, one of which has not seen the new name of coupon 1 yet. JSON is YAML.
  const content = {
    rule_files: [],
    tests: [
      {
        interval: '5s',
        input_series: [
          series('couponrush_coupon_stock_left{instance="a", coupon="1"}', '7x4'),
          series('couponrush_coupon_stock_left{instance="b", coupon="1"}', '7x4'),
          series('couponrush_coupon_stock_left{instance="a", coupon="2"}', '5x4'),
          series('couponrush_coupon_info{instance="a", coupon="1", name="Sale"}', '1x4'),
          series('couponrush_coupon_info{instance="b", coupon="1", name="Sale"}', '1x2 _x2'),
          series('couponrush_coupon_info{instance="b", coupon="1", name="Sold"}', '_x2 1x2'),
        ],
        promql_expr_test: [
          {
            expr: left,
            eval_time: '5s',
            exp_samples: [
              { labels: '{coupon="1", name="Sale"}', value: 7 },
              { labels: '{coupon="2"}', value: 5 },
            ],
          },
          { expr: `count(${left})`, eval_time: '20s', exp_samples: [{ labels: '{}', value: 2 }] },
        ],
      },
    ],
  };
  writeFileSync(file, JSON.stringify(content));
  await succeeds('promtool', ['test', 'rules', file]);
});
