// To which installation a pause belongs that MySQL does not have yet: what a node remembers of it in its data folder,
// and what `installation move` does with it.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { readBrakes } from '../../../src/coupons/brake.ts';
import { BrakeKeeper } from '../../../src/coupons/brake-keeper.ts';
import { BrakeMemory } from '../../../src/coupons/brake-memory.ts';
import { pauseCoupon } from '../../../src/coupons/pause.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { Installation } from '../../../src/gate/installation.ts';
import { compareInstallations, moveInstallation } from '../../../src/gate/installation-move.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { listAudit } from '../../../src/store/tables/audit.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import { withoutMysql } from '../../support/brake.ts';
import { runCli } from '../../support/cli.ts';
import { type CouponStores, decide, newCoupon, openStores, silent } from '../../support/coupon-stores.ts';
import { copyDatabase } from '../../support/database-copy.ts';
import { testFolder } from '../../support/folder.ts';
import { freshDatabase, type Scope } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const ORDER = { actor: 'alice', reason: 'wrong price' };

function keeperOf(stores: CouponStores, memory: BrakeMemory): BrakeKeeper {
  return new BrakeKeeper({ ...stores, memory, isRedisVerified: () => true });
}

function connect(t: Scope, stores: CouponStores, mysqlUrl: string): CouponStores {
  const database = openDatabase(mysqlUrl, { connections: 2, timeoutMs: 5000 });
  t.after(() => database.close());
  return { ...stores, database, mysqlUrl };
}

/** A loaded coupon and a draft, both paused while MySQL was down, in a Redis that is claimed. */
async function pausedOnlyInRedis(t: Scope) {
  const stores = await openStores(t);
  await new Installation(stores.database).claim(stores.redis, null);
  const couponId = await newCoupon(stores.database, 10);
  await preloadCoupon(stores, couponId);
  const draft = await newCoupon(stores.database, 10);
  const away = await withoutMysql(t, stores);
  for (const id of [couponId, draft]) await pauseCoupon(away, { ...ORDER, couponId: id });
  return { stores, away, couponId, draft };
}

test('a data folder that is used with another database pauses none of its coupons', async (t) => {
  const { stores, away, couponId } = await pausedOnlyInRedis(t);
  const folder = testFolder('brakes');
  const watching = keeperOf(away, new BrakeMemory(folder));
  watching.start();
  t.after(() => watching.stop());
  await waitFor('the pauses are remembered', () => existsSync(`${folder}/brakes.json`));
  await watching.stop();

  const mysqlUrl = await freshDatabase(t);
  await migrate(mysqlUrl, silent);
  const other = connect(t, stores, mysqlUrl);
  await stores.server.cli('FLUSHALL');
  await new Installation(other.database).claim(stores.redis, null);
  while ((await newCoupon(other.database, 10)) < couponId);
  await preloadCoupon(other, couponId);
  await keeperOf(other, new BrakeMemory(folder)).putBack(stores.redis);
  assert.deepEqual(await decide(stores.redis, couponId, [1]), ['decided', 'i']);

  // The former database again, at another address: the pauses are its own.
  await stores.server.cli('FLUSHALL');
  const moved = connect(t, stores, stores.mysqlUrl.replace('127.0.0.1', 'localhost'));
  await keeperOf(moved, new BrakeMemory(folder)).putBack(stores.redis);
  await preloadCoupon(moved, couponId);
  assert.deepEqual(await decide(stores.redis, couponId, [1]), ['decided', 'p']);
});

test('what is remembered without an installation, or is damaged, counts for none', () => {
  const folder = testFolder('brakes');
  const brake = { id: 'a', couponId: 1, actor: 'alice', reason: null, atMs: 1 };
  for (const [text, found] of [
    [JSON.stringify([brake]), 0],
    [JSON.stringify([{ ...brake, installation: 7 }]), 0],
    [JSON.stringify([{ ...brake, installation: 'other' }]), 0],
    [JSON.stringify([{ ...brake, installation: 'own' }]).slice(0, -1), 0],
    [JSON.stringify([{ ...brake, installation: 'own' }, brake]), 1],
  ] as const) {
    writeFileSync(`${folder}/brakes.json`, text);
    assert.equal(new BrakeMemory(folder).of('own').length, found, text);
  }
});

test('a Redis that moves to another installation loses its pauses with its coupons, and only if told to', async (t) => {
  const { stores, couponId, draft } = await pausedOnlyInRedis(t);
  const mysqlUrl = await freshDatabase(t);
  await migrate(mysqlUrl, silent);
  const other = connect(t, stores, mysqlUrl);
  const env = { REDIS_URL: stores.server.url, MYSQL_URL: mysqlUrl };
  const refused = await runCli(env, 'installation', 'move', '--yes');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /0 entries and pauses of 2 coupons/);
  assert.equal((await readBrakes(stores.redis)).size, 2);
  const moved = await runCli(env, 'installation', 'move', '--yes', '--discard');
  assert.equal(moved.code, 0, moved.stderr);
  assert.equal((await readBrakes(stores.redis)).size, 0);
  for (const id of [couponId, draft]) {
    assert.equal(await stores.redis.exists(couponKeys(id).brake), 0);
    assert.equal(await newCoupon(other.database, 10), id);
    await preloadCoupon(other, id);
    assert.deepEqual(await decide(stores.redis, id, [1]), ['decided', 'i']);
  }
});

test('a Redis that moves to a restored copy keeps its pauses, and the copy gets them', async (t) => {
  const { stores, couponId } = await pausedOnlyInRedis(t);
  const mysqlUrl = await copyDatabase(t, stores.mysqlUrl);
  // After the dump: the copy does not know this claim.
  await new Installation(stores.database).claim(
    stores.redis,
    await stores.redis.hget('couponrush:installation', 'claim'),
  );
  const copy = connect(t, stores, mysqlUrl);
  const before = await compareInstallations(copy.redis, copy.database);
  assert.deepEqual([before.relation, before.unrecordedPauses], ['copy', 2]);
  await moveInstallation(copy.redis, copy.database, before);
  assert.equal((await readBrakes(stores.redis)).size, 2);
  const keeper = keeperOf(copy, new BrakeMemory(null));
  keeper.start();
  t.after(() => keeper.stop());
  await waitFor('the copy has the pause', async () => (await readCoupon(copy.database, couponId))?.state === 'PAUSED');
  assert.deepEqual(await decide(stores.redis, couponId, [1]), ['decided', 'p']);
  const [audit] = await listAudit(copy.database, { couponId, limit: 1 });
  assert.deepEqual([audit?.action, audit?.actor], ['pause', 'alice']);
});
