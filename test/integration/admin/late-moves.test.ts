// A move whose operator was answered that its outcome is unknown, because MySQL hung, is not made when MySQL goes on:
// it would overtake what the operator did since.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import mysql from 'mysql2/promise';
import { Authentication } from '../../../src/admin/authentication.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { StoreWatch } from '../../../src/admin/store-watch.ts';
import { pauseCoupon } from '../../../src/coupons/pause.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { listAudit } from '../../../src/store/tables/audit.ts';
import { listAllIds, readCoupon } from '../../../src/store/tables/coupons.ts';
import { decide, newCoupon, openStores } from '../../support/coupon-stores.ts';
import { waitFor } from '../../support/wait.ts';

/** The watch's seconds: as fast as its ticks may come without being late. */
const FASTER = 2.4;

test('no move, creation or wrong body of a request that was given up has an effect, or hangs', async (t) => {
  const stores = await openStores(t);
  const { database, redis, mysqlUrl } = stores;
  const paused = await newCoupon(database, 10);
  const loaded = await newCoupon(database, 10);
  const draft = await newCoupon(database, 10);
  for (const id of [paused, loaded]) await preloadCoupon(stores, id);
  await pauseCoupon(stores, { couponId: paused, actor: 'alice' });
  const states = () => Promise.all([paused, loaded, draft].map((id) => readCoupon(database, id)));
  const before = await states();

  const other = await mysql.createConnection(mysqlUrl);
  t.after(() => other.destroy());
  // As good as a MySQL that hangs: nothing of these requests is answered, nor is the sign of life.
  await other.query('LOCK TABLES coupon WRITE');
  const hangs = new Promise<never>(() => {});
  // As the admin process has it.
  const patient = openDatabase(mysqlUrl, { connections: 8, timeoutMs: 60_000 });
  t.after(() => patient.close());
  const app = createAdminServer({
    authentication: new Authentication({ token: 'secret', failuresMax: 1000 }),
    servers: { ...stores, database: patient },
    openapi: '{}',
    watch: new StoreWatch({
      askMysql: () => hangs,
      askRedis: () => redis.ping(),
      now: () => FASTER * performance.now(),
    }),
  });
  t.after(() => app.close());
  const ask = async (method: 'POST' | 'PATCH', path: string, body: object) => {
    const headers = { authorization: 'Bearer secret' };
    return (await app.inject({ method, url: `/admin/v1/coupons${path}`, payload: body, headers })).json().code;
  };
  const coupon = { name: 'late', totalStock: 5, discountType: 'FIXED', discountAmount: 500 };
  const wrong = { totalStock: 'five', discountAmount: 500, discountType: 'PERCENT' };
  const codes = await Promise.all([
    ask('POST', `/${paused}/resume`, {}),
    ask('POST', `/${loaded}/restock`, { add: 5 }),
    ask('POST', `/${draft}/preload`, {}),
    ask('POST', '', coupon),
    ask('PATCH', `/${loaded}`, wrong),
    ask('POST', '', { ...coupon, ...wrong }),
  ]);
  const unknown = 'OUTCOME_UNKNOWN';
  assert.deepEqual(codes, [unknown, unknown, unknown, unknown, 'VALIDATION_FAILED', 'VALIDATION_FAILED']);
  await other.query('UNLOCK TABLES');
  await waitFor('MySQL has answered all of it', () => patient.usage().inUse === 0 && patient.usage().waiting === 0);

  assert.deepEqual(await states(), before);
  assert.equal((await listAllIds(database)).length, 3);
  const records = await listAudit(database, { couponId: paused, limit: 9 });
  assert.deepEqual(
    records.map(({ action }) => action).filter((action) => action === 'resume'),
    [],
  );
  assert.deepEqual(await decide(redis, paused, [1]), ['decided', 'p']);
});
