// What a receiver of webhooks can do wrong, kind by kind.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { readDelivery } from '../../../src/store/tables/webhook-delivery.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { numbers } from '../../support/coupon-stores.ts';
import { waitFor } from '../../support/wait.ts';
import {
  countDeliveries,
  proveReceiverFaults,
  receiverFaults,
  startWebhookScene,
} from '../../support/webhook-scene.ts';

test('a receiver that answers badly gets all, in order, once it answers well', async (t) => {
  await proveReceiverFaults(t, Object.keys(receiverFaults) as (keyof typeof receiverFaults)[]);
});

test('an address where nothing listens is unreachable, and another one is given what it was to get', async (t) => {
  const { start, issue, registry, receiver } = await startWebhookScene(t);
  const stop = await start({ url: 'http://127.0.0.1:1/hook' });
  await issue(1, 10);
  await waitFor('it is counted', async () => (await countDeliveries(registry, 'unreachable')) > 0);
  await stop();
  await start();
  await waitFor('the receiver has all', () => receiver.received.filter(({ type }) => type === 'issued').length >= 10);
});

test('a receiver whose certificate can not be verified is sent nothing', async (t) => {
  const { start, issue, stores } = await startWebhookScene(t);
  const { certFile, keyFile } = makeCertificates();
  let requests = 0;
  const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_request, response) => {
    requests++;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  await start({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/hook` });
  await issue(1, 10);
  const failure = async () => (await readDelivery(stores.database)).lastFailure;
  await waitFor('it is on record', async () => (await failure()) !== null);
  assert.match((await failure()) ?? '', /CERT|SIGN|ISSUER/);
  assert.equal(requests, 0);
});

test('events that are too old are given up, counted, and the next ones are sent', async (t) => {
  const { start, issue, receiver, stores, registry } = await startWebhookScene(t);
  receiver.misbehave((response) => {
    response.writeHead(500).end();
    return true;
  });
  await start();
  await issue(1, 70);
  await waitFor('they fail', async () => (await readDelivery(stores.database)).attempts > 0);
  await waitFor('all are among the events', async () => {
    const [events] = await stores.database.query<{ n: number }>(
      'SELECT SUM(last_id - first_id + 1) AS n FROM event_segment',
    );
    return Number(events?.n) === 72;
  });
  await stores.database.execute('UPDATE event_segment SET appended_at = appended_at - INTERVAL 4 DAY');
  await issue(71, 80);
  await waitFor('they are dead', async () => (await readDelivery(stores.database)).dead > 0, { withinMs: 20_000 });
  receiver.misbehave(null);
  await waitFor('the others arrive', () => receiver.received.length >= 10, { withinMs: 20_000 });
  assert.deepEqual(
    receiver.received.map(({ sequence }) => sequence),
    numbers(71, 80),
  );
  const { dead } = await readDelivery(stores.database);
  assert.equal(dead, 72, 'the two moves before them as well');
  assert.match(await registry.metrics(), /webhook_dead_events_total 72/);
});

test('two nodes: one sends, the other one takes over when it stops, and nothing is lost', async (t) => {
  const { start, issue, arrived, receiver } = await startWebhookScene(t);
  const stop = await start({ owner: 'a' });
  await issue(1, 100);
  await arrived(100);
  const second = await start({ owner: 'b' });
  await issue(101, 200);
  await stop();
  await issue(201, 300);
  await arrived(300);
  await second();
  assert.ok(receiver.received.length < 600);
});
