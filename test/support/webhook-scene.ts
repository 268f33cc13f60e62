// The log of events and the webhook's sender on real stores, with a receiver that does what it is told.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { preloadCoupon } from '../../src/coupons/preload.ts';
import { Appender } from '../../src/events/appender.ts';
import { WebhookSender } from '../../src/events/webhook-sender.ts';
import { EventMetrics } from '../../src/metrics/events.ts';
import { MetricsRegistry } from '../../src/metrics/registry.ts';
import { readDelivery } from '../../src/store/tables/webhook-delivery.ts';
import { type CouponStores, insertRows, newCoupon, numbers, openStores, silent } from './coupon-stores.ts';
import { type EventReceiver, startEventReceiver, WEBHOOK_SECRET } from './event-receiver.ts';
import { waitFor } from './wait.ts';

const TIMEOUT_MS = 400;

export interface WebhookScene {
  readonly stores: CouponStores;
  readonly receiver: EventReceiver;
  readonly couponId: number;
  readonly registry: MetricsRegistry;
  /** Resolves, with what stops it, when what happens from now on is delivered. */
  start(more?: { url?: string; owner?: string }): Promise<() => Promise<void>>;
  issue(first: number, last: number): Promise<void>;
  /** Resolves when the receiver has the numbers 1 to n. */
  arrived(n: number): Promise<void>;
}

export async function startWebhookScene(t: TestContext): Promise<WebhookScene> {
  const [stores, receiver] = await Promise.all([openStores(t), startEventReceiver(t)]);
  const couponId = await newCoupon(stores.database, 10_000);
  await preloadCoupon(stores, couponId, { actor: 'test' });
  const registry = new MetricsRegistry();
  const metrics = new EventMetrics(registry);
  const issued = () => [...receiver.firsts.values()].filter(({ type }) => type === 'issued');
  return {
    stores,
    receiver,
    couponId,
    registry,
    async start({ url = receiver.url, owner = 'test' } = {}) {
      const { database } = stores;
      const appender: Appender = new Appender({
        ...{ database, log: silent, owner, keepDays: 30, metrics },
        onFirstLook: (isDone) => sender.begin(isDone),
      });
      const sender = new WebhookSender({
        ...{ database, log: silent, url, deadDays: 3, eventsMax: 100, metrics, timeoutMs: TIMEOUT_MS },
        ...{ secrets: [WEBHOOK_SECRET], mayDeliver: () => appender.isCurrent },
      });
      appender.start();
      sender.start();
      const stop = async () => {
        await sender.stop();
        await appender.stop();
      };
      t.after(stop);
      await waitFor('the delivery begins', async () => (await readDelivery(database)).deliveredId !== null);
      return stop;
    },
    issue: (first, last) => insertRows(stores.database, couponId, numbers(first, last), first),
    async arrived(n) {
      await waitFor(`${n} events arrive`, () => issued().length >= n, { withinMs: 20_000 });
      assert.deepEqual(
        issued().map(({ sequence }) => sequence),
        numbers(1, n),
      );
      assert.deepEqual(receiver.forged, []);
      const ids = [...receiver.firsts.keys()];
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => a - b),
      );
    },
  };
}

export async function countDeliveries(registry: MetricsRegistry, outcome: string): Promise<number> {
  const metrics = await registry.getMetricsAsJSON();
  const found = metrics.find(({ name }) => name === 'couponrush_webhook_deliveries_total');
  const values = found?.values as { value: number; labels: Record<string, string> }[] | undefined;
  return values?.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
}

/** What a receiver can do wrong, and how the sender counts it. */
export const receiverFaults = {
  'answers 500': { outcome: 'refused', how: (response) => response.writeHead(500).end('no') },
  'answers 404': { outcome: 'refused', how: (response) => response.writeHead(404).end() },
  redirects: { outcome: 'refused', how: (response) => response.writeHead(307, { location: '/elsewhere' }).end() },
  'redirects for good': { outcome: 'refused', how: (response) => response.writeHead(301, { location: '/x' }).end() },
  hangs: { outcome: 'timeout', how: () => {} },
  'sends informational answers without end': {
    outcome: 'timeout',
    how: (response) => {
      const timer = setInterval(() => response.destroyed || response.writeProcessing(), 50);
      response.once('close', () => clearInterval(timer));
    },
  },
  'closes the connection': { outcome: 'unreachable', how: (response) => response.destroy() },
  'sends no HTTP': { outcome: 'unreachable', how: (response) => response.socket?.end('what?\r\n\r\n') },
  'sends an endless header': {
    outcome: 'unreachable',
    how: (response) => response.socket?.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`),
  },
} as const satisfies Record<string, { outcome: string; how: (response: ServerResponse) => unknown }>;

/** Fails the test unless a receiver with these faults, one after the other, has everything in the end. */
export async function proveReceiverFaults(
  t: TestContext,
  names: readonly (keyof typeof receiverFaults)[],
): Promise<void> {
  const { start, issue, arrived, receiver, stores, registry } = await startWebhookScene(t);
  await start();
  let last = 0;
  for (const name of names) {
    const { outcome, how } = receiverFaults[name];
    const before = await countDeliveries(registry, outcome);
    receiver.misbehave((response) => {
      how(response);
      return true;
    });
    await issue(last + 1, last + 10);
    last += 10;
    await waitFor(`${name}: counted as ${outcome}`, async () => (await countDeliveries(registry, outcome)) > before);
    await waitFor(`${name}: on record`, async () => (await readDelivery(stores.database)).attempts > 0);
    const { failingSince, lastFailure } = await readDelivery(stores.database);
    assert.ok(failingSince !== null && lastFailure !== null, name);
    receiver.misbehave(null);
    await arrived(last);
    await waitFor(`${name}: over`, async () => (await readDelivery(stores.database)).failingSince === null);
  }
  assert.deepEqual([...new Set(receiver.requests.map(({ path }) => path))], ['/hook'], 'no redirect is followed');
}
