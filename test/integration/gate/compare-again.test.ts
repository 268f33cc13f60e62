// `installation move` on a Redis that belongs to this MySQL already: rows may be missing if MySQL was restored from a fresh dump.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Installation, OWNER_CONNECTION } from '../../../src/gate/installation.ts';
import { VERIFIED_RUN_ID } from '../../../src/redis/keys.ts';
import { runCli } from '../../support/cli.ts';
import { openStores } from '../../support/coupon-stores.ts';

test('the next server compares them, unless one is connected that has this Redis', async (t) => {
  const { redis, database, server, mysqlUrl } = await openStores(t);
  assert.notEqual(await new Installation(database).claim(redis, null), null);
  await redis.set(VERIFIED_RUN_ID, 'verified');
  const move = () => runCli({ REDIS_URL: server.url, MYSQL_URL: mysqlUrl }, 'installation', 'move', '--yes', '--json');

  await redis.client('SETNAME', OWNER_CONNECTION);
  const connected = await move();
  assert.deepEqual([connected.code, JSON.parse(connected.stdout).compared], [0, false], connected.stderr);
  assert.equal(await redis.get(VERIFIED_RUN_ID), 'verified');

  await redis.client('SETNAME', 'test');
  const alone = await move();
  assert.deepEqual([alone.code, JSON.parse(alone.stdout).compared], [0, true], alone.stderr);
  assert.equal(await redis.get(VERIFIED_RUN_ID), null);
});
