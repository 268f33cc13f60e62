import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archiveCoupon } from '../../../src/coupons/archive.ts';
import { closeCoupon } from '../../../src/coupons/close.ts';
import { editCoupon } from '../../../src/coupons/edit.ts';
import { MoveRefused } from '../../../src/coupons/move.ts';
import { pauseCoupon, resumeCoupon } from '../../../src/coupons/pause.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { restockCoupon } from '../../../src/coupons/restock.ts';
import { revokeIssuance } from '../../../src/coupons/revoke.ts';
import { CHANGES_CHANNEL, couponKeys, LOADED_COUPONS } from '../../../src/redis/keys.ts';
import { listAudit } from '../../../src/store/tables/audit.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import { verifyCoupon } from '../../../src/verify/verify.ts';
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

const ACTOR = 'test';

async function openCoupon(t: Scope, totalStock: number): Promise<{ stores: CouponStores; couponId: number }> {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, totalStock);
  assert.equal(await preloadCoupon(stores, couponId), 'preloaded');
  return { stores, couponId };
}

function refused(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof MoveRefused, String(error));
    assert.equal(error.code, code);
    return true;
  };
}

test('a coupon goes through its whole life, and each move is on record', async (t) => {
  const { stores, couponId } = await openCoupon(t, 3);
  const { redis, database } = stores;
  const order = { couponId, actor: ACTOR };
  assert.deepEqual(await decide(redis, couponId, [1, 2]), ['decided', 'ii']);

  const paused = await pauseCoupon(stores, order);
  assert.deepEqual([paused.changed, paused.inEffect, paused.coupon?.state], [true, true, 'PAUSED']);
  assert.deepEqual(await decide(redis, couponId, [1, 3]), ['decided', 'dp']);
  assert.equal((await pauseCoupon(stores, order)).changed, false);
  await resumeCoupon(stores, order);
  assert.deepEqual(await decide(redis, couponId, [3, 4]), ['decided', 'is']);

  const restocked = await restockCoupon(stores, order, { add: 2 });
  assert.equal(restocked.coupon.totalStock, 5);
  assert.deepEqual(await decide(redis, couponId, [4, 5, 6]), ['decided', 'iis']);

  await persistOutbox(stores, couponId);
  const closed = await closeCoupon(stores, order, 1000);
  assert.deepEqual([closed.drained, closed.backlog], [true, 0]);
  assert.deepEqual(await decide(redis, couponId, [4, 7]), ['decided', 'dc']);
  await assert.rejects(resumeCoupon(stores, order), refused('STATE_CONFLICT'));

  const archived = await archiveCoupon(stores, order);
  assert.deepEqual([archived.coupon.state, archived.verification?.ok], ['ARCHIVED', true]);
  assert.deepEqual(await redis.keys(`*coupon:${couponId}:[^m]*`), []);
  assert.equal(await redis.sismember(LOADED_COUPONS, couponId), 0);
  assert.equal((await verifyCoupon(stores, couponId, { mode: 'final' })).ok, true);

  const audit = await listAudit(database, { couponId, limit: 100 });
  assert.deepEqual(
    audit.reverse().map(({ action, result, versionAfter }) => [action, result, versionAfter]),
    [
      ['create', 'APPLIED', 0],
      ['preload', 'APPLIED', 1],
      ['pause', 'APPLIED', 2],
      ['pause', 'APPLIED', null],
      ['resume', 'APPLIED', 3],
      ['restock', 'APPLIED', 4],
      ['close', 'APPLIED', 5],
      ['resume', 'REFUSED', null],
      ['archive', 'APPLIED', 6],
    ],
  );
  assert.deepEqual(audit[5]?.before, { state: 'OPEN', totalStock: 3, stock: 3 });
  assert.deepEqual(audit[5]?.after, { state: 'OPEN', totalStock: 5, stock: 5 });
});

test('the stock is never lowered below what is issued, not even by what is still in the outbox', async (t) => {
  const { stores, couponId } = await openCoupon(t, 10);
  const order = { couponId, actor: ACTOR };
  await decide(stores.redis, couponId, numbers(1, 6));
  const before = await readCoupon(stores.database, couponId);
  await assert.rejects(restockCoupon(stores, order, { total: 5 }), refused('BELOW_ISSUED'));
  assert.equal(await stores.redis.get(couponKeys(couponId).stock), '10');
  // Nothing was restored either: the version that an operator has seen is still the current one.
  assert.deepEqual(await readCoupon(stores.database, couponId), before);
  const { coupon } = await restockCoupon(stores, order, { total: 6 });
  assert.deepEqual([coupon.totalStock, coupon.stock], [6, 6]);
  assert.deepEqual(await decide(stores.redis, couponId, [7]), ['decided', 's']);
  await persistOutbox(stores, couponId);
  assert.equal((await verifyCoupon(stores, couponId, { mode: 'final' })).ok, true);
});

