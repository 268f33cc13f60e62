import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { HealthChecks, type HealthFacts } from '../../../src/overview/live/health-checks.ts';
import { parseAlerts, prometheusProblem, readPrometheusAlerts } from '../../../src/overview/live/prometheus-alerts.ts';
import { ServerSamples } from '../../../src/overview/live/server-figures.ts';
import { parseServerMetrics } from '../../../src/overview/live/server-metrics.ts';
import type { Scope } from '../../support/servers.ts';

const alert = (alertname: unknown, more: object = {}) => ({
  state: 'firing',
  labels: { alertname, severity: 'critical', service: 'couponrush' },
  annotations: { summary: `${alertname} is true`, runbook_url: `docs/runbook.md#${String(alertname).toLowerCase()}` },
  ...more,
});
const answerOf = (...alerts: unknown[]) => JSON.stringify({ status: 'success', data: { alerts } });

test('of a Prometheus only alerts of couponrush that fire are shown, each once, the worst first', () => {
  const firing = parseAlerts(
    answerOf(
      alert('CouponrushCouponSoldOut', { labels: { alertname: 'CouponrushCouponSoldOut', severity: 'info' } }),
      alert('CouponrushGateShut'),
      alert('CouponrushGateShut'),
      alert('CouponrushRedisDown', { state: 'pending' }),
      alert('NodeDown'),
      alert('XCouponrushGateShut'),
    ),
  );
  assert.deepEqual(
    firing.map(({ name, severity, runbook }) => [name, severity, runbook]),
    [
      ['CouponrushGateShut', 'critical', 'couponrushgateshut'],
      ['CouponrushCouponSoldOut', 'info', 'couponrushcouponsoldout'],
    ],
  );
  assert.equal(firing[0]?.summary, 'CouponrushGateShut is true');
});

test('whatever a Prometheus answers, what is shown has its form and its bounds', () => {
  const strange = [null, 1, 'x', [], {}, alert(7), alert('Couponrush<b>x'), alert(`Couponrush${'x'.repeat(500)}`)];
  assert.deepEqual(parseAlerts(answerOf(...strange)), []);
  const [found] = parseAlerts(
    answerOf(
      alert('CouponrushX', {
        labels: { alertname: 'CouponrushX', severity: 'page' },
        annotations: { summary: 'y'.repeat(9999), runbook_url: 'javascript:alert(1)#<script>' },
      }),
    ),
  );
  assert.deepEqual([found?.severity, found?.summary.length, found?.runbook], ['warning', 300, null]);
  const many = Array.from({ length: 500 }, (_, n) => alert('CouponrushX', { annotations: { summary: `${n}` } }));
  assert.equal(parseAlerts(answerOf(...many)).length, 50);
  for (const text of ['', '<html>', '[]', 'null', '{"status":"error"}', '{"status":"success","data":{"alerts":{}}}']) {
    assert.throws(() => parseAlerts(text), text);
  }
});

