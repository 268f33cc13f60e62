import assert from 'node:assert/strict';
import { test } from 'node:test';
import mysql from 'mysql2/promise';
import { couponKeys } from '../../../src/redis/keys.ts';
import { holdInserts } from '../../support/held-insert.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

test('deadlocks and lock waits are tried again, and never become dead letters', async (t) => {
  const scene = await startScene(t, { stock: 1000, mysql: {} });
  const { redis, database } = scene.stores;
  const { outbox, dead } = couponKeys(scene.couponId);
  const rush = scene.rush({ perSecond: 150, seconds: 8 });
  let deadlocks = 0;
  for (let round = 1; round <= 4; round++) {
    await waitFor('the rush goes on', () => rush.granted > round * 60);
    const other = await mysql.createConnection(scene.mysql.mysqlUrl);
    t.after(async () => other.destroy());
    await other.query('START TRANSACTION');
    await other.query('SELECT id FROM coupon WHERE id = ? FOR UPDATE', [scene.couponId]);
    await waitFor('an insert waits for the coupon', async () => {
      const [waiting] = await other.query(
        "SELECT 1 FROM information_schema.processlist WHERE info LIKE 'UPDATE coupon SET stock=%'",
      );
      return (waiting as unknown[]).length > 0;
    });
    // The insert waits for us; asking for a row that it has inserted, we wait for it.
    const [first] = await redis.xrange(outbox, '-', '+', 'COUNT', 1);
    const user = Number((first?.[1][5] ?? '0').split(',')[0]);
    await other
      .query('SELECT id FROM user_coupon WHERE coupon_id = ? AND user_id = ? FOR UPDATE', [scene.couponId, user])
      .catch((error: { errno?: number }) => {
        assert.equal(error.errno, 1213, 'we are the victim');
      });
    deadlocks += 1;
    await other.query('ROLLBACK');
  }
  const held = await holdInserts(t, scene.mysql.mysqlUrl, scene.couponId);
  await held.reached();
  // Longer than innodb_lock_wait_timeout of our sessions, 3 s.
  await new Promise((resolve) => setTimeout(resolve, 3500));
  await held.release();
  const [counted] = await database.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'");
  t.diagnostic(`${deadlocks} deadlocks were provoked, ${counted?.Value ?? 'unknown'} counted by the server`);
  await scene.prove(await rush.done);
  assert.equal(await redis.xlen(dead), 0, 'dead letters');
});

test('two persisters that write the same coupon deadlock in less than 0.5 % of their transactions', async (t) => {
  const scene = await startScene(t, { stock: 3000, mysql: {} });
  const { database } = scene.stores;
  await scene.startNode({ env: { COUPONRUSH_PERSISTER_NAME: 'second', WORKERS: '1' } });
  const rush = scene.rush({ perSecond: 600, seconds: 4 });
  await scene.prove(await rush.done);
  const read = async (name: string) => {
    const [row] = await database.query<{ Value: string }>(`SHOW GLOBAL STATUS LIKE '${name}'`);
    return row ? Number(row.Value) : null;
  };
  const [deadlocks, commits] = [await read('Innodb_deadlocks'), (await read('Com_commit')) ?? 0];
  t.diagnostic(`${deadlocks ?? 'uncounted'} deadlocks in ${commits} transactions`);
  // MySQL does not count them in its status.
  if (deadlocks !== null) assert.ok(deadlocks <= commits * 0.005, `${deadlocks} of ${commits}`);
});
