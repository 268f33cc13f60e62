// The real Prometheus and Alertmanager on a server under load: what is recorded and drawn has data, and a rush that
// sells out wakes nobody.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { dashboards } from '../../../grafana/src/dashboards.ts';
import { queriesOf } from '../../support/dashboard-queries.ts';
import { startMonitoring } from '../../support/monitoring.ts';
import { monitoringProgram } from '../../support/monitoring-programs.ts';
import { startScene } from '../../support/scene.ts';
import { scrape } from '../../support/scrape.ts';
import { waitFor } from '../../support/wait.ts';
import { describe } from '../../support/webhook-receiver.ts';

/** Panels without a line while all is well. */
const IDLE_ONLY = new Set([
  'Opens soon and not preloaded',
  // No webhook, no tokens.
  'Oldest event not accepted',
  'Users not identified',
  'Age of the published keys',
]);
/** One query of a panel whose other queries have data. */
const IDLE_QUERIES = new Set(['max by (coupon, gap) (couponrush_verify_gaps{coupon=~".+"}) > 0']);

test('every target is up, every rule and panel has data, and a sold-out rush fires no alert', async (t) => {
  const scene = await startScene(t, { stock: 1000, env: { COUPONRUSH_VERIFY_EVERY_MS: '2000' } });
  const { app, couponId } = scene;
  const monitoring = await startMonitoring(t, app.metricsUrl);
  await waitFor(
    'all targets are up',
    async () => {
      const targets = await monitoring.targets();
      return targets.length === 2 && targets.every(({ health }) => health === 'up');
    },
    { withinMs: 15_000, everyMs: 200 },
  );
  await sleep(3000);

  // 2,000 users at once for 1,000 coupons, then a trickle, so that rates have something to show.
  const rush = scene.rush({ perSecond: 2000, seconds: 1 });
  await rush.done;
  assert.equal(rush.granted, 1000);
  const trickle = scene.rush({ perSecond: 40, seconds: 30, firstUser: 1_000_000 });
  const holding = setInterval(() => {
    const headers = { 'commerce-user-id': '1' };
    fetch(`${app.url}/api/v2/me/coupons/${couponId}`, { headers }).then(
      (response) => response.text(),
      () => {},
    );
  }, 200);
  t.after(async () => clearInterval(holding));

  await sleep(6000);
  const unrecorded: string[] = [];
  for (const name of monitoring.recorded) if ((await monitoring.query(name)).size === 0) unrecorded.push(name);
  assert.deepEqual(unrecorded, [], 'recording rules without data');
  const withoutData: string[] = [];
  for (const { dashboard, panel, expression } of dashboards.flatMap(queriesOf)) {
    const { size } = await monitoring.query(expression);
    if (size === 0 && !IDLE_ONLY.has(panel) && !IDLE_QUERIES.has(expression)) {
      withoutData.push(`${dashboard}, ${panel}: ${expression}`);
    }
  }
  assert.deepEqual(withoutData, [], 'panels without data');

  const granted = await monitoring.query('couponrush_requests_total{route="issue", outcome="granted"}');
  assert.deepEqual([...granted.values()], [1000]);
  const delayed = await monitoring.query('couponrush_granted_to_row_seconds_count');
  assert.deepEqual([...delayed.values()], [1000]);
  const gaps = await monitoring.query('max(couponrush_verify_gaps)');
  assert.deepEqual([...gaps.values()], [0]);

  const { text } = await scrape(app.metricsUrl);
  await checkMetrics(text);
  clearInterval(holding);
  trickle.stop();
  await trickle.done;
  await sleep(2000);
  assert.equal(describe(monitoring.receiver.received), 'nothing');
  assert.deepEqual([...(await monitoring.query('ALERTS{alertname=~"Couponrush.+", severity!="info"}')).keys()], []);
  // It could have been told: the next thing that goes wrong is.
  await app.stop();
  await monitoring.receiver.firing('CouponrushTargetDown');
});

async function checkMetrics(text: string): Promise<void> {
  const child = spawn(await monitoringProgram('promtool'), ['check', 'metrics']);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  child.stdin.end(text);
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0, output);
  assert.equal(output, '');
}
