// A key of one coupon in Redis has another type, or Redis refuses it by its ACL: the brake works for this coupon as far
// as it can, and for all others as if nothing was wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlacedBrake } from '../../../src/coupons/brake.ts';
import { readBrakes } from '../../../src/coupons/brake.ts';
import { BrakeKeeper } from '../../../src/coupons/brake-keeper.ts';
import { BrakeMemory } from '../../../src/coupons/brake-memory.ts';
import { pauseCoupon, resumeCoupon } from '../../../src/coupons/pause.ts';
import { pauseAll } from '../../../src/coupons/pause-all.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { rebuildNow } from '../../../src/coupons/rebuild-now.ts';
import { Installation } from '../../../src/gate/installation.ts';
import { readOverviews } from '../../../src/overview/either-store.ts';
import { connectForCommands } from '../../../src/redis/connections.ts';
import { BRAKED_COUPONS, couponKeys, LOADED_COUPONS } from '../../../src/redis/keys.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import { withoutMysql } from '../../support/brake.ts';
import { type CouponStores, decide, newCoupon, openStores } from '../../support/coupon-stores.ts';
import { startGate } from '../../support/gate.ts';
import type { Scope } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const ORDER = { actor: 'alice', reason: 'wrong price' };

async function threeCoupons(t: Scope): Promise<{ stores: CouponStores; ids: [number, number, number] }> {
  const stores = await openStores(t);
  const ids: number[] = [];
  for (let n = 0; n < 3; n++) {
    const id = await newCoupon(stores.database, 10);
    await preloadCoupon(stores, id);
    ids.push(id);
  }
  return { stores, ids: ids as [number, number, number] };
}

function keeperOf(stores: CouponStores, memory = new BrakeMemory(null)): BrakeKeeper {
  return new BrakeKeeper({ ...stores, memory, isRedisVerified: () => true });
}

/** 'p': paused; 'i': issued. */
const decisionFor = async ({ redis }: CouponStores, id: number) => (await decide(redis, id, [7]))[1];

test('a mark of another type: it is replaced, named, and all coupons are paused', async (t) => {
  const { stores, ids } = await threeCoupons(t);
  const [first, damaged, last] = ids;
  const { brake } = couponKeys(damaged);
  await stores.redis.set(brake, 'x');
  await stores.redis.sadd(BRAKED_COUPONS, damaged);
  const named: string[] = [];
  assert.deepEqual([...(await readBrakes(stores.redis, (key) => named.push(key))).keys()], [damaged]);
  assert.deepEqual(named, [brake]);
  const away = await withoutMysql(t, stores);
  const { coupons: outcomes } = await pauseAll(away, ORDER);
  assert.deepEqual(
    outcomes.map(({ inEffect, recorded, problem }) => [inEffect, recorded, problem !== undefined]),
    [
      [true, false, false],
      [true, false, true],
      [true, false, false],
    ],
  );
  assert.match(outcomes[1]?.problem ?? '', new RegExp(brake));
  for (const id of ids) assert.equal(await decisionFor(stores, id), 'p');
  const keeper = keeperOf(stores);
  keeper.start();
  t.after(() => keeper.stop());
  await waitFor('nothing is left to record', async () => (await readBrakes(stores.redis)).size === 0);
  for (const id of [first, damaged, last]) {
    assert.equal((await readCoupon(stores.database, id))?.state, 'PAUSED');
    await resumeCoupon(stores, { ...ORDER, couponId: id });
    assert.equal(await decisionFor(stores, id), 'i');
  }
});

