import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { version } from '../../../src/project.ts';
import { startScene } from '../../support/scene.ts';
import { countedSeries, scrape } from '../../support/scrape.ts';
import { waitFor } from '../../support/wait.ts';

const SCRAPE_WITHIN_MS = 1000;

test('metrics answer while one worker is stopped and another is killed, and no sum falls', async (t) => {
  const { app, rush: startRush, prove } = await startScene(t, { stock: 400, env: { WORKERS: '3' } });
  const rush = startRush({ perSecond: 200, seconds: 8 });
  await waitFor('the rush is under way', () => rush.granted > 200);
  await waitFor('it shows', async () => (await scrape(app.metricsUrl)).sum('couponrush_requests_total') > 200);

  const [stopped, killed] = app.pids('http') as [number, number, number];
  let last = new Map<string, number>();
  let slowestMs = 0;
  const downSeen = new Set<string>();
  const look = async () => {
    const seen = await scrape(app.metricsUrl);
    slowestMs = Math.max(slowestMs, seen.tookMs);
    const series = countedSeries(seen);
    for (const [name, value] of last) {
      assert.ok((series.get(name) ?? 0) >= value, `${name} fell from ${value} to ${series.get(name)}`);
    }
    last = series;
    for (const [, worker] of seen.text.matchAll(/^couponrush_worker_up\{worker="(http \d)"\} 0$/gm)) {
      downSeen.add(worker as string);
    }
    return seen;
  };
  await look();
  process.kill(stopped, 'SIGSTOP');
  process.kill(killed, 'SIGKILL');
  await waitFor(
    'the primary has replaced both',
    async () => {
      await look();
      return app.pids('http').length === 3 && ![stopped, killed].some((pid) => app.pids('http').includes(pid));
    },
    { withinMs: 6000, everyMs: 50 },
  );
  await prove(await rush.done);
  // The last snapshots of all workers.
  await sleep(1500);
  const end = await look();
  t.diagnostic(`slowest scrape ${Math.round(slowestMs)} ms; seen down: ${[...downSeen].sort().join(', ')}`);
  assert.ok(slowestMs < SCRAPE_WITHIN_MS, `a scrape took ${slowestMs} ms`);
  assert.equal(downSeen.size, 2, 'the stopped and the killed worker were shown as down');
  assert.equal(end.sum('couponrush_worker_restarts_total', { reason: 'hung' }), 1);
  assert.equal(end.sum('couponrush_worker_restarts_total', { reason: 'exit' }), 1);
  assert.doesNotMatch(end.text, /^couponrush_worker_up\{.*\} 0$/m, 'all are up again');
  assert.equal(end.sum('couponrush_coupon_stock_left'), 0);
  assert.equal(end.sum('couponrush_build_info', { version, node: process.versions.node }), 1);
});

test('what a worker had counted is complete when it is stopped in order', async (t) => {
  const { app, couponId } = await startScene(t, { stock: 100, env: { WORKERS: '1' } });
  const ask = (user: number) =>
    fetch(`${app.url}/api/v2/me/coupons/${couponId}/issue`, {
      method: 'POST',
      headers: { 'commerce-user-id': String(user), connection: 'close' },
    });
  for (let user = 1; user <= 20; user++) assert.equal((await ask(user)).status, 201);
  const [worker] = app.pids('http') as [number];
  // As an operator would: it finishes, and is replaced.
  process.kill(worker, 'SIGTERM');
  await waitFor('it is replaced', () => app.pids('http').length === 1 && app.pids('http')[0] !== worker);
  await waitFor('the new one shows', async () => {
    const { sum } = await scrape(app.metricsUrl);
    return sum('couponrush_worker_up', { worker: 'http 1' }) === 1;
  });
  const seen = await scrape(app.metricsUrl);
  assert.equal(seen.sum('couponrush_requests_total', { route: 'issue', outcome: 'granted' }), 20);
  assert.equal(seen.sum('couponrush_decisions_total', { outcome: 'granted' }), 20);
});
