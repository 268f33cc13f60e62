import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { readLosses } from '../../../src/rebuild/declared-losses.ts';
import { keepCoupon, type RebuildOutcome, rebuildCoupon } from '../../../src/rebuild/rebuild.ts';
import { duplicateOnce } from '../../../src/redis/connections.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import type { UserKey } from '../../../src/user-id.ts';
import {
  type CouponStores,
  decide,
  holdersOf,
  insertRows,
  newCoupon,
  numbers,
  openStores,
  persistOutbox,
} from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';
import { numberOf, userIdOf, userOf } from '../../support/user-ids.ts';

async function prepare(t: Scope, stock: number): Promise<{ stores: CouponStores; couponId: number }> {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, stock);
  await preloadCoupon(stores, couponId);
  return { stores, couponId };
}

async function rebuild(stores: CouponStores, couponId: number): Promise<RebuildOutcome> {
  const redis = duplicateOnce(stores.redis);
  try {
    return await rebuildCoupon({ ...stores, redis }, couponId);
  } finally {
    redis.disconnect();
  }
}

async function sequencesOf(stores: CouponStores, couponId: number): Promise<[number, UserKey][]> {
  const rows = await stores.database.query<{ sequence: number; userId: UserKey }>(
    'SELECT sequence, user_id AS userId FROM user_coupon WHERE coupon_id = ? ORDER BY sequence',
    [couponId],
  );
  return rows.map(({ sequence, userId }) => [sequence, numberOf(userId)]);
}

/** What Redis has of the coupon, to be put back later as an older snapshot. */
async function snapshot({ redis }: CouponStores, couponId: number): Promise<() => Promise<void>> {
  const { stock, holders, meta, outbox, dead } = couponKeys(couponId);
  const saved: [string, Buffer][] = [];
  for (const key of [stock, holders, meta, outbox, dead]) {
    const dump = await redis.dumpBuffer(key);
    if (dump) saved.push([key, dump]);
  }
  return async () => {
    await redis.flushall();
    for (const [key, dump] of saved) await redis.restore(key, 0, dump);
  };
}

/**
 * Redis is set back to before the latest rebuild: numbers of `unwritten` went to `others` meanwhile.
 * @returns how the next rebuild ends
 */
async function forkHistory(
  { stores, couponId }: { stores: CouponStores; couponId: number },
  { unwritten, others }: { unwritten: number[]; others: number[] },
): Promise<RebuildOutcome> {
  const { redis } = stores;
  await decide(redis, couponId, unwritten);
  const older = await snapshot(stores, couponId);
  await redis.flushall();
  await rebuild(stores, couponId);
  await decide(redis, couponId, others);
  await persistOutbox(stores, couponId);
  await older();
  return rebuild(stores, couponId);
}

test('after a loss of all, the rows are the holders and the sequence goes on behind them', async (t) => {
  const { stores, couponId } = await prepare(t, 100);
  await decide(stores.redis, couponId, numbers(1, 40));
  await persistOutbox(stores, couponId);
  await decide(stores.redis, couponId, numbers(41, 60));
  await stores.redis.flushall();

  const outcome = await rebuild(stores, couponId);
  assert.deepEqual(outcome, { kind: 'rebuilt', holders: 40, sequence: 40, restored: 0, lost: 0 });
  assert.deepEqual(await decide(stores.redis, couponId, numbers(31, 110)), [
    'decided',
    'd'.repeat(10) + 'i'.repeat(60) + 's'.repeat(10),
  ]);
  await persistOutbox(stores, couponId);
  assert.deepEqual((await sequencesOf(stores, couponId)).length, 100);
});

test('users in the outbox and in dead letters stay holders', async (t) => {
  const { stores, couponId } = await prepare(t, 10);
  const { redis } = stores;
  const keys = couponKeys(couponId);
  await decide(redis, couponId, [1, 2, 3]);
  await redis.xadd(keys.dead, '*', 'user', '2', 'sequence', '2', 'issuedAt', '1', 'code', 'X', 'attempts', '3');
  const [entry] = await redis.xrange(keys.outbox, '-', '+');
  await redis.xdel(keys.outbox, (entry as [string, string[]])[0]);
  await redis.xadd(keys.outbox, '*', 's', '1', 't', '1700000000000', 'u', '1');
  await redis.xadd(keys.outbox, '*', 's', '3', 't', '1700000000000', 'u', '3');
  await redis.del(keys.holders);

  const outcome = await rebuild(stores, couponId);
  assert.deepEqual(outcome, { kind: 'rebuilt', holders: 3, sequence: 3, restored: 0, lost: 0 });
  assert.deepEqual(await holdersOf(redis, couponId), [1, 2, 3]);
  assert.equal(await redis.xlen(keys.outbox), 2);
  assert.equal(await redis.xlen(keys.dead), 1);
});

