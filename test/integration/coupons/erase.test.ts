// A user who asked to be erased: nothing of them is left, everything else agrees as before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archiveCoupon } from '../../../src/coupons/archive.ts';
import { closeCoupon } from '../../../src/coupons/close.ts';
import { redriveLetters, resolveLetters } from '../../../src/coupons/dead-letter-commands.ts';
import { eraseUser } from '../../../src/coupons/erase.ts';
import { MoveRefused, recordMove } from '../../../src/coupons/move.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { rebuildNow } from '../../../src/coupons/rebuild-now.ts';
import { revokeIssuance } from '../../../src/coupons/revoke.ts';
import { syncCoupon } from '../../../src/coupons/sync.ts';
import { CONSUMER_GROUP, couponKeys } from '../../../src/redis/keys.ts';
import { runScript } from '../../../src/redis/scripts.ts';
import { insertPseudonym, replaceInCoupon } from '../../../src/store/tables/erased-users.ts';
import { isPseudonym, pseudonymOf, type UserKey } from '../../../src/user-id.ts';
import { verifyCoupon } from '../../../src/verify/verify.ts';
import {
  type CouponStores,
  decide,
  holdersOf,
  newCoupon,
  openStores,
  persistOutbox,
} from '../../support/coupon-stores.ts';
import { userOf } from '../../support/user-ids.ts';

const USER = 4_203_040_506_242;
/** As the type of the run has it. */
const ID = userOf(USER);
const order = { userId: ID, actor: 'test', reason: 'asked by letter', evenOpen: true };

async function issued(stores: CouponStores, users: readonly number[], stock = 10): Promise<number> {
  const couponId = await newCoupon(stores.database, stock);
  await preloadCoupon(stores, couponId);
  if (users.length > 0) await decide(stores.redis, couponId, users);
  await persistOutbox(stores, couponId);
  return couponId;
}

async function assertProven(stores: CouponStores, couponId: number): Promise<void> {
  const { ok, gaps } = await verifyCoupon(stores, couponId, { mode: 'final' });
  assert.ok(ok, JSON.stringify(gaps.filter(({ count }) => count > 0)));
}

/** Everything of both stores, as one text; the id has digits that nothing else has. */
async function everything({ redis, database }: CouponStores): Promise<string> {
  const found: unknown[] = [];
  for (const table of ['coupon', 'user_coupon', 'coupon_audit', 'dead_letter_resolution', 'erased_user']) {
    found.push(await database.query(`SELECT * FROM ${table}`));
  }
  for (const key of await redis.keys('*')) {
    const kind = await redis.type(key);
    if (kind === 'set') found.push(await redis.smembers(key));
    if (kind === 'hash') found.push(await redis.hgetall(key));
    if (kind === 'stream') found.push(await redis.xrange(key, '-', '+'));
    if (kind === 'string') found.push(await redis.get(key));
  }
  return JSON.stringify(found);
}

async function bury({ redis }: CouponStores, couponId: number, letter: readonly (string | number)[]): Promise<string> {
  const { outbox, dead } = couponKeys(couponId);
  const [entry] = await redis.xrange(outbox, '-', '+', 'COUNT', 1);
  await runScript(redis, 'dead-letter', [outbox, dead], [CONSUMER_GROUP, entry?.[0] as string, ...letter]);
  return (await redis.xrevrange(dead, '+', '-', 'COUNT', 1))[0]?.[0] as string;
}

test(
  'an erased user is nowhere any more, and each coupon ' + 'is proven: held, revoked, refused by MySQL, given up',
  async (t) => {
    const stores = await openStores(t);
    const { redis, database } = stores;
    const held = await issued(stores, [1, USER, 3]);
    const revoked = await issued(stores, [USER, 2]);
    await revokeIssuance(stores, { couponId: revoked, actor: 'test', reason: `user ${ID} cheated` }, ID);
    await assert.rejects(
      revokeIssuance(stores, { couponId: held, actor: 'test' }, userOf(77)),
      /User \S*77\S* does not hold/,
    );
    const refused = await issued(stores, []);
    await decide(redis, refused, [USER]);
    await bury(stores, refused, [ID, 1, 1700000000000, 'ER_DUP_ENTRY', `Duplicate entry '9-${ID}'`, 3, '']);
    const givenUp = await issued(stores, []);
    await decide(redis, givenUp, [USER]);
    const letter = await bury(stores, givenUp, [ID, 1, 1700000000000, 'ER_X', `no ${ID}`, 3, '']);
    await resolveLetters(stores, { couponId: givenUp, actor: 'test' }, [letter], 'never');
    await redis.hset(couponKeys(held).idempotencyKeys, String(ID), 'a-key 2 1700000000000');
    // Of whom only a refusal tells.
    const other = await issued(stores, [5]);
    await assert.rejects(revokeIssuance(stores, { couponId: other, actor: 'test' }, ID), /does not hold/);
    await closeCoupon(stores, { couponId: revoked, actor: 'test' }, 1000);
    await archiveCoupon(stores, { couponId: revoked, actor: 'test' });
    assert.match(await everything(stores), new RegExp(String(USER)));

    const erasure = await eraseUser(stores, order);
    assert.deepEqual([...erasure.coupons].sort(), [held, revoked, refused, givenUp].sort());
    assert.equal(erasure.inEffect, true);
    assert.ok(isPseudonym(erasure.pseudonym as UserKey));
    assert.doesNotMatch(await everything(stores), new RegExp(String(USER)));

    const pseudonym = erasure.pseudonym as UserKey;
    assert.deepEqual(await holdersOf(redis, held), [1, 3, pseudonym]);
    for (const couponId of [held, revoked, givenUp]) await assertProven(stores, couponId);
    assert.equal((await verifyCoupon(stores, refused, { mode: 'live' })).ok, true);
    assert.equal(await redriveLetters(stores, { couponId: refused, actor: 'test' }, 'all'), 1);
    await persistOutbox(stores, refused);
    await assertProven(stores, refused);
    for (const couponId of [held, refused, givenUp]) {
      await rebuildNow(stores, { couponId, actor: 'test' });
      await assertProven(stores, couponId);
    }
    await closeCoupon(stores, { couponId: held, actor: 'test' }, 1000);
    const { coupon, verification } = await archiveCoupon(stores, { couponId: held, actor: 'test' });
    assert.deepEqual([coupon.state, verification?.ok], ['ARCHIVED', true]);

    const audit = await database.query<{ n: number }>(
      "SELECT COUNT(*) AS n FROM coupon_audit WHERE action = 'erase' AND user_id = ? AND result = 'APPLIED'",
      [pseudonym],
    );
    assert.equal(audit[0]?.n, 4);
    assert.deepEqual(await eraseUser(stores, order), { pseudonym: null, coupons: [], inEffect: true });
  },
);

