// The live stream over HTTP, on real stores.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { look as lookSchema } from '../../../src/admin/live-schemas.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { recordAudit } from '../../../src/store/tables/audit.ts';
import { decide, newCoupon, openStores, persistOutbox } from '../../support/coupon-stores.ts';
import { BEARER, serveLive } from '../../support/live-server.ts';
import type { LiveViewer } from '../../support/live-viewer.ts';

const ajv = new Ajv({ allowUnionTypes: true, strict: false });
formats.default(ajv, ['date-time']);

test('what is shown agrees with the stores and with the status, in the form that openapi.json says', async (t) => {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 5);
  await preloadCoupon(stores, couponId);
  await decide(stores.redis, couponId, [1, 2, 3]);
  const { url, watch } = await serveLive(t, stores);
  const viewer = watch({ ...BEARER, origin: 'http://evil.example' });
  const look = await viewer.see('a look with both stores', ({ mysql, redis }) => mysql === 'ok' && redis === 'ok');
  assert.equal(viewer.headers['content-type'], 'text/event-stream');
  assert.equal(viewer.headers['cache-control'], 'no-store');
  assert.equal(viewer.headers['access-control-allow-origin'], undefined);
  assert.deepEqual(viewer.history, []);
  const { seenMs: _, ...sent } = look;
  assert.ok(ajv.validate(lookSchema, sent), `${ajv.errorsText()} in ${JSON.stringify(sent)}`);
  const status = (await (await fetch(`${url}/admin/v1/status`, { headers: BEARER })).json()) as typeof look;
  const withoutRates = ({ coupons }: Pick<typeof look, 'coupons'>) =>
    coupons.map((coupon) => ({ ...coupon, issuedPerSecond: null }));
  assert.deepEqual(withoutRates(look), withoutRates(status));
  assert.deepEqual(
    [look.gate, look.heldDrafts, look.unfinishedErasures, look.processes],
    [status.gate, status.heldDrafts, status.unfinishedErasures, status.processes],
  );
  const { left, backlog } = viewer.coupon(couponId)?.live ?? {};
  assert.deepEqual([left, backlog], [2, 3]);
  await persistOutbox(stores, couponId);
  await viewer.see(
    'the row in MySQL',
    () => viewer.coupon(couponId)?.live?.backlog === 0 && viewer.coupon(couponId)?.left === 2,
  );
  assert.equal(look.server, null, 'there is no server that publishes counters');
});

test('each move changes one text of the look, and nothing else does', async (t) => {
  const stores = await openStores(t);
  const { watch } = await serveLive(t, stores);
  const viewer = watch();
  const changesAfter = async (before: string | null, what: string) =>
    (await viewer.see(what, ({ changes }) => changes !== null && changes !== before)).changes;
  const empty = await changesAfter(null, 'a first text');
  const couponId = await newCoupon(stores.database, 5);
  const created = await changesAfter(empty, 'a draft, which is in no look');
  await preloadCoupon(stores, couponId);
  const loaded = await changesAfter(created, 'a preload');
  await decide(stores.redis, couponId, [1, 2, 3]);
  const issued = await viewer.see('three issued', () => viewer.coupon(couponId)?.live?.left === 2);
  assert.equal(issued.changes, loaded, 'what is issued is no move');
  await recordAudit(stores.database, { actor: 'test', action: 'restock', couponId, result: 'REFUSED' });
  await changesAfter(loaded, 'a refusal, which is on record');
});

test('alerts are those of the Prometheus; if it is unreachable the look says so', async (t) => {
  const stores = await openStores(t);
  const labels = { alertname: 'CouponrushGateShut', severity: 'critical' };
  const alert = { state: 'firing', labels, annotations: { summary: 'shut', runbook_url: 'x#couponrushgateshut' } };
  let asked = 0;
  const prometheus = createServer((_request, response) => {
    asked += 1;
    response.end(JSON.stringify({ status: 'success', data: { alerts: [alert] } }));
  });
  await new Promise<void>((resolve) => prometheus.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    prometheus.closeAllConnections();
    prometheus.close();
  });
  const { port } = prometheus.address() as AddressInfo;
  const { watch } = await serveLive(t, stores, { prometheusUrl: `http://127.0.0.1:${port}` });
  const viewers = [watch(), watch(), watch()];
  const look = await (viewers[0] as LiveViewer).see('alerts', ({ alerts }) => alerts.source === 'prometheus');
  assert.deepEqual(look.alerts.firing, [
    { name: 'CouponrushGateShut', severity: 'critical', summary: 'shut', runbook: 'couponrushgateshut' },
  ]);
  assert.equal(asked, 1, 'once for all viewers');
  const unreachable = await serveLive(t, stores, { prometheusUrl: 'http://user:secret@127.0.0.1:1' });
  const other = unreachable.watch();
  const own = await other.see('the problem', ({ alerts }) => alerts.problem !== null);
  assert.equal(own.alerts.source, 'server');
  assert.match(own.alerts.problem ?? '', /^Prometheus is unreachable/);
  assert.doesNotMatch(JSON.stringify(own), /secret/);
});

test('while it is not proven whose the stores are the look says so, and shows only what is ours', async (t) => {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 5);
  await preloadCoupon(stores, couponId);
  const reason = 'This Redis belongs to another installation';
  const look = async (allowsBrake: boolean) => {
    const { watch } = await serveLive(t, stores, { refusal: async () => ({ reason, allowsBrake }) });
    // Redis may answer later than the first look is sent.
    const { seenMs: _, ...seen } = await watch().see(
      'the reason',
      ({ refusal, redis }) => refusal === reason && (!allowsBrake || redis === 'ok'),
    );
    return seen;
  };
  const none = await look(false);
  assert.deepEqual([none.redis, none.mysql, none.gate, none.coupons], ['unreachable', 'unreachable', 'unknown', []]);
  const redisAlone = await look(true);
  assert.deepEqual([redisAlone.redis, redisAlone.mysql], ['ok', 'unreachable']);
  assert.deepEqual([redisAlone.coupons[0]?.live?.left, redisAlone.coupons[0]?.name], [5, null]);
});
