// A node that is started while MySQL is there and of no use, or behind a network that is down.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { adminAnswers } from '../../support/admin-answers.ts';
import { newCoupon } from '../../support/coupon-stores.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

test('started while MySQL is read-only, or frozen: issues on; stopped in that time it ends in order', async (t) => {
  const scene = await startScene(t, { stock: 2000, mysql: {} });
  const { database } = scene.stores;
  await scene.app.stop();
  await database.execute('SET GLOBAL read_only = 1');
  const readOnly = await scene.startNode();
  assert.match(readOnly.output(), /is read-only: MYSQL_URL must lead to the writer/);
  const first = await scene.rush({ port: readOnly.port, perSecond: 100, seconds: 0.5 }).done;
  assert.equal(await readOnly.stop(), 0);
  await database.query('SET GLOBAL read_only = 0');

  await scene.mysql.freeze();
  const frozen = await scene.startNode({ env: { START_WAIT_MS: '0' } });
  assert.match(frozen.output(), /did not answer in time/);
  const second = await scene.rush({ port: frozen.port, perSecond: 100, seconds: 0.5, firstUser: 1001 }).done;
  for (const { status } of [...first, ...second]) assert.equal(status, 201);
  await scene.mysql.resume();
  await waitFor('the admin API is there', () => adminAnswers(frozen), { withinMs: 15_000 });
  await scene.prove([...first, ...second], { url: frozen.url });
});

test('a coupon that was made after the node that serves without MySQL was started is served as well', async (t) => {
  const scene = await startScene(t, { stock: 10, mysql: {}, mysqlProxy: true });
  await scene.app.stop();
  scene.mysqlProxy.down();
  const node = await scene.startNode();
  const couponId = await newCoupon(scene.stores.database, 5);
  await preloadCoupon(scene.stores, couponId);
  const history = await scene.rush({ port: node.port, couponId, perSecond: 50, seconds: 0.2 }).done;
  assert.equal(history.filter(({ status }) => status === 201).length, 5);
  await scene.mysqlProxy.heal();
  await waitFor('the rows follow', async () => {
    const sql = 'SELECT COUNT(*) AS n FROM user_coupon WHERE coupon_id = ?';
    return (await scene.stores.database.query<{ n: number }>(sql, [couponId]))[0]?.n === 5;
  });
});
