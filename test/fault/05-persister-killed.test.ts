import assert from 'node:assert/strict';
import { test } from 'node:test';
import mysql from 'mysql2/promise';
import { couponKeys } from '../../src/redis/keys.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';

async function killPersister({ app }: Scene): Promise<void> {
  const [pid] = app.pids('persister') as [number];
  process.kill(pid, 'SIGKILL');
  await waitFor('it is gone', () => !app.pids('persister').includes(pid));
}

async function rows({ stores, couponId }: Scene): Promise<number> {
  const [row] = await stores.database.query<{ n: number }>(
    'SELECT COUNT(*) AS n FROM user_coupon WHERE coupon_id = ?',
    [couponId],
  );
  return row?.n ?? 0;
}

test('05 a persister killed between insert and commit leaves its batch to its successor', async (t) => {
  const scene = await startScene(t, { stock: 600, mysql: {} });
  const lock = await mysql.createConnection(scene.mysql.mysqlUrl);
  t.after(async () => lock.destroy());
  const rush = scene.rush({ perSecond: 250, seconds: 4 });
  await waitFor('the rush is under way', () => rush.granted > 100);
  await lock.query('START TRANSACTION');
  await lock.query('SELECT id FROM coupon WHERE id = ? FOR UPDATE', [scene.couponId]);
  await waitFor('an insert stands before its commit', async () => {
    const [waiting] = await lock.query("SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'");
    return (waiting as unknown[]).length > 0;
  });
  await killPersister(scene);
  await lock.query('ROLLBACK');
  await scene.prove(await rush.done);
});

test('05 a persister killed after commit and before the acknowledgement writes nothing twice', async (t) => {
  // The acknowledgement is held back on its way to Redis, and lost with the connection.
  const scene = await startScene(t, { stock: 600, mysql: {}, redisProxy: true });
  const lock = await mysql.createConnection(scene.mysql.mysqlUrl);
  t.after(async () => lock.destroy());
  const rush = scene.rush({ perSecond: 250, seconds: 4 });
  await waitFor('the rush is under way', () => rush.granted > 100);
  await lock.query('START TRANSACTION');
  await lock.query('SELECT id FROM coupon WHERE id = ? FOR UPDATE', [scene.couponId]);
  const { outbox } = couponKeys(scene.couponId);
  await waitFor('entries are in hand', async () => (await scene.stores.redis.xlen(outbox)) > 2);
  const before = await rows(scene);
  scene.redisProxy.blackhole();
  await lock.query('ROLLBACK');
  await waitFor('rows are committed', async () => (await rows(scene)) > before);
  await killPersister(scene);
  assert.ok((await scene.stores.redis.xlen(outbox)) > 0, 'the entries of the committed rows are still in the outbox');
  scene.redisProxy.reset();
  await scene.redisProxy.heal();
  await scene.prove(await rush.done);
});