for (const [what, keyOf] of [
  ['a meta', (id: number) => couponKeys(id).meta],
  ['a mark', (id: number) => couponKeys(id).brake],
  ['an outbox', (id: number) => couponKeys(id).outbox],
] as const) {
  test(`${what} of another type: others are paused, recorded and shown, and a rebuild finds the pause`, async (t) => {
    const { stores, ids } = await threeCoupons(t);
    const [first, damaged, last] = ids;
    const key = keyOf(damaged);
    const damage = async () => {
      await stores.redis.del(key);
      await stores.redis.set(key, 'x');
    };
    await damage();
    assert.equal((await pauseAll(stores, ORDER)).coupons.length, 3);
    for (const id of ids) assert.equal((await readCoupon(stores.database, id))?.state, 'PAUSED');
    for (const id of [first, last]) await resumeCoupon(stores, { ...ORDER, couponId: id });
    await damage();
    const away = await withoutMysql(t, stores);
    const outcome = await pauseCoupon(away, { ...ORDER, couponId: damaged });
    assert.deepEqual([outcome.inEffect, outcome.recorded], [true, false]);
    for (const id of [first, last]) await pauseCoupon(away, { ...ORDER, couponId: id });
    const { coupons } = await readOverviews(stores, { limit: 10 });
    assert.deepEqual(coupons.map(({ coupon, live }) => [coupon.id, live === null]).reverse(), [
      [first, false],
      [damaged, what !== 'a mark'],
      [last, false],
    ]);
    const seenByRedis = await readOverviews(away, { limit: 10 });
    assert.deepEqual(seenByRedis.coupons.map(({ coupon }) => coupon.id).sort(), ids);
    const keeper = keeperOf(stores);
    keeper.start();
    t.after(() => keeper.stop());
    await waitFor('MySQL has the other pauses', async () => {
      const [one, other] = [await readCoupon(stores.database, first), await readCoupon(stores.database, last)];
      return one?.state === 'PAUSED' && other?.state === 'PAUSED';
    });
    await stores.redis.del(couponKeys(damaged).outbox, couponKeys(damaged).meta);
    await rebuildNow(stores, { ...ORDER, couponId: damaged });
    assert.equal(await decisionFor(stores, damaged), 'p');
  });
}

test('the list of marks, or of coupons, of another type: all coupons are paused, and recorded again', async (t) => {
  const { stores, ids } = await threeCoupons(t);
  const away = await withoutMysql(t, stores);
  const memory = new BrakeMemory(null);
  await pauseCoupon(away, { ...ORDER, couponId: ids[0] });
  memory.keep([...(await readBrakes(stores.redis)).values()].flat(), await new Installation(stores.database).id());
  await stores.redis.del(BRAKED_COUPONS);
  await stores.redis.set(BRAKED_COUPONS, 'x');
  await pauseCoupon(away, { ...ORDER, couponId: ids[1] });
  await keeperOf(away, memory)
    .putBack(stores.redis)
    .catch(() => {});
  await keeperOf(stores, memory).putBack(stores.redis);
  assert.deepEqual([...(await readBrakes(stores.redis)).keys()].sort(), ids.slice(0, 2));
  await stores.redis.rename(LOADED_COUPONS, `coupon:${ids[0]}:staging`);
  await stores.redis.set(LOADED_COUPONS, 'x');
  const { coupons: outcomes } = await pauseAll(stores, ORDER);
  assert.deepEqual(outcomes.map(({ couponId }) => couponId).sort(), ids);
  for (const id of ids) assert.equal(await decisionFor(stores, id), 'p');
  await assert.rejects(pauseAll(away, ORDER), { code: 'NO_STORE' });
});

test('a coupon whose mark Redis refuses to put back stays closed, and the others are recovered', async (t) => {
  const { stores, ids } = await threeCoupons(t);
  const [first, damaged, last] = ids;
  const { stock, meta } = couponKeys(damaged);
  const keys = ['couponrush:*', `coupon:${first}:*`, `coupon:${last}:*`, 'issue:coupon:*', stock, meta];
  await stores.redis.acl('SETUSER', 'partly', 'on', '>secret', '&*', '+@all', ...keys.map((key) => `~${key}`));
  const url = stores.server.url.replace('redis://', 'redis://partly:secret@');
  const partly = connectForCommands(url, 'partly', 5000);
  t.after(async () => partly.disconnect());
  const memory = new BrakeMemory(null);
  const brakeOf = (couponId: number): PlacedBrake => ({ id: `id-${couponId}`, couponId, ...ORDER, atMs: 1 });
  memory.keep([brakeOf(damaged), brakeOf(last)], await new Installation(stores.database).id());
  const keeper = keeperOf({ ...stores, redis: partly }, memory);
  const { coupons: outcomes } = await pauseAll({ ...stores, redis: partly }, ORDER);
  assert.deepEqual(
    outcomes.map(({ couponId, inEffect, recorded }) => [couponId, inEffect, recorded]),
    [
      [first, true, true],
      [damaged, false, true],
      [last, true, true],
    ],
  );
  assert.match(outcomes[1]?.problem ?? '', /^NOPERM/);
  for (const id of ids) await resumeCoupon(stores, { ...ORDER, couponId: id });
  assert.deepEqual([...(await keeper.putBack(partly))], [damaged]);
  const gate = startGate(t, stores, { putBack: async () => keeper.putBack(partly) });
  await waitFor('the gate is open', () => gate.status().state === 'open');
  assert.equal(await stores.redis.exists(stock), 0);
  assert.equal(await decisionFor(stores, first), 'i');
  assert.equal(await decisionFor(stores, last), 'p');
});
