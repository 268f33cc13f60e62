// Webhooks: every event is sent, signed and in order, and a receiver that answers badly holds up nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDelivery } from '../../../src/store/tables/webhook-delivery.ts';
import { numbers } from '../../support/coupon-stores.ts';
import { waitFor } from '../../support/wait.ts';
import { proveReceiverFaults, startWebhookScene } from '../../support/webhook-scene.ts';

test('events are sent signed, in batches, and a sender that starts again goes on where it was', async (t) => {
  const { start, issue, arrived, receiver, stores } = await startWebhookScene(t);
  const stop = await start();
  await issue(1, 250);
  await arrived(250);
  const lastId = [...receiver.firsts.keys()].at(-1);
  await waitFor('it is on record', async () => (await readDelivery(stores.database)).deliveredId === lastId);
  await stop();
  await issue(251, 300);
  const before = receiver.received.length;
  await start();
  await arrived(300);
  assert.equal(receiver.received.length, before + 50, 'none is sent again');
});

test('a receiver that is set up later is not sent what happened before', async (t) => {
  const { start, issue, receiver } = await startWebhookScene(t);
  await issue(1, 50);
  await start();
  await issue(51, 60);
  await waitFor('the next ones arrive', () => receiver.received.length >= 10);
  assert.deepEqual(
    receiver.received.map(({ sequence }) => sequence),
    numbers(51, 60),
  );
});

test('a receiver that answers 500, redirects or hangs has all in the end, in order', async (t) => {
  await proveReceiverFaults(t, ['answers 500', 'redirects', 'hangs']);
});

test('an answer without end is cut off, and what it begins with counts', async (t) => {
  const { start, issue, receiver, stores } = await startWebhookScene(t);
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
  await start();
  await issue(1, 10);
  const isDelivered = async () => {
    const [log] = await stores.database.query<{ id: number }>('SELECT last_id AS id FROM event_log');
    return (log?.id ?? 0) > 0 && (await readDelivery(stores.database)).deliveredId === log?.id;
  };
  await waitFor('it counts as delivered', isDelivered);
  assert.ok(sentBytes < 100_000_000, `${sentBytes} bytes were taken`);
});