test('a revoked user holds nothing, but keeps the number', async (t) => {
  const { stores, couponId } = await prepare(t, 10);
  const { redis, database } = stores;
  await insertRows(database, couponId, [1, 2, 3]);
  await database.execute("UPDATE user_coupon SET status = 'REVOKED' WHERE user_id = ?", [userOf(2)]);
  await database.execute('UPDATE coupon SET stock = stock + 1');
  const outcome = await rebuild(stores, couponId);
  assert.deepEqual(outcome, { kind: 'rebuilt', holders: 2, sequence: 3, restored: 0, lost: 0 });
  assert.deepEqual(await holdersOf(redis, couponId), [1, 3]);
  assert.deepEqual(await redis.smembers(couponKeys(couponId).revoked), [userIdOf(2)]);
  assert.equal(await redis.hget(couponKeys(couponId).meta, 'unheld'), '0');
});

test('numbers below the last one that are in no store are declared lost, once', async (t) => {
  const { stores, couponId } = await prepare(t, 100);
  await insertRows(stores.database, couponId, numbers(1, 10));
  await insertRows(stores.database, couponId, numbers(21, 30), 21);
  await insertRows(stores.database, couponId, [50], 33);
  await stores.redis.flushall();
  assert.deepEqual(await rebuild(stores, couponId), {
    kind: 'rebuilt',
    holders: 21,
    sequence: 33,
    restored: 0,
    lost: 12,
  });
  assert.deepEqual(await rebuild(stores, couponId), {
    kind: 'rebuilt',
    holders: 21,
    sequence: 33,
    restored: 0,
    lost: 12,
  });
  const losses = (await readLosses(stores.database, couponId)).map(({ first, last }) => [first, last]);
  assert.deepEqual(losses, [
    [11, 20],
    [31, 32],
  ]);
  assert.deepEqual(await decide(stores.redis, couponId, numbers(101, 180)), ['decided', `${'i'.repeat(79)}s`]);
});

test('after somebody trimmed the outbox, its holders get their entries again with the missing numbers', async (t) => {
  const { stores, couponId } = await prepare(t, 100);
  const { redis } = stores;
  await decide(redis, couponId, numbers(1, 10));
  await persistOutbox(stores, couponId);
  await decide(redis, couponId, numbers(11, 15));
  await decide(redis, couponId, numbers(16, 20));
  await redis.xtrim(couponKeys(couponId).outbox, 'MAXLEN', 1);
  assert.deepEqual(await rebuild(stores, couponId), {
    kind: 'rebuilt',
    holders: 20,
    sequence: 20,
    restored: 5,
    lost: 0,
  });
  await persistOutbox(stores, couponId);
  assert.deepEqual(
    await sequencesOf(stores, couponId),
    numbers(1, 20).map((n) => [n, n]),
  );
});

test('a Redis from before the latest rebuild: rows win, and nobody gets more than there is', async (t) => {
  const { stores, couponId } = await prepare(t, 10);
  const { redis } = stores;
  await decide(redis, couponId, numbers(1, 4));
  await persistOutbox(stores, couponId);
  // Numbers 5 to 8 go to others; two of the stock are left.
  const outcome = await forkHistory({ stores, couponId }, { unwritten: numbers(5, 10), others: numbers(105, 108) });
  assert.deepEqual(outcome, { kind: 'rebuilt', holders: 10, sequence: 10, restored: 0, lost: 0 });
  assert.deepEqual(await holdersOf(redis, couponId), [1, 2, 3, 4, 9, 10, 105, 106, 107, 108]);
  await persistOutbox(stores, couponId);
  assert.equal((await sequencesOf(stores, couponId)).length, 10);
  assert.deepEqual(await decide(redis, couponId, [5, 6]), ['decided', 'ss']);
});

