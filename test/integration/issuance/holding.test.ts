// "Do I hold it?" for a crowd, on real stores: what is asked of them, and that each answer is true.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { revokeIssuance } from '../../../src/coupons/revoke.ts';
import { type Holding, HoldingFinder } from '../../../src/issuance/holding.ts';
import { RecentGrants } from '../../../src/issuance/recent-grants.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { runScript } from '../../../src/redis/scripts.ts';
import type { Database } from '../../../src/store/database.ts';
import { insertResolution } from '../../../src/store/tables/dead-letters.ts';
import { decide, insertRows, newCoupon, numbers, openStores, persistOutbox } from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';
import { userIdOf, userOf } from '../../support/user-ids.ts';

const STOCK = 5000;

async function setUp(t: Scope) {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await newCoupon(database, STOCK);
  await preloadCoupon(stores, couponId);
  const asked = { queries: 0, scripts: [] as string[], mysqlAway: false, meanwhile: async () => {} };
  const query: Database['query'] = (sql, params) => {
    asked.queries += 1;
    return asked.mysqlAway ? database.query('SELECT nothing FROM nowhere') : database.query(sql, params);
  };
  const recent = new RecentGrants();
  const { find } = new HoldingFinder({
    redis: {
      async run(_, script, keys, args) {
        asked.scripts.push(script);
        const reply = await runScript(redis, script, keys, args);
        await asked.meanwhile();
        return reply;
      },
    },
    database: { query },
    queriesMax: 2,
    recent,
    waitingMax: 10_000,
    waitMs: 5000,
    restMs: () => 0,
  });
  const ask = (users: readonly number[], id = couponId) => Promise.all(users.map((user) => find(id, userIdOf(user))));
  const askOne = async (user: number, id = couponId) => (await ask([user], id))[0] as Holding;
  return { stores, redis, database, couponId, asked, recent, ask, askOne };
}

const kindsOf = (holdings: readonly Holding[]) => new Set(holdings.map(({ kind }) => kind));
const numberOf = (holding: Holding | undefined) => (holding?.kind === 'held' ? holding.sequence : holding?.kind);

test('strangers of a turn cost Redis one call, and MySQL nothing', async (t) => {
  const { redis, couponId, asked, ask } = await setUp(t);
  await decide(redis, couponId, [1, 2, 3]);
  assert.deepEqual(kindsOf(await ask(numbers(10, 409))), new Set(['not-held']));
  assert.deepEqual([asked.scripts, asked.queries], [['memberships'], 0]);
});

test('holders of a turn cost one call and one query, and each gets its own number', async (t) => {
  const { stores, redis, couponId, asked, ask } = await setUp(t);
  await decide(redis, couponId, numbers(1, 300));
  await persistOutbox(stores, couponId);
  const found = await ask([...numbers(1, 300), 7, 1000]);
  assert.deepEqual(found.map(numberOf), [...numbers(1, 300), 7, 'not-held']);
  assert.deepEqual([asked.scripts, asked.queries], [['memberships'], 1]);
});

test('holders whose rows are not written are found in one pass, also while MySQL is down', async (t) => {
  const { redis, couponId, asked, ask, askOne } = await setUp(t);
  for (let first = 1; first <= 1000; first += 100) await decide(redis, couponId, numbers(first, first + 99));
  const users = [1000, 1, 555, 100, 101, 1, 4000, ...numbers(200, 260)];
  const expected = users.map((user) => (user === 4000 ? 'not-held' : user));
  assert.deepEqual((await ask(users)).map(numberOf), expected);
  assert.ok(asked.scripts.length <= 3, asked.scripts.join());
  asked.mysqlAway = true;
  assert.deepEqual((await ask(users)).map(numberOf), expected);
  assert.equal(numberOf(await askOne(1000)), 1000);
});

test('a dead letter is found by its user, whoever asks with them, and one that was given up afterwards', async (t) => {
  const { redis, database, couponId, ask } = await setUp(t);
  const { outbox, dead } = couponKeys(couponId);
  await decide(redis, couponId, [1]);
  await redis.del(outbox);
  await redis.xadd(dead, '*', 'at', '1', 'user', userOf(1), 'sequence', '1', 'issuedAt', '5', 'code', 'X');
  assert.deepEqual((await ask([2, 1, 3])).map(numberOf), ['not-held', 1, 'not-held']);
  await redis.del(dead);
  const letter = { id: '1-1', userId: userOf(1), sequence: 1, issuedAt: new Date(5), code: 'X', refusal: 'r' };
  await insertResolution(database, { ...letter, couponId, raw: null, reason: 'a test' });
  const [, givenUp] = await ask([2, 1]);
  assert.deepEqual(givenUp, { kind: 'held', sequence: 1, status: 'GIVEN_UP', issuedAtMs: 5 });
});

