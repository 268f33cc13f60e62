// A pause that Redis has before MySQL (docs/decisions/brake.md): nothing opens the coupon until MySQL has the pause and
// an operator resumes it, and MySQL gets each pause once.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { newBrake, placeBrake, readBrakes } from '../../../src/coupons/brake.ts';
import { BrakeKeeper } from '../../../src/coupons/brake-keeper.ts';
import { BrakeMemory } from '../../../src/coupons/brake-memory.ts';
import { closeCoupon } from '../../../src/coupons/close.ts';
import { MoveRefused } from '../../../src/coupons/move.ts';
import { pauseCoupon, resumeCoupon } from '../../../src/coupons/pause.ts';
import { pauseAll } from '../../../src/coupons/pause-all.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { rebuildNow } from '../../../src/coupons/rebuild-now.ts';
import { recordBrake, settleBrake } from '../../../src/coupons/record-brake.ts';
import { restockCoupon } from '../../../src/coupons/restock.ts';
import { restoreCoupon } from '../../../src/coupons/restore.ts';
import { revokeIssuance } from '../../../src/coupons/revoke.ts';
import { Installation } from '../../../src/gate/installation.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { listAudit } from '../../../src/store/tables/audit.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import { withoutMysql } from '../../support/brake.ts';
import { type CouponStores, decide, newCoupon, openStores, persistOutbox } from '../../support/coupon-stores.ts';
import { testFolder } from '../../support/folder.ts';
import type { Scope } from '../../support/servers.ts';

async function openCoupon(t: Scope, totalStock = 10) {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, totalStock);
  await preloadCoupon(stores, couponId);
  const order = { couponId, actor: 'alice', reason: 'wrong price' };
  return { stores, couponId, order, away: await withoutMysql(t, stores) };
}

function keeperOf(stores: CouponStores, memory: BrakeMemory): BrakeKeeper {
  return new BrakeKeeper({ ...stores, memory, isRedisVerified: () => true });
}

const refusedAs = (code: string) => (error: unknown) => error instanceof MoveRefused && error.code === code;

/** One that the model does not have: the state of the coupon in both stores. */
async function statesOf({ redis, database }: CouponStores, couponId: number) {
  const { meta } = couponKeys(couponId);
  return [(await readCoupon(database, couponId))?.state, await redis.hget(meta, 'state')];
}

