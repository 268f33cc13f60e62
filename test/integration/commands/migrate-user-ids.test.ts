// `couponrush migrate --user-ids text`: numbers become texts, offline, and the stores agree before and after.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { eraseUser } from '../../../src/coupons/erase.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { revokeIssuance } from '../../../src/coupons/revoke.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { runCliIn } from '../../support/cli.ts';
import { type CouponStores, decide, newCoupon, openStores, persistOutbox } from '../../support/coupon-stores.ts';
import { testFolder } from '../../support/folder.ts';

const move = { actor: 'test', reason: 'test' };

/** Of numbers, as a server leaves it: four holders, one revoked, one erased. */
async function used(t: TestContext) {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 10);
  await preloadCoupon(stores, couponId);
  await decide(stores.redis, couponId, [1, 22, 333, 9_007_199_254_740_991, 5, 4242]);
  await persistOutbox(stores, couponId);
  await revokeIssuance(stores, { couponId, ...move }, 5);
  const { pseudonym } = await eraseUser(stores, { userId: 4242, evenOpen: true, ...move });
  const folder = testFolder('shell');
  const cli = (type: string, ...args: string[]) =>
    runCliIn(folder, { REDIS_URL: stores.server.url, MYSQL_URL: stores.mysqlUrl, USER_ID_TYPE: type }, ...args);
  return { stores, couponId, pseudonym, cli, keys: couponKeys(couponId) };
}

async function typeOf({ database }: CouponStores): Promise<string | undefined> {
  return (await database.query<{ type: string }>('SELECT type FROM user_id_type'))[0]?.type;
}

test('numbers become texts in both stores, and what was cut short is ended by the same command', async (t) => {
  const { stores, couponId, pseudonym, cli, keys } = await used(t);
  const { database, redis } = stores;
  assert.equal(await typeOf(stores), 'number');
  const refused = await cli('text', 'audit', '--limit', '1');
  assert.match(refused.stderr, /has user ids that are numbers, and USER_ID_TYPE is text.*migrate --user-ids text/);

  // As a process leaves it that was killed between two tables.
  await database.execute("UPDATE user_id_type SET type = 'to-text'");
  await database.execute('ALTER TABLE coupon_audit MODIFY user_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin');
  for (const type of ['number', 'text']) {
    assert.match((await cli(type, 'audit', '--limit', '1')).stderr, /half way from user ids that are numbers to texts/);
  }
  const done = await cli('number', 'migrate', '--user-ids', 'text');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /User ids are texts now; verify agrees on 1 coupons/);
  assert.equal(await typeOf(stores), 'text');

  const rows = await database.query<{ user: unknown }>('SELECT user_id AS user FROM user_coupon ORDER BY sequence');
  const texts = ['1', '22', '333', '9007199254740991', '5', `~${pseudonym}`];
  assert.deepEqual(
    rows.map(({ user }) => user),
    texts,
  );
  assert.deepEqual((await redis.smembers(keys.holders)).sort(), texts.filter((id) => id !== '5').sort());
  assert.deepEqual(await redis.smembers(keys.revoked), ['5']);
  const audited = await database.query<{ user: unknown }>(
    'SELECT user_id AS user FROM coupon_audit WHERE user_id IS NOT NULL',
  );
  assert.deepEqual(
    audited.map(({ user }) => user),
    ['5', `~${pseudonym}`],
  );
  assert.match((await cli('text', 'user', 'show', '22')).stdout, /ISSUED/);
  assert.equal((await cli('text', 'verify', String(couponId))).code, 0);
  assert.match((await cli('number', 'audit', '--limit', '1')).stderr, /has user ids that are texts/);
  assert.match((await cli('text', 'migrate', '--user-ids', 'text')).stdout, /are texts already/);
  assert.equal((await cli('text', 'migrate', '--user-ids', 'number')).code, 2);
});

test('beside a server, and while the stores do not agree, nothing is changed', async (t) => {
  const { stores, couponId, cli } = await used(t);
  const server = new Redis(stores.server.url, { connectionName: 'couponrush-http-1' });
  t.after(() => server.disconnect());
  await server.ping();
  const beside = await cli('text', 'migrate', '--user-ids', 'text');
  assert.deepEqual([beside.code, /couponrush-http-1.*stop every server first/.test(beside.stderr)], [1, true]);
  server.disconnect();

  await decide(stores.redis, couponId, [77]);
  stores.redis.disconnect();
  const waiting = await cli('text', 'migrate', '--user-ids', 'text');
  assert.deepEqual([waiting.code, /outboxNotEmpty 1.*Nothing was changed/.test(waiting.stderr)], [1, true]);
  assert.equal(await typeOf(stores), 'number');
});
