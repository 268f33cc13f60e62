// Real faults, and the alerts that arrive at the receiver behind the real Prometheus and Alertmanager.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { couponKeys } from '../../../src/redis/keys.ts';
import { startMonitoring } from '../../support/monitoring.ts';
import { startScene } from '../../support/scene.ts';
import { scrape } from '../../support/scrape.ts';
import { waitFor } from '../../support/wait.ts';

test('a slow Redis: latency', async (t) => {
  const scene = await startScene(t, {
    stock: 100_000,
    redisProxy: true,
    env: {
      ISSUE_DEADLINE_MS: '10000',
      COUPONRUSH_REDIS_SOCKET_TIMEOUT_MS: '9000',
      COUPONRUSH_QUEUE_DELAY_MAX_MS: '10000',
    },
  });
  const { receiver } = await startMonitoring(t, scene.app.metricsUrl);
  scene.redisProxy.latency(3600);
  const rush = scene.rush({ perSecond: 20, seconds: 40, patienceMs: 15_000 });
  const alert = await receiver.firing('CouponrushLatencyHigh');
  rush.stop();
  t.diagnostic(alert.annotations.description as string);
  scene.redisProxy.latency(0);
  await rush.done;
});

test('one Redis connection and batches of one: connections exhausted, error rate', async (t) => {
  const scene = await startScene(t, {
    stock: 100_000,
    redisProxy: true,
    env: { COUPONRUSH_REDIS_CONNECTIONS: '1', COUPONRUSH_BATCH_USERS_MAX: '1' },
  });
  const { receiver } = await startMonitoring(t, scene.app.metricsUrl);
  scene.redisProxy.latency(50);
  const rush = scene.rush({ perSecond: 200, seconds: 40 });
  const exhausted = await receiver.firing('CouponrushRedisConnectionsExhausted');
  const errors = await receiver.firing('CouponrushErrorRateHigh');
  rush.stop();
  t.diagnostic(exhausted.annotations.description as string);
  t.diagnostic(errors.annotations.description as string);
  await rush.done;
});

test('MySQL: connections exhausted while it is slow, down when it is gone; gate shut; Redis down', async (t) => {
  const scene = await startScene(t, {
    stock: 1000,
    mysql: {},
    mysqlProxy: true,
    env: { COUPONRUSH_READ_CONNECTIONS: '1' },
  });
  const { app, couponId, mysqlProxy, mysql, stores } = scene;
  const { receiver } = await startMonitoring(t, app.metricsUrl);
  mysqlProxy.latency(300);
  let asking = true;
  const headers = { 'commerce-user-id': '7' };
  const readers = Array.from({ length: 20 }, async () => {
    while (asking) {
      await fetch(`${app.url}/api/v2/me/coupons/${couponId}`, { headers }).then((response) => response.text());
    }
  });
  const exhausted = await receiver.firing('CouponrushMysqlConnectionsExhausted');
  t.diagnostic(exhausted.annotations.description as string);
  asking = false;
  await Promise.all(readers);
  mysqlProxy.latency(0);
  await mysql.kill();
  await receiver.firing('CouponrushMysqlDown');
  const still = await fetch(`${app.url}/api/v2/me/coupons/${couponId}/issue`, { method: 'POST', headers });
  assert.equal(still.status, 201, 'issuing goes on');
  // Without MySQL a restarted Redis can't be verified. That MySQL is away is known, and must not hide it.
  await stores.server.restart();
  await receiver.firing('CouponrushGateShut');
  await stores.server.kill();
  await receiver.firing('CouponrushRedisDown');
});

test('workers: one hangs, one dies again and again, then the whole server is gone', async (t) => {
  const { app } = await startScene(t, { stock: 10 });
  const { receiver } = await startMonitoring(t, app.metricsUrl);
  // Its counters are seen at 0 first: an alert is about a rise.
  await sleep(3000);
  const [hangs] = app.pids('http 1') as [number];
  process.kill(hangs, 'SIGSTOP');
  const hung = await receiver.firing('CouponrushWorkerHung');
  assert.equal(hung.labels.worker, 'http 1');
  for (let death = 0; death < 4; death++) {
    const [pid] = await waitFor('worker 2 runs', async () => {
      const up = (await scrape(app.metricsUrl)).sum('couponrush_worker_up', { worker: 'http 2' });
      const pids = app.pids('http 2');
      return up === 1 && pids.length === 1 ? pids : null;
    });
    process.kill(pid as number, 'SIGKILL');
    await waitFor('it is gone', () => !app.pids('http 2').includes(pid as number));
  }
  const loop = await receiver.firing('CouponrushWorkerCrashLoop');
  assert.equal(loop.labels.worker, 'http 2');
  await app.stop();
  await receiver.firing('CouponrushTargetDown');
});

test('promises: unsafe settings, a trimmed outbox, an unreadable entry, a stock set too low', async (t) => {
  const scene = await startScene(t, { stock: 1000 });
  const { app, stores, couponId } = scene;
  const { redis } = stores;
  const { outbox, stock } = couponKeys(couponId);
  const { receiver } = await startMonitoring(t, app.metricsUrl);
  await sleep(3000);
  await redis.config('SET', 'appendfsync', 'everysec');
  await redis.xadd(outbox, '*', 'nobody', 'knows');
  await receiver.firing('CouponrushDeadLetters');
  const unsafe = await receiver.firing('CouponrushUnsafeSettings');
  assert.equal(unsafe.labels.setting, 'appendfsync');

  // Trimmed before the persister has read it, which stands still for less than the primary tolerates.
  const [persister] = app.pids('persister') as [number];
  process.kill(persister, 'SIGSTOP');
  const rush = scene.rush({ perSecond: 100, seconds: 0.3 });
  await rush.done;
  await redis.xtrim(outbox, 'MAXLEN', 0);
  process.kill(persister, 'SIGCONT');
  assert.ok(rush.granted > 10);
  const lost = await receiver.firing('CouponrushGrantsLost');
  t.diagnostic(lost.annotations.description as string);
  await waitFor('they are brought back', async () => (await scene.countRows()) === rush.granted);

  await redis.set(stock, 5);
  const over = await receiver.firing('CouponrushOverIssued');
  assert.equal(over.labels.coupon, String(couponId));
});