test('what this worker decided a moment ago needs no MySQL, in its own history and until a revocation', async (t) => {
  const { stores, redis, couponId, asked, recent, askOne } = await setUp(t);
  await decide(redis, couponId, [7]);
  await persistOutbox(stores, couponId);
  const epoch = Number(await redis.hget(couponKeys(couponId).meta, 'epoch'));
  const reply = { codes: 'i', firstSequence: 1, nowMs: 1234 };
  recent.add(couponId, [userIdOf(7)], { ...reply, epoch });
  assert.deepEqual(await askOne(7), { kind: 'held', sequence: 1, status: 'ISSUED', issuedAtMs: 1234 });
  assert.equal(asked.queries, 0);
  await redis.hset(couponKeys(couponId).meta, 'epoch', epoch + 1);
  const row = await askOne(7);
  assert.notEqual(row.kind === 'held' && row.issuedAtMs, 1234, 'another history: MySQL is asked');
  assert.equal(asked.queries, 1);
  await redis.hset(couponKeys(couponId).meta, 'epoch', epoch);
  await revokeIssuance(stores, { couponId, actor: 'test' }, userOf(7));
  const revoked = await askOne(7);
  assert.equal(revoked.kind === 'held' && revoked.status, 'REVOKED');
  recent.add(couponId, [userIdOf(8)], { ...reply, epoch });
  assert.equal((await askOne(8)).kind, 'not-held', 'Redis does not have the grant any more');
});

test('a holder whom someone removed from Redis is never a stranger', async (t) => {
  const { stores, redis, couponId, asked, askOne } = await setUp(t);
  await decide(redis, couponId, [1, 2]);
  await persistOutbox(stores, couponId);
  const { holders } = couponKeys(couponId);
  await redis.srem(holders, userOf(1));
  assert.equal(numberOf(await askOne(1)), 1);
  assert.equal((await askOne(50)).kind, 'not-known-now', 'Redis is not complete: it proves nothing');
  await redis.sadd(holders, userOf(60), userOf(61));
  assert.equal(numberOf(await askOne(1)), 1, 'also if more were added than removed');
  asked.mysqlAway = true;
  assert.equal((await askOne(1)).kind, 'not-known-now');
});

test('who asks while a call is under way gets what Redis has after that', async (t) => {
  const { redis, couponId, asked, askOne } = await setUp(t);
  let second: Promise<Holding> | null = null;
  asked.meanwhile = async () => {
    asked.meanwhile = async () => {};
    await decide(redis, couponId, [9]);
    second = askOne(9);
    await new Promise((resolve) => setTimeout(resolve, 20));
  };
  assert.equal((await askOne(9)).kind, 'not-held', 'as it was before the grant');
  assert.equal(numberOf((await second) ?? undefined), 1);
});

test('of a coupon that is not in Redis all is known from MySQL, by a few queries', async (t) => {
  const { database, redis, asked, ask } = await setUp(t);
  const id = await newCoupon(database, 100);
  await insertRows(database, id, numbers(1, 50));
  assert.deepEqual(kindsOf(await ask(numbers(60, 90), id)), new Set(['unknown-coupon']), 'a draft');
  await database.execute("UPDATE coupon SET state = 'ARCHIVED', epoch = 1 WHERE id = ?", [id]);
  asked.queries = 0;
  const found = await ask(numbers(41, 60), id);
  assert.deepEqual(found.map(numberOf), [...numbers(41, 50), ...Array(10).fill('not-held')]);
  assert.ok(asked.queries <= 3, `${asked.queries} queries`);
  await database.execute("UPDATE coupon SET state = 'OPEN' WHERE id = ?", [id]);
  assert.deepEqual(kindsOf(await ask([60, 61], id)), new Set(['not-known-now']), 'Redis should have it');
  assert.equal((await ask([7], 99_999))[0]?.kind, 'unknown-coupon');
  redis.disconnect();
  assert.deepEqual((await ask([41, 60], id)).map(numberOf), [41, 'not-known-now']);
});
