// Two deployments on one Redis, one after the other: what ends, what is emptied, and what an operator moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTALLATION } from '../../../src/redis/keys.ts';
import { mysqlUrlOfApp, redisUrlOfApp } from '../../support/app-user.ts';
import { issue } from '../../support/ask.ts';
import { runCli } from '../../support/cli.ts';
import { copyDatabase } from '../../support/database-copy.ts';
import { startScene } from '../../support/scene.ts';
import { dataFolder, startSecond } from '../../support/second-deployment.ts';
import { freshDatabase } from '../../support/servers.ts';
import { query } from '../../support/sql.ts';
import { waitFor } from '../../support/wait.ts';

test('a restored dump of last night: the same, also while no process of the first one is alive', async (t) => {
  const scene = await startScene(t, { stock: 400, env: { COUPONRUSH_DATA_DIR: dataFolder(t) } });
  const copy = await copyDatabase(t, scene.stores.mysqlUrl);
  const claim = await scene.stores.redis.hget(INSTALLATION, 'claim');
  // A gate that starts replaces the claim.
  process.kill(scene.app.pids('persister')[0] as number, 'SIGKILL');
  await waitFor(
    'the claim is another one',
    async () => (await scene.stores.redis.hget(INSTALLATION, 'claim')) !== claim,
    { withinMs: 30_000 },
  );
  await scene.app.stop();
  const second = await startSecond(t, scene, copy, /another copy of the database/);
  const { status, code } = await issue(second.url, scene.couponId, 1);
  assert.equal(`${status} ${code}`, '503 NOT_READY');
  // And the first one goes on where it was.
  const again = await scene.startNode();
  assert.equal((await issue(again.url, scene.couponId, 1)).status, 201);
});

test('a database number in REDIS_URL is refused at the start', async (t) => {
  const scene = await startScene(t, { stock: 400, env: { COUPONRUSH_DATA_DIR: dataFolder(t) } });
  for (const path of ['/1', '/0?db=2']) {
    const second = await scene.startNode({
      mysqlUrl: await freshDatabase(t),
      impatient: true,
      env: { REDIS_URL: `${redisUrlOfApp(scene.stores.server.url)}${path}` },
    });
    assert.equal(await second.exited(8000), 1);
    assert.match(second.output(), /REDIS_URL .*database/);
  }
  assert.equal((await issue(scene.app.url, scene.couponId, 1)).status, 201);
});

test('a Redis that is emptied under both stays with the first one', async (t) => {
  const scene = await startScene(t, { stock: 400, env: { COUPONRUSH_DATA_DIR: dataFolder(t) } });
  const mysqlUrl = await freshDatabase(t);
  const second = await startSecond(t, scene, mysqlUrl, /nothing is decided/);
  const id = await scene.stores.redis.hget(INSTALLATION, 'id');
  for (let round = 1; round <= 3; round++) {
    await scene.stores.server.cli('FLUSHALL');
    await waitFor('Redis has an owner', async () => (await scene.stores.redis.hget(INSTALLATION, 'id')) !== null);
    assert.equal(await scene.stores.redis.hget(INSTALLATION, 'id'), id);
    await waitFor(
      'the first one issues again',
      async () => (await issue(scene.app.url, scene.couponId, round)).status === 201,
    );
    assert.equal((await issue(second.url, scene.couponId, round)).status, 503);
  }
});

test('a Redis is moved on purpose: the other deployment must be stopped, and is shut from then on', async (t) => {
  const scene = await startScene(t, { stock: 400, env: { COUPONRUSH_DATA_DIR: dataFolder(t) } });
  const { redis, server, database } = scene.stores;
  await Promise.all([1, 2, 3].map((user) => issue(scene.app.url, scene.couponId, user)));
  await waitFor('the rows are written', async () => (await scene.countRows()) === 3);
  const mysqlUrl = await freshDatabase(t);
  const second = await startSecond(t, scene, mysqlUrl, /installation move/);
  const env = { REDIS_URL: redisUrlOfApp(server.url), MYSQL_URL: mysqlUrlOfApp(mysqlUrl) };
  const early = await runCli(env, 'installation', 'move', '--yes');
  assert.equal(early.code, 1);
  assert.match(early.stderr, /is connected to it: stop that one first/);
  assert.equal((await runCli(env, 'installation', 'show')).code, 1);

  await scene.app.stop();
  assert.equal((await runCli(env, 'installation', 'move')).code, 2, 'it asks first');
  const moved = await runCli(env, 'installation', 'move', '--yes');
  assert.equal(moved.code, 0, moved.stderr);
  assert.equal((await runCli(env, 'installation', 'show')).code, 0);
  assert.equal(await redis.exists(`coupon:${scene.couponId}:stock`), 0);
  await query(
    mysqlUrl,
    'INSERT INTO coupon (id, name, total_stock, stock, discount_type, ' +
      "discount_amount, created_at) VALUES (77, 'mine', 5, 5, 'FIXED', 1, NOW(3))",
  );
  await waitFor('it can be operated', async () => (await runCli(env, 'coupon', 'preload', '77')).code === 0);
  await waitFor('the second one issues', async () => (await issue(second.url, 77, 1)).status === 201);

  const back = await startSecond(t, scene, scene.stores.mysqlUrl, /nothing is decided/);
  assert.equal((await issue(back.url, scene.couponId, 9)).status, 503);
  const [row] = await database.query<{ n: number }>('SELECT COUNT(*) AS n FROM user_coupon');
  assert.equal(row?.n, 3);
});

test(
  'MySQL is restored from a backup: its Redis is shut ' + 'until it is moved, and then brings back what MySQL forgot',
  async (t) => {
    const scene = await startScene(t, { stock: 400, env: { COUPONRUSH_DATA_DIR: dataFolder(t) } });
    const { redis, server } = scene.stores;
    const backup = await copyDatabase(t, scene.stores.mysqlUrl);
    const claim = await redis.hget(INSTALLATION, 'claim');
    process.kill(scene.app.pids('persister')[0] as number, 'SIGKILL');
    const isReplaced = async () => (await redis.hget(INSTALLATION, 'claim')) !== claim;
    await waitFor('the claim is another one', isReplaced, { withinMs: 30_000 });
    for (const user of [1, 2, 3]) assert.equal((await issue(scene.app.url, scene.couponId, user)).status, 201);
    await waitFor('the rows are written', async () => (await scene.countRows()) === 3);
    await scene.app.stop();

    const restored = await startSecond(t, scene, backup, /another copy of the database/);
    assert.equal((await issue(restored.url, scene.couponId, 4)).status, 503);
    const env = { REDIS_URL: redisUrlOfApp(server.url), MYSQL_URL: mysqlUrlOfApp(backup) };
    assert.equal((await runCli(env, 'installation', 'show')).code, 1);
    const moved = await runCli(env, 'installation', 'move', '--yes');
    assert.equal(moved.code, 0, moved.stderr);
    const outcome = async () => (await issue(restored.url, scene.couponId, 1)).code;
    await waitFor(
      'Redis decides again, and knows its holders',
      async () => (await outcome()) === 'ALREADY_ISSUED_COUPON',
    );
    assert.equal((await issue(restored.url, scene.couponId, 4)).status, 201);
    await waitFor('all have rows', async () => {
      const [row] = await query<{ n: number }>(backup, 'SELECT COUNT(*) AS n FROM user_coupon');
      return row?.n === 4;
    });
    const verified = await runCli(env, 'verify', String(scene.couponId));
    assert.equal(verified.code, 0, verified.stdout);
  },
);
