import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { couponKeys } from '../../src/redis/keys.ts';
import { testFolder } from '../support/folder.ts';
import { proveFrozenMysql } from '../support/frozen-mysql.ts';
import { startScene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';

// 30 s are in test/fault/slow/mysql-frozen-30-s.test.ts; with space used up: test/fault/slow/disk-full.test.ts.
test('MySQL frozen for longer than an insert may take: transient, connections are renewed', async (t) => {
  await proveFrozenMysql(t, 2500, 800);
});

test('MySQL read-only: transient, no dead letter, issuing does not notice', async (t) => {
  const scene = await startScene(t, { stock: 2000, mysql: {} });
  const { database, redis, mysqlUrl } = scene.stores;
  await scene.app.stop();
  // Whoever may do everything may write to a read-only server too.
  const grants = join(testFolder('grants'), 'grants.sql');
  writeFileSync(
    grants,
    "CREATE USER 'limited'@'%' IDENTIFIED BY 'limited';\nGRANT ALL ON couponrush.* TO 'limited'@'%';\n",
  );
  t.after(async () => rmSync(dirname(grants), { recursive: true }));
  await scene.mysql.restart({ settings: [`--init-file=${grants}`] });
  const url = new URL(mysqlUrl);
  url.username = 'limited';
  url.password = 'limited';
  const node = await scene.startNode({ mysqlUrl: url.href });
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
