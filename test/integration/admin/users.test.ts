// What the admin API tells of users, and does to many or one of them: each answer as its schema says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { Authentication } from '../../../src/admin/authentication.ts';
import { adminRoutes } from '../../../src/admin/routes.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { resolveLetters } from '../../../src/coupons/dead-letter-commands.ts';
import { recordMove } from '../../../src/coupons/move.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { CONSUMER_GROUP, couponKeys } from '../../../src/redis/keys.ts';
import { runScript } from '../../../src/redis/scripts.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import { insertPseudonym } from '../../../src/store/tables/erased-users.ts';
import { runCli } from '../../support/cli.ts';
import {
  type CouponStores,
  decide,
  insertRows,
  newCoupon,
  numbers,
  openStores,
  persistOutbox,
} from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';

const ajv = new Ajv({ allowUnionTypes: true });
formats.default(ajv, ['date-time']);

interface Erasure {
  readonly userId: number;
  readonly pseudonym: number;
}

// biome-ignore lint/suspicious/noExplicitAny: what a test reads from an answer is checked by its schema
type Ask = (method: 'GET' | 'POST', path: string, body?: object) => Promise<{ status: number; body: any }>;

async function openApi(t: Scope): Promise<{ stores: CouponStores; ask: Ask }> {
  const stores = await openStores(t);
  const authentication = new Authentication({ token: 'secret', failuresMax: 1000 });
  const app = createAdminServer({ authentication, servers: stores, openapi: '{}' });
  t.after(() => app.close());
  const ask: Ask = async (method, path, body) => {
    const headers = { authorization: 'Bearer secret' };
    const response = await app.inject({ method, url: `/admin/v1${path}`, headers, ...(body ? { payload: body } : {}) });
    const place = path.replace(/coupons\/\d+/, 'coupons/{couponId}').replace(/(users|holders)\/\d+/, '$1/{userId}');
    const pattern = `/admin/v1${place}`;
    const route = adminRoutes().find((each) => each.method === method && each.path === pattern);
    assert.ok(route, pattern);
    const answer = response.json();
    if (response.statusCode < 300) assert.ok(ajv.validate(route.answer, answer), ajv.errorsText());
    else
      assert.ok(['BAD_REQUEST', ...route.problems].includes(answer.code), `${pattern} does not tell of ${answer.code}`);
    return { status: response.statusCode, body: answer };
  };
  return { stores, ask };
}

async function bury({ redis }: CouponStores, couponId: number, user: number, sequence: number): Promise<string> {
  const { outbox, dead } = couponKeys(couponId);
  const [entry] = await redis.xrange(outbox, '-', '+', 'COUNT', 1);
  const letter = [user, sequence, 1_700_000_000_000, 'ER_X', 'refused', 3, ''];
  await runScript(redis, 'dead-letter', [outbox, dead], [CONSUMER_GROUP, entry?.[0] as string, ...letter]);
  return (await redis.xrevrange(dead, '+', '-', 'COUNT', 1))[0]?.[0] as string;
}

test('what became of one user: issued, revoked and by whom, pending, refused, given up, never', async (t) => {
  const { stores, ask } = await openApi(t);
  const { redis, database } = stores;
  const id = await newCoupon(database, 20, { name: 'Spring' });
  await preloadCoupon(stores, id);
  await decide(redis, id, [11, 12]);
  await persistOutbox(stores, id);
  await ask('POST', `/coupons/${id}/revocations`, { userIds: [12], reason: 'fraud' });
  await decide(redis, id, [13]);
  const letter = await bury(stores, id, 13, 3);
  await decide(redis, id, [14]);
  await resolveLetters(stores, { couponId: id, actor: 'test' }, [await bury(stores, id, 14, 4)], 'never');
  await decide(redis, id, [15, 16]);
  const holder = async (user: number) => (await ask('GET', `/coupons/${id}/holders/${user}`)).body;

  const issued = await holder(11);
  assert.deepEqual([issued.status, issued.sequence, issued.name, issued.inRedis], ['ISSUED', 1, 'test', 'holder']);
  assert.ok(issued.persistedAt);
  const revoked = await holder(12);
  assert.deepEqual([revoked.status, revoked.inRedis, revoked.revocation.reason], ['REVOKED', 'revoked', 'fraud']);
  assert.match(revoked.revocation.by, /^api /);
  assert.equal(revoked.revocation.inEffect, true);
  const dead = await holder(13);
  assert.deepEqual(
    [dead.status, dead.sequence, dead.deadLetter],
    ['DEAD', 3, { id: letter, code: 'ER_X', reason: 'refused' }],
  );
  assert.deepEqual([(await holder(14)).status, (await holder(14)).sequence], ['RESOLVED', 4]);
  const pending = await holder(16);
  assert.deepEqual([pending.status, pending.sequence, pending.name], ['PENDING', 6, 'Spring']);
  assert.equal((await holder(99)).code, 'NOT_ISSUED_COUPON');
  assert.equal((await ask('GET', '/coupons/999/holders/1')).body.code, 'NOT_FOUND_COUPON');

  const second = await newCoupon(database, 5);
  await insertRows(database, second, [11]);
  const { body: user } = await ask('GET', '/users/11');
  assert.deepEqual(
    user.coupons.map((each: { couponId: number }) => each.couponId),
    [second, id],
  );
  assert.equal((await ask('GET', '/users/15')).body.coupons[0].status, 'PENDING');
  assert.deepEqual((await ask('GET', '/users/99')).body, { userId: 99, erased: false, coupons: [], more: 0 });
  for (const bad of ['9007199254740992', '9999999999999999']) {
    assert.equal((await ask('GET', `/users/${bad}`)).body.code, 'BAD_REQUEST');
  }
});