test('the stock is never lowered below the rows either, of which a Redis that failed over knows fewer', async (t) => {
  const { stores, couponId } = await openCoupon(t, 10);
  await insertRows(stores.database, couponId, numbers(1, 6));
  await assert.rejects(restockCoupon(stores, { couponId, actor: ACTOR }, { total: 5 }), refused('BELOW_ISSUED'));
  assert.equal(await stores.redis.get(couponKeys(couponId).stock), '10');
});

test(
  'more than a coupon can have is refused: as a conflict ' + 'where it is added, as a wrong field where it is given',
  async (t) => {
    const { stores, couponId } = await openCoupon(t, 5);
    const order = { couponId, actor: ACTOR };
    await assert.rejects(restockCoupon(stores, order, { add: 1_000_000_000 }), refused('STATE_CONFLICT'));
    await assert.rejects(restockCoupon(stores, order, { total: 1_000_000_001 }), refused('VALIDATION_FAILED'));
    assert.equal((await readCoupon(stores.database, couponId))?.totalStock, 5);
  },
);

test('a restock to what MySQL has takes back a stock that was lowered by hand', async (t) => {
  const { stores, couponId } = await openCoupon(t, 5);
  const { stock } = couponKeys(couponId);
  await stores.redis.set(stock, 2);
  const { inEffect } = await restockCoupon(stores, { couponId, actor: ACTOR }, { total: 5 });
  assert.deepEqual([inEffect, await stores.redis.get(stock)], [true, '5']);
});

test('a lowered stock that MySQL did not take is raised again', async (t) => {
  const { stores, couponId } = await openCoupon(t, 10);
  // The record can't be written: the audit table is away.
  await stores.database.execute('RENAME TABLE coupon_audit TO hidden');
  await assert.rejects(restockCoupon(stores, { couponId, actor: ACTOR }, { total: 4 }));
  await stores.database.execute('RENAME TABLE hidden TO coupon_audit');
  assert.equal((await readCoupon(stores.database, couponId))?.totalStock, 10);
});

test('a revoked unit goes to somebody else, and its user gets no second one', async (t) => {
  const { stores, couponId } = await openCoupon(t, 2);
  const { redis, database } = stores;
  const order = { couponId, actor: ACTOR, reason: 'fraud' };
  await decide(redis, couponId, [1, 2]);
  await assert.rejects(revokeIssuance(stores, order, 1), refused('NOT_DRAINED'));
  await persistOutbox(stores, couponId);
  await assert.rejects(revokeIssuance(stores, order, 3), refused('NOT_ISSUED_COUPON'));

  const { coupon } = await revokeIssuance(stores, order, 1);
  assert.equal(coupon.stock, 1);
  assert.equal((await revokeIssuance(stores, order, 1)).changed, false);
  assert.deepEqual(await holdersOf(redis, couponId), [2]);
  assert.deepEqual(await decide(redis, couponId, [1, 3, 1, 4]), ['decided', 'vivs']);
  await persistOutbox(stores, couponId);
  const verification = await verifyCoupon(stores, couponId, { mode: 'final' });
  assert.deepEqual(
    verification.gaps.filter(({ count }) => count > 0),
    [],
  );
  assert.deepEqual([verification.mysql?.rows, verification.mysql?.revoked], [3, 1]);
  const [record] = await listAudit(database, { couponId, limit: 1 });
  assert.deepEqual([record?.action, record?.result, record?.detail], ['revoke', 'APPLIED', 'fraud']);
});

test('a move of somebody who saw an older version is refused', async (t) => {
  const { stores, couponId } = await openCoupon(t, 2);
  const order = { couponId, actor: ACTOR };
  await restockCoupon(stores, { ...order, ifVersion: 1 }, { add: 1 });
  await assert.rejects(restockCoupon(stores, { ...order, ifVersion: 1 }, { add: 1 }), refused('VERSION_CONFLICT'));
  assert.equal((await readCoupon(stores.database, couponId))?.totalStock, 3);
});

