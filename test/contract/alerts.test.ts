// Each alert says how bad it is, what is wrong in numbers, and where to read on; and it has a test of its own.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  ERROR_RATIO_MAX,
  healthChecks,
  OUTBOX_AGE_SECONDS_MAX,
  OUTBOX_RATIO_MAX,
  P99_SECONDS_MAX,
  REQUESTS_MIN,
} from '../../src/overview/live/health-checks.ts';
import { projectRoot } from '../../src/project.ts';

const folder = join(projectRoot, 'prometheus');
const runbook = readFileSync(join(projectRoot, 'docs/runbook.md'), 'utf8');
const read = (kind: string) =>
  readdirSync(join(folder, kind))
    .map((file) => readFileSync(join(folder, kind, file), 'utf8'))
    .join('\n');

const alerts = read('alerts')
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((text) => ({ name: text.slice(0, text.indexOf('\n')), text }));
const sections = runbook
  .split(/^## /m)
  .slice(1)
  .map((text) => ({ name: text.slice(0, text.indexOf('\n')), text }));
const tests = read('tests');

test('each alert has a severity, a summary, a description with a number, and its section in the runbook', () => {
  assert.ok(alerts.length >= 20);
  for (const { name, text } of alerts) {
    assert.match(text, /labels: \{ severity: (critical|warning|info), service: couponrush \}/, name);
    assert.match(text, /^ {10}summary: \S/m, name);
    assert.match(text, /^ {10}description: .*(\$value|\d)/m, name);
    assert.ok(
      text.includes(
        `\n          runbook_url: '{{ or $externalLabels.runbook "docs/runbook.md" }}#${name.toLowerCase()}'\n`,
      ),
      name,
    );
  }
});

test('the runbook has one section for each alert, complete, and no other', () => {
  assert.deepEqual(sections.map(({ name }) => name).sort(), alerts.map(({ name }) => name).sort());
  for (const { name, text } of sections) {
    for (const part of ['Means', 'Users notice', 'Likely causes', 'Look at', 'Do', 'Over when']) {
      assert.ok(text.includes(`- **${part}**:`), `${name}: ${part}`);
    }
  }
});

test('each alert has a test in which it fires, and one in which it is silent', () => {
  for (const { name } of alerts) {
    assert.match(tests, new RegExp(`alertname: ${name}, exp_alerts: \\[\\] \\}`), `${name} is never silent`);
    assert.match(tests, new RegExp(`alertname: ${name}\\n +exp_alerts:\\n +- exp_labels`), `${name} never fires`);
  }
});

test('what Alertmanager silences is an alert, and never a broken promise', () => {
  const config = readFileSync(join(folder, 'alertmanager.yml'), 'utf8').split('inhibit_rules:')[1] ?? '';
  const named = [...config.matchAll(/Couponrush\w+/g)].map(([name]) => name);
  assert.deepEqual(
    named.filter((name) => !alerts.some((alert) => alert.name === name)),
    [],
  );
  assert.ok(!named.some((name) => /OverIssued|GrantsLost|GapFound/.test(name)));
});

test("the server's own health checks are rules, with their severity, time, threshold and summary", () => {
  for (const { name, severity, forSeconds, summary } of healthChecks) {
    const text = alerts.find((alert) => alert.name === name)?.text ?? '';
    assert.match(text, new RegExp(`severity: ${severity},`), name);
    assert.equal(Number(/^ {8}for: (\d+)s$/m.exec(text)?.[1] ?? 0), forSeconds, name);
    const told = (/^ {10}summary: (.+)$/m.exec(text)?.[1] ?? '')
      .replace(/\{\{ if .*?\}\}.*?\{\{ end \}\}/g, '')
      .replace(/ of \{\{ \$labels\.instance \}\}| \{\{ \$labels\.instance \}\}/g, '')
      .replace(/\{\{ \$labels\.\w+ \}\}/g, 'X')
      .trim();
    assert.equal(summary('X'), told, name);
  }
  const expressions = new Map(alerts.map(({ name, text }) => [name, text.slice(0, text.indexOf('labels:'))]));
  for (const [name, threshold] of [
    ['CouponrushOutboxNearBound', `> ${OUTBOX_RATIO_MAX}`],
    ['CouponrushOutboxStalled', `> ${OUTBOX_AGE_SECONDS_MAX}`],
    ['CouponrushLatencyHigh', `p99_1m > ${P99_SECONDS_MAX}`],
    ['CouponrushLatencyHigh', `>= ${REQUESTS_MIN}`],
    ['CouponrushErrorRateHigh', `> ${ERROR_RATIO_MAX}`],
    ['CouponrushErrorRateHigh', `>= ${REQUESTS_MIN}`],
    ['CouponrushDeadLetters', '> 0'],
  ] as const) {
    assert.ok(expressions.get(name)?.includes(threshold), `${name}: ${threshold}`);
  }
});

test('what a health check is silent about, Alertmanager is silent about too', () => {
  const config = readFileSync(join(folder, 'alertmanager.yml'), 'utf8').split('inhibit_rules:')[1] ?? '';
  const rules = config
    .replaceAll(/^ *#.*$/gm, '')
    .split('- source_matchers:')
    .slice(1);
  for (const { name, silencedBy = [] } of healthChecks) {
    const causes = rules
      .filter((rule) => rule.slice(rule.indexOf('target_matchers')).includes(name))
      .map((rule) => /alertname="(\w+)"/.exec(rule)?.[1] ?? '')
      .filter((cause) => healthChecks.some((check) => check.name === cause));
    assert.deepEqual([...silencedBy].sort(), [...new Set(causes)].sort(), name);
  }
});