test('without MySQL a pause is in effect at once, and nothing opens the coupon until it is resumed', async (t) => {
  const { stores, couponId, order, away } = await openCoupon(t);
  const { redis, database } = stores;
  await decide(redis, couponId, [1, 2]);
  await persistOutbox(stores, couponId);
  const beforeMs = Date.now();
  const outcome = await pauseCoupon(away, order);
  assert.deepEqual(outcome, { couponId, changed: true, inEffect: true, recorded: false, coupon: null });
  const isPaused = async (after: string) => {
    assert.deepEqual(await decide(redis, couponId, [7]), ['decided', 'p'], `after ${after}`);
  };
  await isPaused('the pause');
  assert.equal((await pauseCoupon(away, order)).changed, false);

  await restockCoupon(stores, { ...order, reason: 'more' }, { add: 5 });
  await isPaused('a restock');
  await restockCoupon(stores, order, { total: 12 });
  await isPaused('a lowering');
  await revokeIssuance(stores, order, 1);
  await isPaused('a revocation');
  await redis.set(couponKeys(couponId).stock, 500);
  await restoreCoupon(stores, couponId);
  await isPaused('a restore');
  await rebuildNow(stores, order);
  await isPaused('a rebuild');
  await redis.del(couponKeys(couponId).stock);
  await preloadCoupon(stores, couponId);
  await isPaused('a load');
  assert.deepEqual(await statesOf(stores, couponId), ['OPEN', 'paused']);

  const keeper = keeperOf(stores, new BrakeMemory(null));
  keeper.start();
  t.after(() => keeper.stop());
  for (let look = 0; look < 100 && (await readBrakes(redis)).size > 0; look++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual(await statesOf(stores, couponId), ['PAUSED', 'paused']);
  const records = (await listAudit(database, { couponId, limit: 20 })).filter(({ action }) => action === 'pause');
  assert.deepEqual(
    records.map(({ actor, result, detail, before, after }) => [actor, result, detail, before?.state, after?.state]),
    [
      ['alice', 'APPLIED', 'wrong price', 'PAUSED', 'PAUSED'],
      ['alice', 'APPLIED', 'wrong price', 'OPEN', 'PAUSED'],
    ],
  );
  const since = Date.parse(String(records[1]?.after?.inEffectAt));
  assert.ok(since >= beforeMs - 1000 && since <= beforeMs + 3000, 'the time it took effect, not that of its record');
  await isPaused('the record');
  await resumeCoupon(stores, order);
  assert.deepEqual(await decide(redis, couponId, [7]), ['decided', 'i']);
});

test('a resume records the pause that MySQL does not have, and opens the coupon', async (t) => {
  const { stores, couponId, order, away } = await openCoupon(t);
  await pauseCoupon(away, order);
  await assert.rejects(resumeCoupon(away, order), { name: 'OperationalError' });
  assert.deepEqual(await decide(stores.redis, couponId, [1]), ['decided', 'p']);
  const resumed = await resumeCoupon(stores, { couponId, actor: 'bob' });
  assert.deepEqual([resumed.changed, resumed.inEffect, resumed.coupon.state], [true, true, 'OPEN']);
  assert.deepEqual(await decide(stores.redis, couponId, [1]), ['decided', 'i']);
  const records = await listAudit(stores.database, { couponId, limit: 2 });
  assert.deepEqual(
    records.map(({ action, actor }) => [action, actor]),
    [
      ['resume', 'bob'],
      ['pause', 'alice'],
    ],
  );
  assert.equal((await readBrakes(stores.redis)).size, 0);
});

test('a pause that is refused leaves no mark, and the coupon goes on', async (t) => {
  const { stores, couponId, order } = await openCoupon(t);
  const { redis, database } = stores;
  await assert.rejects(pauseCoupon(stores, { ...order, ifVersion: 77 }), refusedAs('VERSION_CONFLICT'));
  // Redis is behind, so it is MySQL that refuses.
  await database.execute('UPDATE coupon SET version = version + 1 WHERE id = ?', [couponId]);
  const known = Number(await redis.hget(couponKeys(couponId).meta, 'version'));
  await assert.rejects(pauseCoupon(stores, { ...order, ifVersion: known }), refusedAs('VERSION_CONFLICT'));
  assert.deepEqual(await decide(redis, couponId, [1]), ['decided', 'i']);
  const draft = await newCoupon(database, 5);
  await assert.rejects(pauseCoupon(stores, { ...order, couponId: draft }), refusedAs('STATE_CONFLICT'));
  await assert.rejects(pauseCoupon(stores, { ...order, couponId: 99_999 }), refusedAs('NOT_FOUND_COUPON'));
  await closeCoupon(stores, order, 0);
  await assert.rejects(pauseCoupon(stores, order), refusedAs('STATE_CONFLICT'));
  assert.equal((await readBrakes(redis)).size, 0);
});

test('closing is stronger than a pause that MySQL does not have yet', async (t) => {
  const { stores, couponId, order, away } = await openCoupon(t);
  await pauseCoupon(away, order);
  await closeCoupon(stores, order, 0);
  assert.deepEqual(await decide(stores.redis, couponId, [1]), ['decided', 'c']);
  await assert.rejects(pauseCoupon(away, order), refusedAs('STATE_CONFLICT'));
  const [brake] = [...(await readBrakes(stores.redis)).values()].flat();
  assert.ok(brake);
  const record = await recordBrake(stores, brake, { atMs: brake.atMs, holdDraft: true });
  assert.equal(await settleBrake(stores, brake, record?.coupon ?? null), true);
  const [audit] = await listAudit(stores.database, { couponId, limit: 1 });
  assert.deepEqual([audit?.action, audit?.result, audit?.actor], ['pause', 'REFUSED', 'alice']);
});

test('without Redis MySQL has the pause; a mark that Redis executes late does not outlive a resume', async (t) => {
  const { stores, couponId, order } = await openCoupon(t);
  const brake = newBrake(couponId, 'alice', undefined);
  const first = await recordBrake(stores, brake, { atMs: null });
  assert.equal(first?.coupon?.state, 'PAUSED');
  await resumeCoupon(stores, order);
  await placeBrake(stores.redis, brake);
  assert.deepEqual(await decide(stores.redis, couponId, [1]), ['decided', 'p']);
  // Read before somebody else's move: what it says counts no more, and the mark is kept.
  const outdated = await recordBrake(stores, brake, { atMs: 1 });
  await restockCoupon(stores, order, { add: 1 });
  assert.equal(await settleBrake(stores, brake, outdated?.coupon ?? null), false);
  assert.deepEqual(await decide(stores.redis, couponId, [1]), ['decided', 'p']);
  const again = await recordBrake(stores, brake, { atMs: 1 });
  assert.equal(await settleBrake(stores, brake, again?.coupon ?? null), true);
  assert.deepEqual(await decide(stores.redis, couponId, [1]), ['decided', 'i']);
  const pauses = (await listAudit(stores.database, { couponId, limit: 9 })).filter(({ action }) => action === 'pause');
  assert.equal(pauses.length, 1);
});

test('a pause survives a Redis that lost everything, or came back with less, and a restart of the node', async (t) => {
  const { stores, couponId, order, away } = await openCoupon(t);
  const { redis, server } = stores;
  const folder = testFolder('brakes');
  await new Installation(stores.database).claim(redis, null);
  await pauseCoupon(away, order);
  const watching = keeperOf(away, new BrakeMemory(folder));
  watching.start();
  for (let look = 0; look < 60 && !existsSync(`${folder}/brakes.json`); look++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  watching.stop();
  await server.cli('FLUSHALL');
  const restarted = keeperOf(stores, new BrakeMemory(folder));
  await assert.rejects(keeperOf(away, new BrakeMemory(folder)).putBack(redis), { name: 'OperationalError' });
  await restarted.putBack(redis);
  await rebuildNow(stores, order);
  assert.deepEqual(await decide(redis, couponId, [1]), ['decided', 'p']);
  // An older snapshot: open, and without the mark.
  const { brake, meta } = couponKeys(couponId);
  await server.cli('DEL', brake, 'couponrush:brakes');
  await server.cli('HSET', meta, 'state', 'open');
  await restarted.putBack(redis);
  assert.deepEqual(await decide(redis, couponId, [1]), ['decided', 'p']);
  // Recorded by another node, and resumed since: it is not put back.
  await resumeCoupon(stores, order);
  await restarted.putBack(redis);
  assert.deepEqual(await decide(redis, couponId, [1]), ['decided', 'i']);
  assert.equal(new BrakeMemory(folder).isEmpty, true);
});

test('a draft that was paused while MySQL was down is loaded paused', async (t) => {
  const { stores, order, away } = await openCoupon(t);
  const draft = await newCoupon(stores.database, 5);
  const outcome = await pauseCoupon(away, { ...order, couponId: draft });
  assert.deepEqual([outcome.inEffect, outcome.recorded], [true, false]);
  const [brake] = [...(await readBrakes(stores.redis)).values()].flat();
  assert.ok(brake);
  assert.equal(await recordBrake(stores, brake, { atMs: brake.atMs, holdDraft: true }), null);
  await preloadCoupon(stores, draft);
  assert.deepEqual(await decide(stores.redis, draft, [1]), ['decided', 'p']);
  const record = await recordBrake(stores, brake, { atMs: brake.atMs, holdDraft: true });
  assert.equal(await settleBrake(stores, brake, record?.coupon ?? null), true);
  assert.deepEqual(await statesOf(stores, draft), ['PAUSED', 'paused']);
});

test('everything is paused at once: what is loaded, and what MySQL says is open', async (t) => {
  const { stores, couponId, order, away } = await openCoupon(t);
  const { redis, database } = stores;
  const ids: number[] = [];
  for (let n = 0; n < 5; n++) ids.push(await newCoupon(database, 5));
  const [second, paused, closed, unloaded, draft] = ids;
  for (const id of [second, paused, closed, unloaded]) await preloadCoupon(stores, id as number);
  await pauseCoupon(stores, { ...order, couponId: paused as number });
  await closeCoupon(stores, { ...order, couponId: closed as number }, 0);
  const withoutIt = async () => {
    const { stock, meta } = couponKeys(unloaded as number);
    await redis.del(stock, meta);
    await redis.srem('couponrush:coupons', unloaded as number);
  };
  await withoutIt();
  const told = ({ coupons }: Awaited<ReturnType<typeof pauseAll>>) =>
    coupons
      .map(({ couponId: id, changed, inEffect, recorded }) => [id, changed, inEffect, recorded])
      .sort(([a], [b]) => Number(a) - Number(b));
  assert.deepEqual(told(await pauseAll(away, order)), [
    [couponId, true, true, false],
    [second, true, true, false],
    [paused, false, true, false],
  ]);
  assert.deepEqual(told(await pauseAll(stores, order)), [
    [couponId, true, true, true],
    [second, true, true, true],
    [paused, false, true, true],
    [unloaded, true, true, true],
  ]);
  for (const id of [couponId, second, unloaded])
    assert.equal((await readCoupon(database, id as number))?.state, 'PAUSED');
  assert.equal((await readCoupon(database, draft as number))?.state, 'DRAFT');
});
