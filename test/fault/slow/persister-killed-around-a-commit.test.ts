import assert from 'node:assert/strict';
import { test } from 'node:test';
import { couponKeys } from '../../../src/redis/keys.ts';
import { holdInserts } from '../../support/held-insert.ts';
import { type Scene, startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

async function killPersister({ app }: Scene): Promise<void> {
  const [pid] = app.pids('persister') as [number];
  process.kill(pid, 'SIGKILL');
  await waitFor('it is gone', () => !app.pids('persister').includes(pid));
}

test('a persister killed between insert and commit leaves its batch to its successor', async (t) => {
  const scene = await startScene(t, { stock: 600, mysql: {} });
  const rush = scene.rush({ perSecond: 250, seconds: 4 });
  await waitFor('the rush is under way', () => rush.granted > 100);
  const held = await holdInserts(t, scene.mysql.mysqlUrl, scene.couponId);
  await held.reached();
  await killPersister(scene);
  await held.release();
  await scene.prove(await rush.done);
});

test('a persister killed after commit and before the acknowledgement writes nothing twice', async (t) => {
  // The acknowledgement is held back on its way to Redis, and lost with the connection.
  const scene = await startScene(t, { stock: 600, mysql: {}, redisProxy: true });
  const rush = scene.rush({ perSecond: 250, seconds: 4 });
  await waitFor('the rush is under way', () => rush.granted > 100);
  const held = await holdInserts(t, scene.mysql.mysqlUrl, scene.couponId);
  await held.reached();
  const { outbox } = couponKeys(scene.couponId);
  const before = await scene.countRows();
  scene.redisProxy.blackhole();
  await held.release();
  await waitFor('rows are committed', async () => (await scene.countRows()) > before);
  await killPersister(scene);
  assert.ok((await scene.stores.redis.xlen(outbox)) > 0, 'the entries of the committed rows are still in the outbox');
  scene.redisProxy.reset();
  await scene.redisProxy.heal();
  await scene.prove(await rush.done);
});
