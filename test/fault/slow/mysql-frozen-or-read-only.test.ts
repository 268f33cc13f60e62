import assert from 'node:assert/strict';
import { test } from 'node:test';
import { couponKeys } from '../../../src/redis/keys.ts';
import { proveFrozenMysql } from '../../support/frozen-mysql.ts';
import { addLimitedUser } from '../../support/limited-mysql-user.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

// 30 s are in test/fault/slow/mysql-frozen-30-s.test.ts; with space used up: test/fault/slow/disk-full.test.ts.
test('MySQL frozen for longer than an insert may take: transient, connections are renewed', async (t) => {
  await proveFrozenMysql(t, 2500, 800);
});

test('MySQL read-only: transient, no dead letter, issuing does not notice', async (t) => {
  const scene = await startScene(t, { stock: 2000, mysql: {} });
  const { database, redis } = scene.stores;
  await scene.app.stop();
  const mysqlUrl = await addLimitedUser(t, scene);
  const node = await scene.startNode({ mysqlUrl });
  const rush = scene.rush({ port: node.port, perSecond: 250, seconds: 4 });
  await waitFor('the rush is under way', () => rush.granted > 100);
  await database.execute('SET GLOBAL read_only = 1');
  const { outbox, dead } = couponKeys(scene.couponId);
  await waitFor('the outbox grows', async () => (await redis.xlen(outbox)) > 20);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await database.query('SET GLOBAL read_only = 0');
  const history = await rush.done;
  assert.equal(history.filter(({ status }) => status !== 201).length, 0);
  await scene.prove(history, { url: node.url });
  assert.equal(await redis.xlen(dead), 0, 'dead letters');
});
