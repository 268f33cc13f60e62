// `installation move` on a Redis that belongs to this MySQL already: rows may be missing if MySQL was restored from a
// fresh dump.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { Installation, OWNER_CONNECTION } from '../../../src/gate/installation.ts';
import { VERIFIED_RUN_ID } from '../../../src/redis/keys.ts';
import { listLoaded } from '../../../src/store/tables/coupons.ts';
import { runCli } from '../../support/cli.ts';
import { newCoupon, openStores, silent } from '../../support/coupon-stores.ts';

test('the next server compares them, unless one is connected that has this Redis', async (t) => {
  const { redis, database, server, mysqlUrl } = await openStores(t);
  assert.notEqual(await new Installation(database).claim(redis, null), null);
  const couponId = await newCoupon(database, 10);
  await preloadCoupon({ redis, database, log: silent }, couponId);
  const epoch = async () => (await listLoaded(database))[0]?.epoch as number;
  const before = await epoch();
  await redis.set(VERIFIED_RUN_ID, 'verified');
  const move = () => runCli({ REDIS_URL: server.url, MYSQL_URL: mysqlUrl }, 'installation', 'move', '--yes', '--json');

  await redis.client('SETNAME', OWNER_CONNECTION);
  const connected = await move();
  assert.deepEqual([connected.code, JSON.parse(connected.stdout).compared], [0, false], connected.stderr);
  assert.deepEqual([await redis.get(VERIFIED_RUN_ID), await epoch()], ['verified', before]);

  await redis.client('SETNAME', 'test');
  const alone = await move();
  assert.deepEqual([alone.code, JSON.parse(alone.stdout).compared], [0, true], alone.stderr);
  assert.deepEqual([await redis.get(VERIFIED_RUN_ID), await epoch()], [null, before + 1]);
});