test('a revocation that Redis does not have yet is told as such', async (t) => {
  const { stores, ask } = await openApi(t);
  const id = await newCoupon(stores.database, 5);
  await preloadCoupon(stores, id);
  await decide(stores.redis, id, [1]);
  await persistOutbox(stores, id);
  await recordMove(stores, 'revoke', { couponId: id, actor: 'somebody' }, async (tx, coupon) => {
    await tx.execute("UPDATE user_coupon SET status = 'REVOKED' WHERE coupon_id = ?", [id]);
    return { userId: 1, changes: { stock: coupon.stock + 1 } };
  });
  const { body } = await ask('GET', `/coupons/${id}/holders/1`);
  assert.deepEqual([body.inRedis, body.revocation.by, body.revocation.inEffect], ['holder', 'somebody', false]);
});

test('many users: a dry run, a batch of a thousand, and lists that are refused whole', async (t) => {
  const { stores, ask } = await openApi(t);
  const id = await newCoupon(stores.database, 3000);
  const first = 8_000_000_000_000_000;
  const users = numbers(first, first + 999);
  await insertRows(stores.database, id, users);
  await preloadCoupon(stores, id);
  const path = `/coupons/${id}/revocations`;
  const version = (await readCoupon(stores.database, id))?.version as number;
  assert.equal((await ask('POST', path, { userIds: users, reason: 'x', dryRun: true })).body.revoked, 1000);
  const bad = [
    { userIds: [...users, 1], reason: 'x' },
    { userIds: [users[0], 0], reason: 'x' },
    { userIds: [users[0], '1'], reason: 'x' },
    { userIds: [users[0]] },
    { userIds: [], reason: 'x' },
    { userIds: [users[0], 2 ** 53], reason: 'x' },
  ];
  for (const body of bad)
    assert.equal((await ask('POST', path, body)).body.code, 'VALIDATION_FAILED', JSON.stringify(body).slice(0, 60));
  assert.equal((await readCoupon(stores.database, id))?.version, version);
  const { body } = await ask('POST', path, { userIds: users, reason: 'x' });
  assert.deepEqual([body.revoked, body.coupon.version, body.inEffect], [1000, version + 1, true]);
  assert.equal(
    (await ask('POST', '/coupons/999/revocations', { userIds: [1], reason: 'x' })).body.code,
    'NOT_FOUND_COUPON',
  );
});

test('a user is erased by the API: refused while the coupon can be issued, then a pseudonym', async (t) => {
  const { stores, ask } = await openApi(t);
  const id = await newCoupon(stores.database, 5);
  await preloadCoupon(stores, id);
  await decide(stores.redis, id, [42]);
  assert.equal((await ask('POST', '/users/42/erase', {})).body.code, 'VALIDATION_FAILED');
  const order = { reason: 'asked by letter' };
  assert.equal((await ask('POST', '/users/42/erase', order)).body.code, 'STATE_CONFLICT');
  assert.equal((await ask('POST', '/users/42/erase', { ...order, evenOpen: true })).body.code, 'NOT_DRAINED');
  await persistOutbox(stores, id);
  await ask('POST', '/users/42/erase', { ...order, evenOpen: true, dryRun: true });
  assert.equal((await ask('GET', '/users/42')).body.coupons.length, 1);
  const { body } = await ask('POST', '/users/42/erase', { ...order, evenOpen: true });
  assert.deepEqual([body.coupons, body.inEffect], [[id], true]);
  assert.equal((await ask('GET', '/users/42')).body.coupons.length, 0);
  const pseudonym = (await ask('GET', `/users/${body.pseudonym}`)).body;
  assert.deepEqual([pseudonym.erased, pseudonym.coupons[0].status], [true, 'ISSUED']);
  assert.equal((await ask('POST', `/users/${body.pseudonym}/erase`, order)).body.code, 'VALIDATION_FAILED');
});

test('an erasure that has not ended is listed and counted until it is repeated', async (t) => {
  const { stores, ask } = await openApi(t);
  const id = await newCoupon(stores.database, 5);
  await preloadCoupon(stores, id);
  await decide(stores.redis, id, [42, 43]);
  await persistOutbox(stores, id);
  assert.deepEqual((await ask('GET', '/erasures')).body, { erasures: [], total: 0 });
  assert.equal((await ask('GET', '/status')).body.unfinishedErasures, 0);
  // As a process leaves them that died after its first step.
  const [first, second] = [await insertPseudonym(stores.database, 42), await insertPseudonym(stores.database, 43)];
  const { erasures, total } = (await ask('GET', '/erasures')).body;
  assert.deepEqual(
    [total, erasures.map(({ userId, pseudonym }: Erasure) => [userId, pseudonym])],
    [
      2,
      [
        [42, first],
        [43, second],
      ],
    ],
  );
  assert.equal((await ask('GET', '/status')).body.unfinishedErasures, 2);
  const env = { REDIS_URL: stores.server.url, MYSQL_URL: stores.mysqlUrl };
  const listed = await runCli(env, 'user', 'erasures');
  assert.equal(listed.code, 1);
  assert.match(listed.stdout, new RegExp(`42 +${first}[^]*43 +${second}`));
  await ask('POST', '/users/42/erase', { reason: 'asked by letter', evenOpen: true });
  await ask('POST', '/users/43/erase', { reason: 'asked by letter', evenOpen: true });
  assert.deepEqual((await ask('GET', '/erasures')).body, { erasures: [], total: 0 });
  assert.equal((await ask('GET', '/status')).body.unfinishedErasures, 0);
});