async function serve(t: Scope, answer: (authorization: string | undefined, path: string) => [number, string]) {
  const server = createServer((request, response) => {
    const [status, body] = answer(request.headers.authorization, request.url ?? '');
    if (status !== 0) response.writeHead(status, { location: '/elsewhere' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('the user and password of PROMETHEUS_URL are sent, and its path is kept', async (t) => {
  const seen: unknown[] = [];
  const port = await serve(t, (authorization, path) => {
    seen.push(authorization, path);
    return [200, answerOf(alert('CouponrushGateShut'))];
  });
  const found = await readPrometheusAlerts(`http://sc%40pe:p%3Aw@127.0.0.1:${port}/prometheus/`);
  assert.equal(found.length, 1);
  const expected = `Basic ${Buffer.from('sc@pe:p:w').toString('base64')}`;
  assert.deepEqual(seen, [expected, '/prometheus/api/v1/alerts']);
});

test('a Prometheus that can not be read is said to be so, without its password', async (t) => {
  const answers: [number, string][] = [
    [401, 'no'],
    [302, ''],
    [200, '<html>'],
    [200, `"${'x'.repeat(3 * 1024 * 1024)}"`],
  ];
  for (const answer of answers) {
    const port = await serve(t, () => answer);
    const error = await readPrometheusAlerts(`http://user:secret@127.0.0.1:${port}`).catch((caught) => caught);
    assert.ok(error instanceof Error, `${answer[0]}`);
    assert.match(prometheusProblem(error), /^Prometheus /);
    assert.doesNotMatch(prometheusProblem(error), /secret/);
  }
  const silent = await serve(t, () => [0, '']);
  const late = await readPrometheusAlerts(`http://127.0.0.1:${silent}`).catch((caught) => caught);
  assert.equal(prometheusProblem(late), 'Prometheus does not answer');
  const refused = await readPrometheusAlerts('http://127.0.0.1:1').catch((caught) => caught);
  assert.match(prometheusProblem(refused), /^Prometheus is unreachable/);
});

const well: HealthFacts = {
  redisAnswers: true,
  mysqlAnswers: true,
  mysqlIsAsked: true,
  gateIsOpen: true,
  deadLetters: new Map([[12, 0]]),
  server: null,
};

function firingNames(checks: HealthChecks, facts: Partial<HealthFacts>, atSeconds: number): string[] {
  return checks.check({ ...well, ...facts }, atSeconds * 1000).map(({ name }) => name);
}

test('a check fires once its trouble has lasted, and from the start again after it was over', () => {
  const checks = new HealthChecks();
  const away = { redisAnswers: false, gateIsOpen: false };
  assert.deepEqual(firingNames(checks, {}, 0), []);
  assert.deepEqual(firingNames(checks, away, 1), []);
  assert.deepEqual(firingNames(checks, away, 10.9), []);
  assert.deepEqual(firingNames(checks, away, 11), ['CouponrushRedisDown']);
  assert.deepEqual(firingNames(checks, away, 60), ['CouponrushRedisDown'], 'the gate is shut because of it');
  assert.deepEqual(firingNames(checks, { gateIsOpen: false }, 61), ['CouponrushGateShut']);
  assert.deepEqual(firingNames(checks, {}, 62), []);
  assert.deepEqual(firingNames(checks, away, 63), []);
  assert.deepEqual(firingNames(checks, { mysqlAnswers: false }, 64), []);
  assert.deepEqual(firingNames(checks, { mysqlAnswers: false }, 94), ['CouponrushMysqlDown']);
  assert.deepEqual(firingNames(checks, { deadLetters: new Map([[12, 3]]) }, 95), ['CouponrushDeadLetters']);
});

test('a MySQL that may not be asked is not said to be down, and has its time once it may', () => {
  const checks = new HealthChecks();
  const unasked = { mysqlAnswers: false, mysqlIsAsked: false };
  for (const atSeconds of [0, 60, 120]) assert.deepEqual(firingNames(checks, unasked, atSeconds), []);
  assert.deepEqual(firingNames(checks, { mysqlAnswers: false }, 121), []);
  assert.deepEqual(firingNames(checks, { mysqlAnswers: false }, 151), ['CouponrushMysqlDown']);
});

function minuteOf(lines: (n: number) => string[]): ServerSamples {
  const samples = new ServerSamples();
  for (const n of [0, 1]) samples.add(parseServerMetrics(lines(n).join('\n'), 1_800_000_000_000 + n * 30_000));
  return samples;
}

test('slow answers, errors, processes and the outbox are found in the counters of the server', () => {
  const family = 'couponrush_request_duration_seconds';
  const samples = minuteOf((n) => [
    `${family}_bucket{le="3",route="issue",class="granted"} ${n * 90}`,
    `${family}_bucket{le="5",route="issue",class="granted"} ${n * 100}`,
    `${family}_bucket{le="+Inf",route="issue",class="granted"} ${n * 100}`,
    `${family}_count{route="issue",class="granted"} ${n * 100}`,
    `${family}_count{route="issue",class="unavailable"} ${n * 10}`,
    'couponrush_worker_up{worker="http 2"} 0',
    'couponrush_outbox_rows{coupon="12"} 701',
    'couponrush_outbox_rows_limit 1000',
    'couponrush_outbox_oldest_age_seconds{coupon="12"} 61',
  ]);
  const facts = { server: { answers: true, samples } };
  const checks = new HealthChecks();
  assert.deepEqual(firingNames(checks, facts, 0), ['CouponrushOutboxNearBound']);
  assert.deepEqual(firingNames(checks, facts, 30), [
    'CouponrushErrorRateHigh',
    'CouponrushLatencyHigh',
    'CouponrushOutboxNearBound',
    'CouponrushOutboxStalled',
    'CouponrushWorkerDown',
  ]);
  const [worker] = checks.check({ ...well, ...facts }, 30_000).filter(({ name }) => name === 'CouponrushWorkerDown');
  assert.equal(worker?.summary, 'The process http 2 does no work');
  assert.deepEqual(firingNames(new HealthChecks(), { server: { answers: true, samples: new ServerSamples() } }, 0), []);
  const silent = new HealthChecks();
  firingNames(silent, { server: { answers: false, samples } }, 0);
  assert.deepEqual(firingNames(silent, { server: { answers: false, samples } }, 30), ['CouponrushTargetDown']);
});
