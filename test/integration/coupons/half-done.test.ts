// A process that dies between MySQL and Redis: each move is brought to its end by the reconciler of any persister.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Effects, recordMove } from '../../../src/coupons/move.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { Reconciler } from '../../../src/coupons/reconciler.ts';
import { restockCoupon, stockChanges } from '../../../src/coupons/restock.ts';
import { revokeIssuance } from '../../../src/coupons/revoke.ts';
import type { Move } from '../../../src/coupons/states.ts';
import { syncCoupon } from '../../../src/coupons/sync.ts';
import { advanceEpoch } from '../../../src/rebuild/epoch.ts';
import { RebuildLock } from '../../../src/rebuild/lock.ts';
import { rebuildCoupon } from '../../../src/rebuild/rebuild.ts';
import { connectOnce } from '../../../src/redis/connections.ts';
import { couponKeys, LOADED_COUPONS } from '../../../src/redis/keys.ts';
import { runScript } from '../../../src/redis/scripts.ts';
import { listAudit } from '../../../src/store/tables/audit.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import { verifyCoupon } from '../../../src/verify/verify.ts';
import {
  type CouponStores,
  decide,
  holdersOf,
  moveWindow,
  newCoupon,
  numbers,
  openStores,
  persistOutbox,
} from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const MINUTE_MS = 60_000;

function startReconciler(t: Scope, stores: CouponStores): void {
  const reconciler = new Reconciler({
    ...stores,
    preloadAheadMs: 10 * MINUTE_MS,
    isRedisVerified: () => true,
    onUnloaded: () => {},
    everyMs: 20,
  });
  t.after(() => reconciler.stop());
  reconciler.start();
}

async function openCoupon(t: Scope, totalStock: number): Promise<{ stores: CouponStores; couponId: number }> {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, totalStock);
  await preloadCoupon(stores, couponId);
  return { stores, couponId };
}

/** Only the first half of a move: MySQL has it, and the process is gone. */
function dieAfterMysql(stores: CouponStores, move: Move, couponId: number, effects?: Effects): Promise<unknown> {
  return recordMove(stores, move, { couponId, actor: 'the dead' }, effects);
}

async function isOnRecord(stores: CouponStores, couponId: number): Promise<boolean> {
  const records = await listAudit(stores.database, { couponId, limit: 100 });
  return records.every(({ result }) => result === 'APPLIED');
}

test('drafts that are over, however many, do not keep others from being preloaded', async (t) => {
  const stores = await openStores(t);
  const past = { opensAt: new Date(Date.now() - 90 * MINUTE_MS), closesAt: new Date(Date.now() - 60 * MINUTE_MS) };
  for (let draft = 0; draft < 110; draft++)
    await moveWindow(stores.database, await newCoupon(stores.database, 5), past);
  const due = await newCoupon(stores.database, 5, { opensAt: new Date(Date.now() + MINUTE_MS) });
  const early = await newCoupon(stores.database, 5, { opensAt: new Date(Date.now() + 15 * MINUTE_MS) });
  startReconciler(t, stores);
  const loaded = () => stores.redis.smembers(LOADED_COUPONS);
  await waitFor('one is preloaded', async () => (await loaded()).length > 0);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual(await loaded(), [String(due)], `${early} has time`);
});

test('a coupon that can not be brought to Redis does not keep the others from it', async (t) => {
  const { stores, couponId } = await openCoupon(t, 2);
  const other = await newCoupon(stores.database, 2);
  await preloadCoupon(stores, other);
  await dieAfterMysql(stores, 'pause', couponId);
  await dieAfterMysql(stores, 'pause', other);
  await stores.redis.del(couponKeys(couponId).revoked);
  await stores.redis.set(couponKeys(couponId).revoked, 'made something else by hand');
  await stores.redis.hset(couponKeys(couponId).meta, 'version', 'x');
  startReconciler(t, stores);
  await waitFor(
    'the other is paused',
    async () => (await stores.redis.hget(couponKeys(other).meta, 'state')) === 'paused',
  );
});

