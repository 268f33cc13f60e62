import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { rushOfClients } from '../../support/client-crowd.ts';
import { newCoupon } from '../../support/coupon-stores.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { RecordedClient } from '../../support/recorded-client.ts';
import { startScene } from '../../support/scene.ts';

test('2,000 clients through resets and latency: every result is true, in 1.5 requests each at most', async (t) => {
  const scene = await startScene(t, { stock: 1000 });
  const proxy = await FaultProxy.start(t, scene.app.port);
  proxy.resets(0.02);
  proxy.latency(60);
  const { kinds, requestsEach } = await rushOfClients(scene, { users: 2000, proxy, withinMs: 120_000, overMs: 60_000 });
  t.diagnostic(`${JSON.stringify(kinds)}, ${requestsEach.toFixed(3)} requests an intent`);
  assert.deepEqual(kinds, { issued: 1000, soldOut: 1000 });
  assert.ok(requestsEach <= 1.5);
});

test('answers that arrive in pieces and are cut: every result is true', async (t) => {
  const scene = await startScene(t, { stock: 150 });
  const proxy = await FaultProxy.start(t, scene.app.port);
  // The request line stays in one piece: uWebSockets.js refuses one that arrives in two (docs/errors.md).
  proxy.slice(150);
  const cutting = setInterval(() => proxy.reset(), 150);
  setTimeout(() => clearInterval(cutting), 3000);
  const { kinds } = await rushOfClients(scene, { users: 200, proxy, withinMs: 60_000 });
  t.diagnostic(JSON.stringify(kinds));
  assert.deepEqual(kinds, { issued: 150, soldOut: 50 });
});

test('200 clients that wait for the opening get their coupons in the half second after it', async (t) => {
  const scene = await startScene(t, { stock: 1 });
  const { stores, app } = scene;
  const opensAt = new Date(Date.now() + 5000);
  const couponId = await newCoupon(stores.database, 200, { opensAt });
  await preloadCoupon(stores, couponId);
  const clients = Array.from({ length: 200 }, (_, index) => new RecordedClient(app.url, index + 1));
  const results = await Promise.all(clients.map((client) => client.issue(couponId, { waitForOpening: true })));
  assert.ok(results.every(({ kind }) => kind === 'issued'));
  const attempts = clients.flatMap((client) => client.attempts);
  const early = attempts.filter(({ status }) => status !== 201).length;
  const latest = Math.max(...attempts.map(({ startedAtMs }) => startedAtMs)) - opensAt.getTime();
  t.diagnostic(`${early} asked too early; the last one ${Math.round(latest)} ms behind the opening`);
  assert.ok(early <= 20, `${early} asked too early`);
  await scene.prove(attempts, { couponId });
});
