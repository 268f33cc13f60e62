// Operators who move one coupon at the same time, while users ask for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archiveCoupon } from '../../../src/coupons/archive.ts';
import { closeCoupon } from '../../../src/coupons/close.ts';
import { MoveRefused } from '../../../src/coupons/move.ts';
import { pauseCoupon, resumeCoupon } from '../../../src/coupons/pause.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { restockCoupon } from '../../../src/coupons/restock.ts';
import { revokeIssuance } from '../../../src/coupons/revoke.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import { verifyCoupon } from '../../../src/verify/verify.ts';
import {
  type CouponStores,
  decide,
  newCoupon,
  numbers,
  openStores,
  persistOutbox,
} from '../../support/coupon-stores.ts';
import { waitFor } from '../../support/wait.ts';

const OPERATORS = 3;
const ROUNDS = 12;

/** What Redis and MySQL say of the coupon, which must be the same. */
async function assertSame({ redis, database }: CouponStores, couponId: number): Promise<void> {
  const coupon = await readCoupon(database, couponId);
  const { stock, meta } = couponKeys(couponId);
  const [state, version] = await redis.hmget(meta, 'state', 'version');
  assert.deepEqual(
    { state, version, stock: await redis.get(stock) },
    { state: coupon?.state.toLowerCase(), version: String(coupon?.version), stock: String(coupon?.totalStock) },
  );
}

test('moves at once are put in order: none is lost, and Redis ends where MySQL does', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await newCoupon(database, 50);
  await preloadCoupon(stores, couponId);
  let asking = true;
  let user = 1000;
  const users = (async () => {
    while (asking) {
      await decide(redis, couponId, numbers(user, user + 9));
      user += 10;
      await persistOutbox(stores, couponId);
    }
  })();
  let added = 0;
  const operate = async (operator: number): Promise<void> => {
    const order = { couponId, actor: `operator ${operator}` };
    for (let round = 0; round < ROUNDS; round++) {
      const moves = [
        async () => {
          await restockCoupon(stores, order, { add: 3 });
          added += 3;
        },
        async () => {
          await restockCoupon(stores, order, { add: 1 });
          added += 1;
        },
        () => pauseCoupon(stores, order),
        () => resumeCoupon(stores, order),
      ];
      await moves[(round + operator) % moves.length]?.();
    }
  };
  await Promise.all(Array.from({ length: OPERATORS }, (_, operator) => operate(operator)));
  asking = false;
  await users;
  await persistOutbox(stores, couponId);
  await assertSame(stores, couponId);
  assert.equal((await readCoupon(database, couponId))?.totalStock, 50 + added);
  assert.equal((await verifyCoupon(stores, couponId, { mode: 'final' })).ok, true);
});

test('a close wins over everything that comes after it', async (t) => {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 50);
  await preloadCoupon(stores, couponId);
  const order = { couponId, actor: 'test' };
  const outcomes = await Promise.allSettled([
    closeCoupon(stores, order, 0),
    pauseCoupon(stores, order),
    resumeCoupon(stores, order),
    restockCoupon(stores, order, { add: 5 }),
    closeCoupon(stores, order, 0),
  ]);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof MoveRefused, String(outcome.reason));
  }
  await assertSame(stores, couponId);
  assert.equal(await stores.redis.hget(couponKeys(couponId).meta, 'state'), 'closed');
  assert.deepEqual(await decide(stores.redis, couponId, [1]), ['decided', 'c']);
});