test(
  'a refusal changes nothing: a coupon that can still ' + 'be issued, one on its way to MySQL, a pseudonym',
  async (t) => {
    const stores = await openStores(t);
    const done = await issued(stores, [USER]);
    await closeCoupon(stores, { couponId: done, actor: 'test' }, 1000);
    const open = await issued(stores, [USER]);
    const before = await everything(stores);
    const refusedWith = (code: string) => (error: unknown) => error instanceof MoveRefused && error.code === code;
    await assert.rejects(eraseUser(stores, { ...order, evenOpen: false }), refusedWith('STATE_CONFLICT'));
    await assert.rejects(
      eraseUser(stores, { ...order, userId: pseudonymOf(9_006_000_000_000_001) }),
      refusedWith('VALIDATION_FAILED'),
    );
    assert.equal(await everything(stores), before);
    assert.deepEqual((await eraseUser(stores, { ...order, dryRun: true })).coupons, [done, open]);
    assert.equal(await everything(stores), before);
    const pending = await newCoupon(stores.database, 2);
    await preloadCoupon(stores, pending);
    await decide(stores.redis, pending, [7, USER]);
    const waiting = await everything(stores);
    await assert.rejects(eraseUser(stores, order), refusedWith('NOT_DRAINED'));
    assert.equal(await everything(stores), waiting);
    await persistOutbox(stores, pending);
    assert.deepEqual((await eraseUser(stores, order)).coupons, [done, open, pending]);
    for (const couponId of [done, open, pending]) await assertProven(stores, couponId);
  },
);

test('an erased user is a stranger: may ask again, and can be erased again', async (t) => {
  const stores = await openStores(t);
  const couponId = await issued(stores, [USER]);
  const first = await eraseUser(stores, order);
  assert.deepEqual(await decide(stores.redis, couponId, [USER]), ['decided', 'i']);
  await persistOutbox(stores, couponId);
  const second = await eraseUser(stores, order);
  assert.notEqual(first.pseudonym, second.pseudonym);
  assert.deepEqual(await holdersOf(stores.redis, couponId), [first.pseudonym, second.pseudonym]);
  await assertProven(stores, couponId);
});

/** As a process leaves it that dies after MySQL has the replacement, and before Redis has it. */
async function dieBetween(stores: CouponStores, couponId: number): Promise<UserKey> {
  const pseudonym = await insertPseudonym(stores.database, ID);
  await recordMove(stores, 'erase', { couponId, actor: 'test' }, async (tx) => {
    await replaceInCoupon(tx, couponId, { userId: ID, pseudonym });
    return { userId: pseudonym };
  });
  return pseudonym;
}

test(
  'a process that dies between MySQL and Redis: a ' + 'rebuild brings the user not back, the next call ends it',
  async (t) => {
    const stores = await openStores(t);
    const couponId = await issued(stores, [1, USER, 3]);
    const pseudonym = await dieBetween(stores, couponId);
    assert.deepEqual(await holdersOf(stores.redis, couponId), [1, 3, USER]);
    await rebuildNow(stores, { couponId, actor: 'test' });
    assert.deepEqual(await holdersOf(stores.redis, couponId), [1, 3, pseudonym]);
    assert.equal(await stores.redis.xlen(couponKeys(couponId).outbox), 0);
    const erasure = await eraseUser(stores, order);
    assert.deepEqual([erasure.pseudonym, erasure.inEffect], [pseudonym, true]);
    assert.doesNotMatch(await everything(stores), new RegExp(String(USER)));
    await assertProven(stores, couponId);
  },
);

test('the caretaker alone brings the replacement to Redis; one that was revoked before holds nothing', async (t) => {
  const stores = await openStores(t);
  const couponId = await issued(stores, [1, USER, 3]);
  await recordMove(stores, 'revoke', { couponId, actor: 'test' }, async (tx, coupon) => {
    await tx.execute("UPDATE user_coupon SET status = 'REVOKED' WHERE coupon_id = ? AND user_id = ?", [couponId, ID]);
    return { userId: ID, changes: { stock: coupon.stock + 1 } };
  });
  const pseudonym = await dieBetween(stores, couponId);
  assert.equal(await syncCoupon(stores, couponId), 'applied');
  assert.deepEqual(await holdersOf(stores.redis, couponId), [1, 3]);
  assert.deepEqual(await stores.redis.smembers(couponKeys(couponId).revoked), [String(pseudonym)]);
  await assertProven(stores, couponId);
  assert.equal((await eraseUser(stores, order)).pseudonym, pseudonym);
  assert.doesNotMatch(await everything(stores), new RegExp(String(USER)));
});
