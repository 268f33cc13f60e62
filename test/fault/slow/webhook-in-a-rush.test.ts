// A rush of 100,000 coupons, while the receiver of webhooks is killed and frozen and the process that sends is killed:
// the receiver has every event, those of the coupon in order, and none was lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WEBHOOK_SECRET } from '../../support/event-receiver.ts';
import { createReceiverProcess } from '../../support/event-receiver-process.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const COUPONS = 100_000;
const PER_SECOND = 500;
const FROZEN_MS = 60_000;
const PATIENT = { withinMs: 60_000, everyMs: 250 };

test('webhooks: a receiver killed, then frozen for a minute, in a rush of 100,000; the sender killed', async (t) => {
  const receiver = await createReceiverProcess(t);
  await receiver.start();
  const env = { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET, COUPONRUSH_WEBHOOK_TIMEOUT_MS: '2000' };
  const scene = await startScene(t, { stock: COUPONS, mysql: {}, env });
  const rush = scene.rush({ perSecond: PER_SECOND, seconds: (COUPONS / PER_SECOND) * 1.1, freshShare: 0.01 });
  const killSender = async () => {
    const [sender] = scene.app.pids('admin');
    assert.ok(sender !== undefined, 'the sender runs');
    process.kill(sender, 'SIGKILL');
    await waitFor('another one runs', () => scene.app.pids('admin').some((pid) => pid !== sender), {
      withinMs: 20_000,
    });
  };
  await waitFor('events arrive', () => receiver.acceptedBytes() > 500_000, PATIENT);
  await receiver.kill();
  await sleep(5000);
  await killSender();
  await receiver.start();
  await killSender();
  t.diagnostic(`${rush.granted} granted, ${await scene.countRows()} rows, ${receiver.accepted().length} events`);
  const before = receiver.acceptedBytes();
  await waitFor('events arrive again', () => receiver.acceptedBytes() > before, PATIENT);
  receiver.freeze();
  await sleep(FROZEN_MS / 2);
  await killSender();
  await sleep(FROZEN_MS / 2);
  receiver.resume();
  const history = await rush.done;
  const { rows } = await scene.prove(history, { drainWithinMs: 120_000 });
  const issued = () => receiver.accepted().filter(({ type }) => type === 'issued');
  await waitFor('the receiver has all', () => new Set(issued().map(({ id }) => id)).size >= rows, {
    withinMs: 120_000,
    everyMs: 2000,
  });
  const firsts = new Map(
    issued()
      .toReversed()
      .map((event) => [event.id, event]),
  );
  const inOrder = [...new Set(issued().map(({ id }) => id))].map((id) => firsts.get(id)?.sequence);
  t.diagnostic(`${rows} rows, ${issued().length} events received, ${issued().length - firsts.size} of them repeated`);
  assert.equal(firsts.size, rows);
  assert.equal(new Set(inOrder).size, rows, 'each number once');
  const descents = inOrder.filter((sequence, index) => index > 0 && (sequence as number) < (inOrder[index - 1] ?? 0));
  assert.deepEqual(descents, [], 'in the order of their numbers');
});