test('a pause, a restock and a close that reached MySQL alone are brought to Redis', async (t) => {
  const { stores, couponId } = await openCoupon(t, 2);
  const { stock, meta } = couponKeys(couponId);
  const state = () => stores.redis.hget(meta, 'state');
  startReconciler(t, stores);
  await dieAfterMysql(stores, 'pause', couponId);
  await waitFor('it is paused', async () => (await state()) === 'paused');
  await dieAfterMysql(stores, 'resume', couponId);
  await dieAfterMysql(stores, 'restock', couponId, (_, coupon) => ({ changes: stockChanges(coupon, 5) }));
  await waitFor('it has the new stock', async () => (await stores.redis.get(stock)) === '5');
  assert.equal(await state(), 'open');
  await dieAfterMysql(stores, 'close', couponId);
  await waitFor('it is closed', async () => (await state()) === 'closed');
  await waitFor('each move is on record as applied', () => isOnRecord(stores, couponId));
});

test('a revocation that reached MySQL alone is brought to Redis, also when a later move was there first', async (t) => {
  const { stores, couponId } = await openCoupon(t, 2);
  const { redis, database } = stores;
  await decide(redis, couponId, [1, 2]);
  await persistOutbox(stores, couponId);
  await dieAfterMysql(stores, 'revoke', couponId, async (tx, coupon) => {
    await tx.execute("UPDATE user_coupon SET status = 'REVOKED' WHERE coupon_id = ? AND user_id = 1", [couponId]);
    return { userId: 1, changes: { stock: coupon.stock + 1 } };
  });
  // Redis is not told: its unit is still taken, so nobody gets it twice (I1).
  assert.deepEqual(await decide(redis, couponId, [3]), ['decided', 's']);
  await restockCoupon(stores, { couponId, actor: 'the next operator' }, { add: 1 });
  assert.deepEqual(await holdersOf(redis, couponId), [2]);
  assert.deepEqual(await decide(redis, couponId, [1, 3, 4, 5]), ['decided', 'viis']);
  await persistOutbox(stores, couponId);
  assert.ok(await isOnRecord(stores, couponId));
  assert.equal((await verifyCoupon({ redis, database }, couponId, { mode: 'final' })).ok, true);
});

test('a stock that was lowered in Redis by somebody who died before MySQL is raised again', async (t) => {
  const { stores, couponId } = await openCoupon(t, 10);
  const { stock, holders, meta, rebuildLock } = couponKeys(couponId);
  const [status] = (await runScript(stores.redis, 'lower-stock', [stock, holders, meta, rebuildLock], [1, 4])) as [
    string,
  ];
  assert.equal(status, 'lowered');
  startReconciler(t, stores);
  await waitFor('the stock is that of MySQL', async () => (await stores.redis.get(stock)) === '10');
});

test('a coupon that an earlier version of couponrush loaded gets its total, and no move', async (t) => {
  const { stores, couponId } = await openCoupon(t, 10);
  const { redis, database } = stores;
  const { stock, meta } = couponKeys(couponId);
  const version = await redis.hget(meta, 'version');
  await redis.hdel(meta, 'total');
  assert.deepEqual(await decide(redis, couponId, [1]), ['decided', 'i'], 'it goes on meanwhile');
  startReconciler(t, stores);
  await waitFor('it has its total', async () => (await redis.hget(meta, 'total')) === '10');
  assert.equal((await readCoupon(database, couponId))?.version, Number(version));
  // A restock by such a version, which brings everything to Redis but the total.
  await dieAfterMysql(stores, 'restock', couponId, (_, coupon) => ({ changes: stockChanges(coupon, 12) }));
  await redis.multi().set(stock, 12).hincrby(meta, 'version', 1).exec();
  await waitFor('it has the new total', async () => (await redis.hget(meta, 'total')) === '12');
  assert.deepEqual(await decide(redis, couponId, numbers(2, 13)), ['decided', `${'i'.repeat(11)}s`]);
});

test('an archived coupon whose keys are left in Redis decides nothing, and is removed', async (t) => {
  const { stores, couponId } = await openCoupon(t, 2);
  await dieAfterMysql(stores, 'close', couponId);
  await dieAfterMysql(stores, 'archive', couponId);
  startReconciler(t, stores);
  const keys = couponKeys(couponId);
  await waitFor('its keys are gone', async () => (await stores.redis.exists(keys.stock, keys.meta, keys.outbox)) === 0);
  assert.equal(await stores.redis.sismember(LOADED_COUPONS, couponId), 0);
  await waitFor('it is on record', () => isOnRecord(stores, couponId));
});

