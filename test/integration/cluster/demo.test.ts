import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wantsDemo } from '../../../src/cluster/demo.ts';
import { startApp } from '../../support/app.ts';
import { connectStores } from '../../support/coupon-stores.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

test('a start on empty databases of others makes the schema and nothing else', async (t) => {
  const [server, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const app = await startApp(t, {
    redisUrl: server.url,
    mysqlUrl,
    env: { COUPONRUSH_DEMO: 'auto', COUPONRUSH_LOG_LEVEL: 'warn' },
  });
  const { database, redis } = connectStores(t, server.url, mysqlUrl);
  assert.deepEqual(await database.query('SELECT id FROM coupon'), []);
  assert.deepEqual(await redis.keys('*coupon:1*'), []);
  const issued = await fetch(`${app.url}/api/v2/me/coupons/1/issue`, {
    method: 'POST',
    headers: { 'commerce-user-id': '1' },
  });
  assert.equal(issued.status, 404);
  assert.equal((await fetch(`${app.url}/demo`)).status, 404);
  assert.match(app.output(), /Create +npm run cli -- coupon create/);
  assert.doesNotMatch(app.output(), /coupons\/1\/issue/);
});

test('auto means: only if both databases are own ones', () => {
  const [redisUrl, mysqlUrl] = ['redis://r', 'mysql://m/x'];
  assert.equal(wantsDemo({ demo: 'auto', redisUrl: null, mysqlUrl: null }), true);
  assert.equal(wantsDemo({ demo: 'auto', redisUrl, mysqlUrl: null }), false);
  assert.equal(wantsDemo({ demo: 'auto', redisUrl: null, mysqlUrl }), false);
  assert.equal(wantsDemo({ demo: 'auto', redisUrl, mysqlUrl }), false);
  assert.equal(wantsDemo({ demo: 'on', redisUrl, mysqlUrl }), true);
  assert.equal(wantsDemo({ demo: 'off', redisUrl: null, mysqlUrl: null }), false);
});