test('a coupon can be edited before it opens, and not after', async (t) => {
  const stores = await openStores(t);
  const soon = new Date(Date.now() + 60_000);
  const couponId = await newCoupon(stores.database, 10, { opensAt: soon });
  const order = { couponId, actor: ACTOR };
  const renaming = { name: 'renamed', totalStock: 20, opensAt: soon, closesAt: null };
  const renamed = await editCoupon(stores, order, renaming);
  assert.equal(renamed.changed, true);
  const records = (await listAudit(stores.database, { limit: 50 })).length;
  for (const same of [renaming, { name: 'renamed' }, { totalStock: 20 }, { opensAt: soon, openNow: false }]) {
    const again = await editCoupon(stores, order, same);
    assert.deepEqual([again.changed, again.coupon.version], [false, renamed.coupon.version]);
  }
  assert.equal((await listAudit(stores.database, { limit: 50 })).length, records, 'no record of what changed nothing');
  await preloadCoupon(stores, couponId);
  await assert.rejects(editCoupon(stores, order, { opensAt: null }), refused('STATE_CONFLICT'));
  await assert.rejects(editCoupon(stores, order, { discountAmount: 0 }), refused('VALIDATION_FAILED'));
  const opensAt = new Date(Date.now() + 7000);
  const { coupon } = await editCoupon(stores, order, { totalStock: 5, opensAt });
  assert.deepEqual([coupon.name, coupon.totalStock, coupon.stock], ['renamed', 5, 5]);
  const { stock, meta } = couponKeys(couponId);
  assert.equal(await stores.redis.get(stock), '5');
  assert.equal(await stores.redis.hget(meta, 'opensAt'), String(opensAt.getTime()));
  await editCoupon(stores, order, { opensAt: new Date(Date.now() + 4000) });
  await assert.rejects(editCoupon(stores, order, { name: 'late' }), refused('STATE_CONFLICT'));
});

test('an edit or a restock to what the coupon has already changes nothing, and can be repeated', async (t) => {
  const stores = await openStores(t);
  const { database } = stores;
  const opensAt = new Date(Date.now() + 60_000);
  const couponId = await newCoupon(database, 10, { opensAt });
  const order = { couponId, actor: ACTOR };
  const edits = [{ totalStock: 10 }, { name: 'test', discountAmount: 100 }, { opensAt, closesAt: null }];
  const asItIs = async () => [
    await readCoupon(database, couponId),
    await listAudit(database, { couponId, limit: 100 }),
  ];
  for (const state of ['DRAFT', 'OPEN']) {
    if (state === 'OPEN') await preloadCoupon(stores, couponId);
    const before = await asItIs();
    for (const dryRun of [false, true]) {
      for (const edit of edits) {
        const { changed } = await editCoupon(stores, { ...order, dryRun }, edit);
        assert.equal(changed, false, `${state}: ${Object.keys(edit)}`);
      }
      if (state === 'DRAFT') continue;
      assert.equal((await restockCoupon(stores, { ...order, dryRun }, { total: 10 })).changed, false);
    }
    assert.deepEqual(await asItIs(), before);
  }
  // What differs is all that the record shows.
  const { coupon } = await editCoupon(stores, order, { name: 'test', totalStock: 10, discountAmount: 200 });
  const [record] = await listAudit(database, { couponId, limit: 1 });
  assert.deepEqual([coupon.version, record?.after], [2, { state: 'OPEN', discountAmount: 200 }]);
});

test('a coupon whose outbox is not empty is closed, and not archived', async (t) => {
  const { stores, couponId } = await openCoupon(t, 2);
  const order = { couponId, actor: ACTOR };
  await decide(stores.redis, couponId, [1]);
  const closed = await closeCoupon(stores, order, 100);
  assert.deepEqual([closed.drained, closed.backlog], [false, 1]);
  await assert.rejects(archiveCoupon(stores, order), refused('NOT_DRAINED'));
  await persistOutbox(stores, couponId);
  assert.equal((await closeCoupon(stores, order, 1000)).drained, true);
  await stores.redis.srem(couponKeys(couponId).holders, 1);
  await assert.rejects(archiveCoupon(stores, order), refused('NOT_PROVEN'));
  assert.equal((await readCoupon(stores.database, couponId))?.state, 'CLOSED');
});

test('HTTP workers are told of each change', async (t) => {
  const { stores, couponId } = await openCoupon(t, 2);
  const subscriber = stores.redis.duplicate();
  t.after(async () => subscriber.disconnect());
  const changes: string[] = [];
  subscriber.on('message', (_, id) => changes.push(id));
  await subscriber.subscribe(CHANGES_CHANNEL);
  const order = { couponId, actor: ACTOR };
  await pauseCoupon(stores, order);
  await resumeCoupon(stores, order);
  await restockCoupon(stores, order, { add: 1 });
  await closeCoupon(stores, order, 0);
  await subscriber.ping();
  // A pause and its end are said by the brake as well.
  assert.deepEqual(changes, Array(6).fill(String(couponId)));
});