test('an archived coupon that an older Redis brought back is closed, and kept until its outbox is empty', async (t) => {
  const { stores, couponId } = await openCoupon(t, 1000);
  const { redis, database } = stores;
  await decide(redis, couponId, [1]);
  await database.execute("UPDATE coupon SET state = 'ARCHIVED' WHERE id = ?", [couponId]);
  startReconciler(t, stores);
  let user = 1;
  await waitFor('nothing is issued', async () => (await decide(redis, couponId, [++user]))[1] === 'c');
  assert.ok((await holdersOf(redis, couponId)).includes(1));
  await persistOutbox(stores, couponId);
  await waitFor('its keys are gone', async () => (await redis.exists(couponKeys(couponId).stock)) === 0);
});

test('a rebuild that read the coupon before a move does not open it without the move', async (t) => {
  const { stores, couponId } = await openCoupon(t, 3);
  const { redis, database, server, log } = stores;
  const once = connectOnce(server.url, 'test');
  t.after(async () => once.disconnect());
  const lock = await RebuildLock.take(once, couponKeys(couponId));
  assert.ok(lock);
  const advanced = await advanceEpoch(database, couponId);
  assert.equal(advanced.kind, 'advanced');
  await lock.begin();
  await dieAfterMysql(stores, 'pause', couponId);
  assert.equal(await syncCoupon(stores, couponId), 'behind');
  await assert.rejects(lock.load(advanced.coupon, 0), { code: 'REBUILD_INTERRUPTED' });
  assert.deepEqual(await decide(redis, couponId, [1]), ['not-ready', '']);
  await lock.release();
  assert.equal((await rebuildCoupon({ redis: once, database, log }, couponId)).kind, 'rebuilt');
  assert.deepEqual(await decide(redis, couponId, [1]), ['decided', 'p']);
});

test('drafts are preloaded before they open, once, by any number of persisters', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const now = Date.now();
  const soon = await newCoupon(database, 1, { opensAt: new Date(now + 9 * MINUTE_MS) });
  const later = await newCoupon(database, 1, { opensAt: new Date(now + 11 * MINUTE_MS) });
  const byHand = await newCoupon(database, 1);
  const over = await newCoupon(database, 1);
  await moveWindow(database, over, { opensAt: new Date(now - MINUTE_MS), closesAt: new Date(now - 1000) });
  const late = await newCoupon(database, 1, { opensAt: new Date(now - 1000), openNow: true });
  for (let persister = 0; persister < 3; persister++) startReconciler(t, stores);
  const epoch = (id: number) => redis.hget(couponKeys(id).meta, 'epoch');
  await waitFor('what opens soon is loaded', async () => (await epoch(soon)) !== null && (await epoch(late)) !== null);
  assert.deepEqual([await epoch(soon), await epoch(late)], ['1', '1']);
  assert.deepEqual(await redis.exists(...[later, byHand, over].map((id) => couponKeys(id).stock)), 0);
  const [record] = await listAudit(database, { couponId: soon, limit: 1 });
  assert.deepEqual([record?.action, record?.actor], ['preload', 'auto-preload']);
  assert.deepEqual(await decide(redis, soon, [1]), ['decided', 'n']);
  assert.deepEqual(await decide(redis, late, [1]), ['decided', 'i']);
});

test('a revocation repeated by an operator whose answer was lost changes nothing', async (t) => {
  const { stores, couponId } = await openCoupon(t, 2);
  await decide(stores.redis, couponId, [1]);
  await persistOutbox(stores, couponId);
  const order = { couponId, actor: 'test' };
  const outcomes = await Promise.all([1, 2, 3].map(() => revokeIssuance(stores, order, 1)));
  assert.equal(outcomes.filter(({ changed }) => changed).length, 1);
  const [row] = await stores.database.query<{ stock: number }>('SELECT stock FROM coupon WHERE id = ?', [couponId]);
  assert.equal(row?.stock, 2);
});
