// A preload that was cut in half: MySQL says that the coupon is open, and nothing was ever written to Redis.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCoupon } from '../../../src/coupons/create.ts';
import { startApp } from '../../support/app.ts';
import { issue } from '../../support/ask.ts';
import { connectDatabase } from '../../support/coupon-stores.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

test('a coupon that only MySQL has open is loaded within seconds, also where Redis is at rest', async (t) => {
  const redis = await startRedis(t);
  const mysqlUrl = await freshDatabase(t);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl });
  const database = connectDatabase(t, mysqlUrl);
  const id = await createCoupon(database, { name: 'cut', totalStock: 3, discountType: 'FIXED', discountAmount: 1 });
  // The looks that follow the writes of the start are over.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  await database.execute("UPDATE coupon SET state = 'OPEN', version = version + 1 WHERE id = ?", [id]);
  await waitFor('it is loaded', async () => (await redis.cli('EXISTS', `coupon:${id}:stock`)) === 1, {
    withinMs: 4000,
  });
  const answer = await waitFor('it is issued', async () => {
    const { status } = await issue(app.url, id, 1);
    return status === 503 ? null : status;
  });
  assert.equal(answer, 201);

  // Its life is over, also where somebody sets a stock by hand.
  await database.execute("UPDATE coupon SET state = 'ARCHIVED', version = version + 1 WHERE id = ?", [id]);
  await waitFor('it is out of Redis', async () => (await redis.cli('EXISTS', `coupon:${id}:meta`)) === 0);
  await redis.cli('SET', `coupon:${id}:stock`, 3);
  assert.equal((await issue(app.url, id, 2)).code, 'EXPIRED_COUPON');
  assert.equal((await issue(app.url, id, 1)).code, 'ALREADY_ISSUED_COUPON');
});
