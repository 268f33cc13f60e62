// Reports by the admin API, on real stores.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { createConnection } from 'mysql2/promise';
import { Authentication } from '../../../src/admin/authentication.ts';
import { periodReport, report } from '../../../src/admin/report-schemas.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { StoreWatch } from '../../../src/admin/store-watch.ts';
import { closeCoupon } from '../../../src/coupons/close.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { revokeIssuance } from '../../../src/coupons/revoke.ts';
import { serveMetrics } from '../../../src/metrics/server.ts';
import { INSTALLATION } from '../../../src/redis/keys.ts';
import { decide, newCoupon, numbers, openStores, persistOutbox } from '../../support/coupon-stores.ts';
import { freePort } from '../../support/free-port.ts';
import type { Scope } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const ajv = new Ajv({ allowUnionTypes: true });
formats.default(ajv, ['date-time']);

// biome-ignore lint/suspicious/noExplicitAny: what a test reads from an answer is checked by its schema
type Body = any;

const fits = (schema: object, body: Body): boolean => ajv.validate(schema, body);

async function openApi(t: Scope, metricsUrl: string | null = null, watch?: StoreWatch) {
  const stores = await openStores(t);
  const authentication = new Authentication({ token: 'secret', failuresMax: 1000 });
  const app = createAdminServer({
    authentication,
    servers: stores,
    openapi: '{}',
    metricsUrl,
    ...(watch ? { watch } : {}),
  });
  t.after(() => app.close());
  const ask = async (path: string) => {
    const response = await app.inject({ url: `/admin/v1${path}`, headers: { authorization: 'Bearer secret' } });
    return { status: response.statusCode, body: response.json() as Body };
  };
  return { stores, ask };
}

async function publish(t: Scope, text: string, claims: readonly string[]): Promise<string> {
  const port = await freePort();
  const server = await serveMetrics('127.0.0.1', port, async () => ({ text, claims }));
  t.after(async () => server.close());
  return `http://127.0.0.1:${port}/metrics`;
}

test('an event in figures: totals, face value, speed, refusals and proof', async (t) => {
  const metricsUrl = await publish(
    t,
    [
      'couponrush_decisions_total{coupon="1",outcome="granted"} 12',
      'couponrush_decisions_total{coupon="1",outcome="sold_out"} 7',
      'couponrush_decisions_total{coupon="2",outcome="sold_out"} 1000',
      'couponrush_local_answers_total{outcome="sold_out"} 5000',
    ].join('\n'),
    ['older', 'ours'],
  );
  const { stores, ask } = await openApi(t, metricsUrl);
  const { redis, database } = stores;
  await redis.hset(INSTALLATION, 'claim', 'ours');
  const id = await newCoupon(database, 20, { discountAmount: 100 });
  const empty = (await ask(`/coupons/${id}/report`)).body;
  assert.deepEqual([empty.totals.issued, empty.rate, empty.delayMs, empty.firstIssuedAt], [0, null, null, null]);
  await preloadCoupon(stores, id);
  await decide(redis, id, numbers(1, 10));
  await persistOutbox(stores, id);
  await database.execute("UPDATE user_coupon SET status = 'USED' WHERE user_id = 10");
  await database.execute(
    "UPDATE user_coupon SET issued_at = '2026-03-01 12:00:00.900', " +
      "persisted_at = '2026-03-01 12:00:01.000' WHERE user_id < 4",
  );
  await database.execute(
    "UPDATE user_coupon SET issued_at = '2026-03-01 12:00:04.000', " +
      "persisted_at = '2026-03-01 12:00:05.500' WHERE user_id >= 4",
  );
  await revokeIssuance(stores, { couponId: id, actor: 'test' }, 3);
  await decide(redis, id, [11, 12]);
  const { body } = await ask(`/coupons/${id}/report`);
  assert.ok(fits(report, body), ajv.errorsText());
  assert.deepEqual(body.totals, {
    issued: 10,
    open: 8,
    used: 1,
    lapsed: 0,
    revoked: 1,
    pending: 2,
    deadLetters: 0,
    givenUp: 0,
  });
  assert.deepEqual(body.faceValue, { issued: 1000, open: 800, used: 100, revoked: 100 });
  assert.deepEqual(body.rate, { from: '2026-03-01T12:00:00.000Z', stepSeconds: 1, counts: [3, 0, 0, 0, 7] });
  assert.deepEqual([body.peakPerSecond, body.delayMs], [7, { mean: 1080, max: 1500 }]);
  assert.deepEqual(body.refusals, { decided: { sold_out: 7 }, answeredByWorkers: { sold_out: 5000 } });
  assert.deepEqual([body.verification.ok, body.verification.mode], [true, 'live']);
  await persistOutbox(stores, id);
  await closeCoupon(stores, { couponId: id, actor: 'test' }, 1000);
  assert.equal((await ask(`/coupons/${id}/report`)).body.verification.mode, 'final');
  assert.equal((await ask('/coupons/999/report')).body.code, 'NOT_FOUND_COUPON');
});

