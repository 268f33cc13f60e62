// Webhooks: a receiver that answers badly, or not at all, gets every event in the end, in order, and holds up nothing.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { Appender } from '../../../src/events/appender.ts';
import { WebhookSender } from '../../../src/events/webhook-sender.ts';
import { EventMetrics } from '../../../src/metrics/events.ts';
import { MetricsRegistry } from '../../../src/metrics/registry.ts';
import { readDelivery } from '../../../src/store/tables/webhook-delivery.ts';
import { type CouponStores, insertRows, newCoupon, openStores, silent } from '../../support/coupon-stores.ts';
import { type EventReceiver, startEventReceiver, WEBHOOK_SECRET } from '../../support/event-receiver.ts';
import { waitFor } from '../../support/wait.ts';

const TIMEOUT_MS = 400;
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

interface Scene {
  readonly stores: CouponStores;
  readonly receiver: EventReceiver;
  readonly couponId: number;
  readonly registry: MetricsRegistry;
  start(more?: { url?: string; owner?: string }): () => Promise<void>;
  issue(first: number, last: number): Promise<void>;
  /** Resolves when the receiver has the numbers 1 to n. */
  arrived(n: number): Promise<void>;
}

async function scene(t: TestContext): Promise<Scene> {
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
    start({ url = receiver.url, owner = 'test' } = {}) {
      const { database } = stores;
      const appender: Appender = new Appender({
        ...{ database, log: silent, owner, keepDays: 30, metrics },
        beforeFirstLook: () => sender.begin(),
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
      return stop;
    },
    issue: (first, last) => insertRows(stores.database, couponId, range(first, last), first),
    async arrived(n) {
      await waitFor(`${n} events arrive`, () => issued().length >= n, { withinMs: 20_000 });
      assert.deepEqual(
        issued().map(({ sequence }) => sequence),
        range(1, n),
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

const deliveries = async (registry: MetricsRegistry, outcome: string): Promise<number> => {
  const metrics = await registry.getMetricsAsJSON();
  const found = metrics.find(({ name }) => name === 'couponrush_webhook_deliveries_total');
  const values = found?.values as { value: number; labels: Record<string, string> }[] | undefined;
  return values?.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
};

test('events are sent signed, in batches, and a sender that starts again goes on where it was', async (t) => {
  const { start, issue, arrived, receiver, stores } = await scene(t);
  const stop = start();
  await issue(1, 250);
  await arrived(250);
  const { deliveredId } = await readDelivery(stores.database);
  assert.equal(deliveredId, [...receiver.firsts.keys()].at(-1));
  await stop();
  await issue(251, 300);
  const before = receiver.received.length;
  start();
  await arrived(300);
  assert.equal(receiver.received.length, before + 50, 'none is sent again');
});

test('a receiver that is set up later is not sent what happened before', async (t) => {
  const { start, issue, receiver, stores } = await scene(t);
  await issue(1, 50);
  start();
  await waitFor('the delivery begins', async () => (await readDelivery(stores.database)).deliveredId !== null);
  await issue(51, 60);
  await waitFor('the next ones arrive', () => receiver.received.length >= 10);
  assert.deepEqual(
    receiver.received.map(({ sequence }) => sequence),
    range(51, 60),
  );
});

const faults = {
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
} as const satisfies Record<
  string,
  { outcome: string; how: (response: import('node:http').ServerResponse) => unknown }
>;

test('a receiver that answers badly gets all, in order, once it answers well', async (t) => {
  const { start, issue, arrived, receiver, stores, registry } = await scene(t);
  start();
  let last = 0;
  for (const [name, { outcome, how }] of Object.entries(faults)) {
    const before = await deliveries(registry, outcome);
    receiver.misbehave((response) => {
      how(response);
      return true;
    });
    await issue(last + 1, last + 10);
    last += 10;
    await waitFor(`${name}: counted as ${outcome}`, async () => (await deliveries(registry, outcome)) > before);
    await waitFor(`${name}: on record`, async () => (await readDelivery(stores.database)).attempts > 0);
    const { failingSince, lastFailure } = await readDelivery(stores.database);
    assert.ok(failingSince !== null && lastFailure !== null, name);
    receiver.misbehave(null);
    await arrived(last);
    await waitFor(`${name}: over`, async () => (await readDelivery(stores.database)).failingSince === null);
  }
  assert.deepEqual([...new Set(receiver.requests.map(({ path }) => path))], ['/hook'], 'no redirect is followed');
});

test('an answer without end is cut off, and what it begins with counts', async (t) => {
  const { start, issue, receiver, stores } = await scene(t);
  let sentBytes = 0;
  const chunk = Buffer.alloc(65_536);
  receiver.misbehave((response) => {
    response.writeHead(200);
    const pour = () => {
      while (!response.destroyed && response.write(chunk)) sentBytes += chunk.length;
    };
    response.on('drain', pour);
    pour();
    return true;
  });
  start();
  await issue(1, 10);
  const isDelivered = async () => {
    const [log] = await stores.database.query<{ id: number }>('SELECT last_id AS id FROM event_log');
    return (log?.id ?? 0) > 0 && (await readDelivery(stores.database)).deliveredId === log?.id;
  };
  await waitFor('it counts as delivered', isDelivered);
  assert.ok(sentBytes < 100_000_000, `${sentBytes} bytes were taken`);
});

test('a wrong address and a certificate that can not be verified are unreachable', async (t) => {
  const { start, issue, registry, receiver } = await scene(t);
  const stop = start({ url: 'http://127.0.0.1:1/hook' });
  await issue(1, 10);
  await waitFor('it is counted', async () => (await deliveries(registry, 'unreachable')) > 0);
  await stop();
  start();
  await waitFor('the receiver has all', () => receiver.received.filter(({ type }) => type === 'issued').length >= 10);
});

test('events that are too old are given up, counted, and the next ones are sent', async (t) => {
  const { start, issue, receiver, stores, registry } = await scene(t);
  receiver.misbehave((response) => {
    response.writeHead(500).end();
    return true;
  });
  start();
  await issue(1, 70);
  await waitFor('they fail', async () => (await readDelivery(stores.database)).attempts > 0);
  await stores.database.execute('UPDATE event_segment SET appended_at = appended_at - INTERVAL 4 DAY');
  await issue(71, 80);
  await waitFor('they are dead', async () => (await readDelivery(stores.database)).dead > 0, { withinMs: 20_000 });
  receiver.misbehave(null);
  await waitFor('the others arrive', () => receiver.received.length >= 10, { withinMs: 20_000 });
  assert.deepEqual(
    receiver.received.map(({ sequence }) => sequence),
    range(71, 80),
  );
  const { dead } = await readDelivery(stores.database);
  assert.equal(dead, 72, 'the two moves before them as well');
  assert.match(await registry.metrics(), /webhook_dead_events_total 72/);
});

test('two nodes: one sends, the other one takes over when it stops, and nothing is lost', async (t) => {
  const { start, issue, arrived, receiver } = await scene(t);
  const stop = start({ owner: 'a' });
  await issue(1, 100);
  await arrived(100);
  const second = start({ owner: 'b' });
  await issue(101, 200);
  await stop();
  await issue(201, 300);
  await arrived(300);
  await second();
  assert.ok(receiver.received.length < 600);
});
