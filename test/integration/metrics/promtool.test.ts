// Prometheus' and Alertmanager's own tools on our files: they are well-formed, and each alert fires when it should.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { projectRoot } from '../../../src/project.ts';
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