test('a coupon that is closed while somebody archives it is not archived without its proof', async (t) => {
  const stores = await openStores(t);
  const { database } = stores;
  const couponId = await newCoupon(database, 50);
  await preloadCoupon(stores, couponId);
  let archiving: Promise<unknown> | undefined;
  await database.transaction(async (tx) => {
    await tx.query('SELECT id FROM coupon WHERE id = ? FOR UPDATE', [couponId]);
    archiving = archiveCoupon(stores, { couponId, actor: 'somebody' });
    archiving.catch(() => {});
    await waitFor('it has read OPEN, and waits for the record', async () => {
      const waiting = await database.query(
        'SELECT id FROM information_schema.processlist WHERE info ' +
          "LIKE '%FROM coupon %FOR UPDATE%' AND id <> CONNECTION_ID()",
      );
      return waiting.length > 0;
    });
    await tx.execute("UPDATE coupon SET state = 'CLOSED', version = version + 1 WHERE id = ?", [couponId]);
  });
  await assert.rejects(archiving as Promise<unknown>, { name: 'MoveRefused', code: 'VERSION_CONFLICT' });
  assert.equal((await readCoupon(database, couponId))?.state, 'CLOSED');
});

test('lowering the stock while it is issued never leaves more issued than there are', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await newCoupon(database, 200);
  await preloadCoupon(stores, couponId);
  const order = { couponId, actor: 'test' };
  let user = 0;
  let issuing = true;
  const users = (async () => {
    while (issuing && user < 400) {
      user += 2;
      await decide(redis, couponId, [user, user + 1]);
      if (user % 20 === 0) await persistOutbox(stores, couponId);
    }
  })();
  for (const total of [190, 170, 120, 60, 30, 90, 45]) {
    await restockCoupon(stores, order, { total }).catch((error) => {
      assert.ok(error instanceof MoveRefused && error.code === 'BELOW_ISSUED', String(error));
    });
    const holders = await redis.scard(couponKeys(couponId).holders);
    assert.ok(holders <= Number(await redis.get(couponKeys(couponId).stock)));
  }
  issuing = false;
  await users;
  await persistOutbox(stores, couponId);
  await assertSame(stores, couponId);
  assert.equal((await verifyCoupon(stores, couponId, { mode: 'final' })).ok, true);
});

test('revocations, restocks and decisions at once keep the books', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await newCoupon(database, 30);
  await preloadCoupon(stores, couponId);
  await decide(redis, couponId, numbers(1, 30));
  await persistOutbox(stores, couponId);
  const order = { couponId, actor: 'test' };
  await Promise.all([
    ...numbers(1, 10).map((user) => revokeIssuance(stores, order, user)),
    restockCoupon(stores, order, { add: 5 }),
    (async () => {
      for (let user = 101; user < 160; user += 3) await decide(redis, couponId, numbers(user, user + 2));
    })(),
  ]);
  assert.deepEqual(await decide(redis, couponId, numbers(1, 10)), ['decided', 'v'.repeat(10)]);
  await decide(redis, couponId, numbers(200, 220));
  await persistOutbox(stores, couponId);
  const verification = await verifyCoupon(stores, couponId, { mode: 'final' });
  assert.deepEqual([verification.ok, verification.redis?.holders, verification.mysql?.revoked], [true, 35, 10]);
  await assertSame(stores, couponId);
});

test('once a pause is answered, no later request is issued a coupon', async (t) => {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 100_000);
  await preloadCoupon(stores, couponId);
  const batches: { startedMs: number; codes: string }[] = [];
  let asking = true;
  let user = 1;
  const users = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (asking) {
        const first = user;
        user += 20;
        const startedMs = performance.now();
        const [, codes] = await decide(stores.redis, couponId, numbers(first, first + 19));
        batches.push({ startedMs, codes });
      }
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  await pauseCoupon(stores, { couponId, actor: 'test' });
  const pausedMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 50));
  asking = false;
  await users;
  const later = batches.filter(({ startedMs }) => startedMs > pausedMs);
  assert.ok(later.length > 0 && batches.some(({ codes }) => codes.includes('i')));
  // A batch is wholly before the pause, or wholly after it.
  for (const { codes } of batches) assert.match(codes, /^(i+|p+)$/);
  for (const { codes } of later) assert.match(codes, /^p+$/);
});
