// Each alert says how bad it is, what is wrong in numbers, and where to read on; and it has a test of its own.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
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