test('a rush of days has no more than 300 steps, and nothing of it is lost', async (t) => {
  const { stores, ask } = await openApi(t);
  const id = await newCoupon(stores.database, 2000, { discountType: 'PERCENT', discountAmount: 10 });
  await preloadCoupon(stores, id);
  await decide(stores.redis, id, numbers(1, 1500));
  await persistOutbox(stores, id);
  await stores.database.execute(
    "UPDATE user_coupon SET discount_type = 'PERCENT', issued_at = '2026-03-01' + INTERVAL sequence * 613 SECOND",
  );
  const { body } = await ask(`/coupons/${id}/report`);
  const counts: number[] = body.rate.counts;
  assert.ok(counts.length > 100 && counts.length <= 300, `${counts.length} steps`);
  assert.equal(
    counts.reduce((all, count) => all + count, 0),
    1500,
  );
  assert.deepEqual([body.faceValue, body.peakPerSecond, body.refusals], [null, 1, null]);
});

test('a period: what was issued within it, with its end left out, by what became of it', async (t) => {
  const { stores, ask } = await openApi(t);
  const { database, redis } = stores;
  const [first, second] = [await newCoupon(database, 20, { discountAmount: 100 }), await newCoupon(database, 20)];
  for (const id of [first, second]) {
    await preloadCoupon(stores, id);
    await decide(redis, id, numbers(1, 4));
    await persistOutbox(stores, id);
  }
  const at = (time: string, coupon: number, users: string) =>
    database.execute(`UPDATE user_coupon SET issued_at = ? WHERE coupon_id = ? AND user_id IN (${users})`, [
      time,
      coupon,
    ]);
  await at('2026-03-31 23:59:59.999', first, '1,2');
  await at('2026-04-01 00:00:00.000', first, '3,4');
  await at('2026-04-01 00:00:00.000', second, '1,2,3,4');
  await database.execute("UPDATE user_coupon SET status = 'USED' WHERE coupon_id = ? AND user_id = 1", [first]);
  const march = await ask('/report?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z');
  assert.ok(fits(periodReport, march.body), ajv.errorsText());
  assert.deepEqual(march.body.coupons, [
    {
      couponId: first,
      name: 'test',
      discountType: 'FIXED',
      issued: 2,
      revoked: 0,
      used: 1,
      lapsed: 0,
      faceValueIssued: 200,
      faceValueUsed: 100,
      faceValueOpen: 100,
    },
  ]);
  // The same moment, by a clock in Seoul.
  const april = await ask(`/report?from=${encodeURIComponent('2026-04-01T09:00:00+09:00')}&to=2026-05-01T00:00:00Z`);
  assert.deepEqual(
    april.body.coupons.map(({ couponId, issued }: { couponId: number; issued: number }) => [couponId, issued]),
    [
      [first, 2],
      [second, 4],
    ],
  );
  for (const query of ['', '?from=2026-03-01T00:00:00Z', '?from=2026-03-02&to=2026-03-01', '?from=x&to=y']) {
    assert.equal((await ask(`/report${query}`)).body.code, 'VALIDATION_FAILED', query);
  }
  const backwards = await ask('/report?from=2026-04-01T00:00:00Z&to=2026-04-01T00:00:00Z');
  assert.deepEqual([backwards.status, backwards.body.detail], [422, 'from must lie before to']);
});

test('a verification whose store fell silent keeps its place until it ends', async (t) => {
  const silent = new Promise<never>(() => {});
  const watch = new StoreWatch({ askMysql: () => silent, askRedis: async () => 'PONG' });
  const { stores, ask } = await openApi(t, null, watch);
  const id = await newCoupon(stores.database, 5);
  await preloadCoupon(stores, id);
  const other = await createConnection(stores.mysqlUrl);
  t.after(async () => other.end());
  await other.query('LOCK TABLES user_coupon WRITE');
  const report = () => ask(`/coupons/${id}/report`);
  const given = await Promise.all([report(), report()]);
  for (const { body } of given) assert.notEqual(body.code, 'OVERLOADED');
  assert.equal((await report()).body.code, 'OVERLOADED');
  await other.query('UNLOCK TABLES');
  await waitFor('their places are free', async () => (await report()).status === 200);
});
