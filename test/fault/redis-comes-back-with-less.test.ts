import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { couponKeys } from '../../src/redis/keys.ts';
import { holdInserts } from '../support/held-insert.ts';
import { now } from '../support/issue-client.ts';
import { startScene } from '../support/scene.ts';
import { waitFor, within } from '../support/wait.ts';

test('Redis comes back EMPTY in the spike: never more than the stock, and issuing resumes by itself', async (t) => {
  const stock = 900;
  const scene = await startScene(t, { stock, mysql: {} });
  const { server } = scene.stores;
  const rush = scene.rush({ perSecond: 300, seconds: 6 });
  await waitFor('the rush is under way', () => rush.granted > 200);
  // Some grants are in Redis and in the persister's hand only, and both are lost.
  const before = await scene.countRows();
  const held = await holdInserts(t, scene.mysql.mysqlUrl, scene.couponId);
  await waitFor('grants wait in the outbox', () => rush.granted > 400);
  await server.kill();
  for (const pid of scene.app.pids('persister')) process.kill(pid, 'SIGKILL');
  const lostAtMs = now();
  await held.release();
  await server.restart({ empty: true });
  const backMs = now();
  const first = await within(8000, 'a coupon is granted again', rush.nextGrant());
  t.diagnostic(`first grant ${Math.round(first.endedAtMs - backMs)} ms after Redis was back, empty`);
  const proof = await scene.prove(await rush.done, { lostAtMs, gapsAllowed: ['sequenceGaps'] });
  assert.equal(proof.rows, stock, 'never more than the stock, and all of it');
  const declarable = rush.attempts.filter(({ status, endedAtMs }) => status === 201 && endedAtMs <= lostAtMs).length;
  assert.ok(proof.lost.length > 0 && proof.lost.length <= declarable - before, `${proof.lost.length} grants were lost`);
});

test('Redis comes back from an older copy in the spike: never more than the stock, duplicates 0', async (t) => {
  const stock = 900;
  const scene = await startScene(t, { stock });
  const { server } = scene.stores;
  const older = `${server.folder}-older`;
  t.after(async () => rmSync(older, { recursive: true, force: true }));
  const rush = scene.rush({ perSecond: 300, seconds: 6 });
  await waitFor('the rush is under way', () => rush.granted > 150);
  // An append-only file that is copied while it grows is the file of an earlier moment.
  cpSync(join(server.folder, 'appendonlydir'), older, { recursive: true });
  await waitFor('it went on', () => rush.granted > 450);
  await server.kill();
  const lostAtMs = now();
  rmSync(join(server.folder, 'appendonlydir'), { recursive: true });
  cpSync(older, join(server.folder, 'appendonlydir'), { recursive: true });
  await server.restart();
  const backMs = now();
  const first = await within(8000, 'a coupon is granted again', rush.nextGrant());
  t.diagnostic(`first grant ${Math.round(first.endedAtMs - backMs)} ms after Redis was back, older`);
  const proof = await scene.prove(await rush.done, { lostAtMs, gapsAllowed: ['sequenceGaps'] });
  assert.equal(proof.rows, stock, 'never more than the stock, and all of it');
});

test(
  'somebody deletes the holders in the spike: never more ' + 'than the stock in Redis, and issuing resumes by itself',
  async (t) => {
    const stock = 900;
    const scene = await startScene(t, { stock });
    const { redis } = scene.stores;
    const { holders } = couponKeys(scene.couponId);
    const rush = scene.rush({ perSecond: 300, seconds: 6 });
    await waitFor('most of the stock is issued', () => rush.granted > 700);
    await redis.del(holders);
    await within(8000, 'a coupon is granted again', rush.nextGrant());
    const proof = await scene.prove(await rush.done);
    assert.equal(proof.rows, stock, 'never more than the stock, and all of it');
  },
);
