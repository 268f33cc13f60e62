// Erasing a user whose coupon has a long outbox or many dead letters: no call to Redis reads all of it, and nothing is
// searched while the coupon's row is locked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eraseUser } from '../../../src/coupons/erase.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { readUser } from '../../../src/overview/holder.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { runScript } from '../../../src/redis/scripts.ts';
import { lockCoupon } from '../../../src/store/tables/coupons.ts';
import { type CouponStores, decide, insertRows, newCoupon, openStores } from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';
import { userOf } from '../../support/user-ids.ts';
import { waitFor } from '../../support/wait.ts';

const USER = 4_203_040_506_242;
/** As the type of the run has it. */
const ID = userOf(USER);
const order = { userId: ID, actor: 'test', reason: 'asked by letter', evenOpen: true };
/** As lua/erase-user.lua has it. */
const LETTERS_A_CALL = 100;
const LETTERS = 650;
/** Of one page of lua/find-holding.lua: 64 KiB, 400 bytes an entry. */
const ENTRIES_A_PAGE = 170;

async function openCoupon(t: Scope): Promise<{ stores: CouponStores; couponId: number }> {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 10_000);
  await preloadCoupon(stores, couponId);
  return { stores, couponId };
}

/** An entry of the outbox for each. */
async function issueToOthers({ redis }: CouponStores, couponId: number, users: number, after = 10_000): Promise<void> {
  await Promise.all(Array.from({ length: users }, (_, index) => decide(redis, couponId, [after + index])));
}

/** How often Redis has executed this command, also in scripts. */
async function calls({ redis }: CouponStores, command: string): Promise<number> {
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await redis.info('commandstats'))?.[1] ?? 0);
}

/** Erases while the coupon's row is locked by another operator, and does `meanwhile` when the erasure waits for it. */
async function eraseBehindLock(
  { stores, couponId }: { stores: CouponStores; couponId: number },
  meanwhile: () => Promise<unknown>,
) {
  const { database } = stores;
  const erasing = await database.transaction(async (tx) => {
    await lockCoupon(tx, couponId);
    const outcome = eraseUser(stores, order).then(
      (erasure) => erasure,
      (error: unknown) => error as { code?: string },
    );
    await waitFor('the erasure waits for the row', async () => {
      const waiting = await database.query(
        "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE '%coupon WHERE id%UPDATE'",
      );
      return waiting.length > 0;
    });
    await meanwhile();
    return { outcome };
  });
  return erasing.outcome;
}

test('dead letters are replaced page by page, wherever they are', async (t) => {
  const { stores, couponId } = await openCoupon(t);
  const { redis } = stores;
  const { dead, holders } = couponKeys(couponId);
  await redis.sadd(holders, ID);
  const mine = new Set([1, LETTERS_A_CALL, LETTERS_A_CALL + 1, 333, LETTERS]);
  const letters = Array.from({ length: LETTERS }, (_, index) => {
    const user = userOf(mine.has(index + 1) ? USER : 5000 + index);
    const more = index === 200 ? ['raw', `u=${userOf(7)},${ID},${userOf(8)}`] : ['user', String(user)];
    return [...more, 'sequence', String(index), 'issuedAt', '1', 'reason', `no ${user}`];
  });
  await Promise.all(letters.map((fields) => redis.xadd(dead, '*', ...fields)));
  const before = await calls(stores, 'xrange');
  const { pseudonym, inEffect } = await eraseUser(stores, order);
  assert.equal(inEffect, true);
  assert.ok((await calls(stores, 'xrange')) - before >= LETTERS / LETTERS_A_CALL, 'a call reads one page at most');
  const found = JSON.stringify(await redis.xrange(dead, '-', '+'));
  assert.equal(await redis.xlen(dead), LETTERS);
  assert.doesNotMatch(found, new RegExp(String(USER)));
  assert.equal(found.split(`"${pseudonym}"`).length - 1, mine.size);
  assert.ok(found.includes(`u=${userOf(7)},${pseudonym},${userOf(8)}`));
  assert.deepEqual(await redis.smembers(holders), [String(pseudonym)]);
});

test('a long outbox is not searched while the row of its coupon is locked', async (t) => {
  const scene = await openCoupon(t);
  const { stores, couponId } = scene;
  await insertRows(stores.database, couponId, [USER]);
  await stores.redis.sadd(couponKeys(couponId).holders, ID);
  await issueToOthers(stores, couponId, 5 * ENTRIES_A_PAGE);
  let before = 0;
  const outcome = await eraseBehindLock(scene, async () => {
    before = await calls(stores, 'xrange');
  });
  assert.ok(outcome && 'inEffect' in outcome && outcome.inEffect, JSON.stringify(outcome));
  const after = (await calls(stores, 'xrange')) - before;
  assert.ok(after < ENTRIES_A_PAGE / 10, `${after} pages were read after the row was locked`);
});

test('what is issued while the erasure waits for the row is seen, however much it is', async (t) => {
  const scene = await openCoupon(t);
  const { stores, couponId } = scene;
  const { idempotencyKeys, outbox } = couponKeys(couponId);
  // Not a holder: the user can be issued the coupon meanwhile.
  await stores.redis.hset(idempotencyKeys, String(ID), 'a-key 1 1700000000000');
  const issued = await eraseBehindLock(scene, async () => {
    await issueToOthers(stores, couponId, 2 * ENTRIES_A_PAGE);
    await decide(stores.redis, couponId, [USER]);
  });
  assert.equal((issued as { code?: string }).code, 'NOT_DRAINED');
  await runScript(
    stores.redis,
    'acknowledge',
    [outbox],
    ['group', 1, (await stores.redis.xrevrange(outbox, '+', '-', 'COUNT', 1))[0]?.[0] as string],
  );
  await insertRows(stores.database, couponId, [USER], 9000);
  const again = await eraseBehindLock(scene, () => issueToOthers(stores, couponId, 2 * ENTRIES_A_PAGE, 20_000));
  assert.ok(again && 'inEffect' in again && again.inEffect, JSON.stringify(again));
  assert.equal(await stores.redis.sismember(couponKeys(couponId).holders, ID), 0);
});

test('a user of many coupons is found in long streams of each', async (t) => {
  const { stores } = await openCoupon(t);
  const ids: number[] = [];
  for (let n = 0; n < 4; n++) {
    const id = await newCoupon(stores.database, 1000);
    await preloadCoupon(stores, id);
    ids.push(id);
    await issueToOthers(stores, id, ENTRIES_A_PAGE + 30);
    await decide(stores.redis, id, [USER]);
  }
  const { coupons } = await readUser(stores, ID);
  assert.deepEqual(
    coupons.map(({ couponId, status, sequence }) => [couponId, status, sequence]),
    ids.reverse().map((id) => [id, 'PENDING', ENTRIES_A_PAGE + 31]),
  );
});