test('a Redis from before the latest rebuild, with stock left: who lost the number gets another one', async (t) => {
  const { stores, couponId } = await prepare(t, 100);
  const outcome = await forkHistory({ stores, couponId }, { unwritten: numbers(1, 10), others: numbers(101, 104) });
  assert.deepEqual(outcome, { kind: 'rebuilt', holders: 14, sequence: 14, restored: 4, lost: 0 });
  await persistOutbox(stores, couponId);
  const rows = await sequencesOf(stores, couponId);
  assert.deepEqual(rows.slice(0, 4), [
    [1, 101],
    [2, 102],
    [3, 103],
    [4, 104],
  ]);
  assert.deepEqual(rows.slice(10), [
    [11, 1],
    [12, 2],
    [13, 3],
    [14, 4],
  ]);
});

test('holders that no record explains are kept as far as the stock goes', async (t) => {
  const { stores, couponId } = await prepare(t, 5);
  await decide(stores.redis, couponId, [1, 2, 3]);
  await stores.redis.sadd(couponKeys(couponId).holders, ...[900, 901, 902].map(userIdOf), 'non sense');
  const outcome = await rebuild(stores, couponId);
  assert.deepEqual(outcome, { kind: 'rebuilt', holders: 5, sequence: 5, restored: 2, lost: 0 });
  assert.deepEqual(await holdersOf(stores.redis, couponId), [1, 2, 3, 900, 901]);
});

test('a rebuild that lost its lock changes nothing', async (t) => {
  const { stores, couponId } = await prepare(t, 5);
  await insertRows(stores.database, couponId, [1, 2]);
  const redis = duplicateOnce(stores.redis);
  t.after(async () => redis.disconnect());
  const { rebuildLock, stock } = couponKeys(couponId);
  // The lock goes to another as soon as rows are read.
  const report = () => void stores.redis.set(rebuildLock, 'another', 'PX', 60_000);
  await assert.rejects(rebuildCoupon({ ...stores, redis, report }, couponId), { code: 'REBUILD_INTERRUPTED' });
  assert.equal(await stores.redis.exists(stock), 0);
  assert.deepEqual(await rebuild(stores, couponId), { kind: 'busy' });
  await stores.redis.del(rebuildLock);
  assert.equal((await rebuild(stores, couponId)).kind, 'rebuilt');
});

test('content is kept only where it is proven complete', async (t) => {
  const { stores, couponId } = await prepare(t, 100);
  const { redis, database } = stores;
  const keys = couponKeys(couponId);
  await decide(redis, couponId, numbers(1, 10));
  await persistOutbox(stores, couponId);
  const older = await snapshot(stores, couponId);
  const epochs = () =>
    Promise.all([redis.hget(keys.meta, 'epoch'), database.query<{ epoch: number }>('SELECT epoch FROM coupon')]);
  assert.equal(await keepCoupon(stores, couponId), true);
  const [epoch, [row]] = await epochs();
  assert.equal(epoch, String(row?.epoch));
  // Loaded by an earlier version of couponrush.
  await redis.hdel(keys.meta, 'total');
  assert.equal(await keepCoupon(stores, couponId), true);
  assert.equal(await redis.hget(keys.meta, 'total'), '100');

  const unproven = async (change: () => Promise<unknown>): Promise<void> => {
    await rebuild(stores, couponId);
    await change();
    assert.equal(await keepCoupon(stores, couponId), false);
  };
  await unproven(older);
  await unproven(() => redis.srem(keys.holders, userIdOf(3)));
  await unproven(() => redis.sadd(keys.holders, 333));
  await unproven(() => redis.hdel(keys.meta, 'unheld'));
  await unproven(() => redis.del(keys.stock));
  await unproven(() => redis.hset(keys.meta, 'total', 50));
  await unproven(() => database.execute('UPDATE coupon SET version = version + 1'));
  await unproven(() => insertRows(database, couponId, [12], 12));
  await unproven(() => redis.flushall());
});

test('a stock that is set by hand does not open a coupon that has more holders than stock (I1)', async (t) => {
  const { stores, couponId } = await prepare(t, 10);
  const { redis, database } = stores;
  await decide(redis, couponId, numbers(1, 10));
  await persistOutbox(stores, couponId);
  await database.execute('UPDATE coupon SET total_stock = 5, stock = 0 WHERE id = ?', [couponId]);
  assert.deepEqual(await rebuild(stores, couponId), { kind: 'over', holders: 10 });
  await redis.set(couponKeys(couponId).stock, '20');
  assert.equal((await decide(redis, couponId, [11]))[0], 'not-ready');
});
