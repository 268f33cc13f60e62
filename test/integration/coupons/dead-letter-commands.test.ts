// What operators do with dead letters, where something stands in the way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redriveLetters, resolveLetters } from '../../../src/coupons/dead-letter-commands.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { listAudit } from '../../../src/store/tables/audit.ts';
import { newCoupon, openStores } from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';

/** A loaded coupon with so many dead letters. */
async function setUp(t: Scope, letters: number) {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 100);
  await preloadCoupon(stores, couponId);
  const keys = couponKeys(couponId);
  const ids: string[] = [];
  for (let user = 1; user <= letters; user++) {
    const letter = { at: 1, user, sequence: user, issuedAt: 1, code: 'X', reason: 'r', attempts: 3 };
    ids.push((await stores.redis.xadd(keys.dead, '*', ...Object.entries(letter).flat())) as string);
  }
  return { stores, keys, ids, order: { couponId, actor: 'test' } };
}

test('dead letters stay where they are while MySQL can not record what is done with them', async (t) => {
  const { stores, keys, ids, order } = await setUp(t, 1);
  const { redis, database } = stores;
  await database.execute('RENAME TABLE coupon_audit TO coupon_audit_away');
  await assert.rejects(redriveLetters(stores, order, 'all'));
  await assert.rejects(resolveLetters(stores, order, ids, 'given up'));
  assert.equal(await redis.xlen(keys.dead), 1);
  await database.execute('RENAME TABLE coupon_audit_away TO coupon_audit');
  assert.equal(await redriveLetters(stores, order, 'all'), 1);
  const [record] = await listAudit(database, { couponId: order.couponId, limit: 1 });
  assert.deepEqual([record?.action, record?.result, record?.detail], ['redrive', 'APPLIED', 'asked for all of them']);
});

test('dead letters are not sent back while the coupon is rebuilt, which reads them before the outbox', async (t) => {
  const { stores, keys, order } = await setUp(t, 1);
  const { redis, database } = stores;
  await redis.set(keys.rebuildLock, 'somebody', 'PX', 5000);
  await assert.rejects(redriveLetters(stores, order, 'all'), { name: 'MoveRefused', code: 'NOT_READY' });
  assert.equal(await redis.xlen(keys.dead), 1);
  const records = await listAudit(database, { couponId: order.couponId, limit: 2 });
  assert.deepEqual(
    records.map(({ action, result }) => `${action} ${result}`),
    ['redrive REFUSED', 'redrive REFUSED'],
  );
  assert.match(records[0]?.detail ?? '', /^NOT_READY: /);
});

test('two operators who give the same letters up at once leave one record of each', async (t) => {
  const { stores, ids, order } = await setUp(t, 40);
  const resolved = await Promise.all([1, 2].map(() => resolveLetters(stores, order, ids, 'given up')));
  assert.equal((resolved[0] as number) + (resolved[1] as number), 40);
  assert.equal((await stores.database.query('SELECT 1 FROM dead_letter_resolution')).length, 40);
});
