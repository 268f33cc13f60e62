import assert from 'node:assert/strict';
import { test } from 'node:test';
import { couponKeys } from '../../../src/redis/keys.ts';
import { now } from '../../support/issue-client.ts';
import { startScene } from '../../support/scene.ts';
import { mountSmallDisk, whyNoSmallDisk } from '../../support/small-disk.ts';
import { waitFor, within } from '../../support/wait.ts';

const skip = whyNoSmallDisk() ?? false;

test('disk full for Redis with appendfsync always: it ends, 503, and goes on with space', { skip }, async (t) => {
  const disk = mountSmallDisk(t, 8);
  const scene = await startScene(t, { stock: 900, redis: { folder: disk.folder } });
  const { server } = scene.stores;
  const rush = scene.rush({ perSecond: 250, seconds: 6 });
  await waitFor('the rush is under way', () => rush.granted > 250);
  disk.fill();
  await waitFor('it is refused', () => rush.attempts.at(-1)?.status === 503);
  await new Promise((resolve) => setTimeout(resolve, 500));
  disk.free();
  await server.restart();
  const backMs = now();
  const first = await within(5000, 'a coupon is granted again', rush.nextGrant());
  t.diagnostic(`first grant ${Math.round(first.endedAtMs - backMs)} ms after Redis was back`);
  const proof = await scene.prove(await rush.done);
  assert.equal(proof.rows, 900);
});

test('disk full for Redis with appendfsync everysec: 503, and goes on by itself with space', { skip }, async (t) => {
  const disk = mountSmallDisk(t, 8);
  const scene = await startScene(t, {
    stock: 900,
    redis: { folder: disk.folder, settings: { appendfsync: 'everysec' } },
  });
  const rush = scene.rush({ perSecond: 250, seconds: 7 });
  await waitFor('the rush is under way', () => rush.granted > 250);
  disk.fill();
  await waitFor('it is refused', () => rush.attempts.at(-1)?.status === 503);
  await new Promise((resolve) => setTimeout(resolve, 500));
  disk.free();
  const freeMs = now();
  const first = await within(5000, 'a coupon is granted again', rush.nextGrant());
  t.diagnostic(`first grant ${Math.round(first.endedAtMs - freeMs)} ms after there was space`);
  const proof = await scene.prove(await rush.done);
  assert.equal(proof.rows, 900);
});

test('disk full for MySQL: issuing goes on, the outbox grows, and drains with space', { skip }, async (t) => {
  const disk = mountSmallDisk(t, 400);
  const scene = await startScene(t, { stock: 20_000, mysql: { folder: disk.folder } });
  const { redis } = scene.stores;
  const { outbox, dead } = couponKeys(scene.couponId);
  const rush = scene.rush({ perSecond: 800, seconds: 8 });
  await waitFor('the rush is under way', () => rush.granted > 250);
  disk.fill();
  await waitFor('the outbox grows', async () => (await redis.xlen(outbox)) > 100, { withinMs: 8000 });
  const history = await rush.done;
  assert.equal(history.filter(({ status }) => status !== 201).length, 0, 'issuing does not notice');
  disk.free();
  // InnoDB refuses rows on a full disk, and goes on with space; where a page can't be written at all, it ends.
  const lives = await scene.countRows().then(
    () => true,
    () => false,
  );
  t.diagnostic(`MySQL ${lives ? 'lived' : 'ended'} on the full disk`);
  if (!lives) await scene.mysql.restart();
  await scene.prove(history);
  assert.equal(await redis.xlen(dead), 0);
});
