// The live stream over HTTP, on real stores.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { Authentication } from '../../../src/admin/authentication.ts';
import { history as historySchema, look as lookSchema } from '../../../src/admin/live-schemas.ts';
import { newOperator, parseOperators } from '../../../src/admin/operators.ts';
import { type AdminServerOptions, createAdminServer } from '../../../src/admin/server.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { commandsDuring } from '../../support/commands-during.ts';
import { type CouponStores, decide, newCoupon, openStores, persistOutbox } from '../../support/coupon-stores.ts';
import { LiveViewer } from '../../support/live-viewer.ts';
import type { Scope } from '../../support/servers.ts';
import { waitFor, within } from '../../support/wait.ts';

const TOKEN = 'token-of-the-tests';
const BEARER = { authorization: `Bearer ${TOKEN}` };
const alice = newOperator('alice', 'viewer');
const ajv = new Ajv({ allowUnionTypes: true, strict: false });
formats.default(ajv, ['date-time']);

async function serve(t: Scope, stores: CouponStores, more: Partial<AdminServerOptions> = {}) {
  const operators = parseOperators(alice.line, 'operators');
  const authentication = new Authentication({ token: TOKEN, operators, failuresMax: 1000 });
  const app = createAdminServer({ authentication, servers: stores, openapi: '{}', ...more });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => app.close());
  return {
    app,
    authentication,
    url,
    watch: (headers: Record<string, string> = BEARER) => new LiveViewer(t, url, headers),
  };
}

test('what is shown agrees with the stores and with the status, in the form that openapi.json says', async (t) => {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 5);
  await preloadCoupon(stores, couponId);
  await decide(stores.redis, couponId, [1, 2, 3]);
  const { url, watch } = await serve(t, stores);
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

test('in a rush there are four looks a second and a rate; a page that is opened later has the charts', async (t) => {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 100_000);
  await preloadCoupon(stores, couponId);
  const { watch } = await serve(t, stores);
  const viewer = watch();
  await viewer.see('a look at rest', ({ redis, mysql }) => redis === 'ok' && mysql === 'ok');
  let user = 0;
  const timer = setInterval(() => void decide(stores.redis, couponId, [++user, ++user, ++user, ++user, ++user]), 50);
  t.after(async () => clearInterval(timer));
  const begun = await viewer.see('a rate', () => (viewer.coupon(couponId)?.issuedPerSecond ?? 0) > 50);
  await viewer.see('a second of the rush', ({ seenMs }) => seenMs - begun.seenMs > 1000);
  const looks = viewer.looks.filter(({ seenMs }) => seenMs >= begun.seenMs && seenMs < begun.seenMs + 1000);
  assert.ok(looks.length >= 3 && looks.length <= 5, `${looks.length} looks in a second`);
  const lefts = new Set(looks.map(({ coupons }) => coupons[0]?.live?.left));
  assert.ok(lefts.size >= 3, 'each shows how many are left then');
  clearInterval(timer);
  const later = watch();
  await later.see('a look', () => true);
  assert.ok(ajv.validate(historySchema, { samples: later.history }), ajv.errorsText());
  const rates = later.history.map(({ coupons }: { coupons: Record<string, { issuedPerSecond: number | null }> }) =>
    Number(coupons[couponId]?.issuedPerSecond),
  );
  assert.ok(rates.length >= 2 && rates.some((rate: number) => rate > 50), `${rates}`);
});

test('the end of a session or of a token ends its stream, and no other one', async (t) => {
  const stores = await openStores(t);
  const { url, watch, authentication } = await serve(t, stores);
  const origin = { origin: url };
  const cookieOf = async (token: string) => {
    const body = JSON.stringify({ token });
    const headers = { 'content-type': 'application/json', ...origin };
    const response = await fetch(`${url}/admin/v1/session`, { method: 'POST', body, headers });
    return { cookie: response.headers.get('set-cookie')?.split(';')[0] as string };
  };
  const [first, second] = [await cookieOf(alice.token), await cookieOf(alice.token)];
  const loggedOut = watch(first);
  const removed = watch(second);
  const bearer = watch();
  for (const viewer of [loggedOut, removed, bearer]) await viewer.see('a look', () => true);
  await fetch(`${url}/admin/v1/session`, { method: 'DELETE', headers: { ...first, ...origin } });
  await waitFor('the logout ends the stream', () => loggedOut.isOver, { withinMs: 4000 });
  assert.deepEqual([removed.isOver, bearer.isOver], [false, false]);
  authentication.replaceOperators([]);
  await waitFor('the removal ends the stream', () => removed.isOver, { withinMs: 4000 });
  assert.equal(bearer.isOver, false);
  authentication.replaceToken('another-token-of-the-tests');
  await waitFor('the new token ends the stream', () => bearer.isOver, { withinMs: 4000 });
  const refused = watch(first);
  await refused.begun;
  assert.equal(refused.status, 401);
});

test('without a viewer nothing is asked, and the end of the server ends the streams', async (t) => {
  const stores = await openStores(t);
  const { app, watch } = await serve(t, stores);
  const looks = async () =>
    (await commandsDuring(stores.server, () => new Promise((r) => setTimeout(r, 1500)))).get('time') ?? 0;
  assert.equal(await looks(), 0);
  const viewer = watch();
  await viewer.see('a look', () => true);
  assert.ok((await looks()) >= 1);
  viewer.leave();
  await waitFor('nothing is asked any more', async () => (await looks()) === 0);
  const again = watch();
  await again.see('a look', () => true);
  await within(3000, 'the server ends', app.close());
  await waitFor('the stream is over', () => again.isOver);
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
  const { watch } = await serve(t, stores, { prometheusUrl: `http://127.0.0.1:${port}` });
  const viewers = [watch(), watch(), watch()];
  const look = await (viewers[0] as LiveViewer).see('alerts', ({ alerts }) => alerts.source === 'prometheus');
  assert.deepEqual(look.alerts.firing, [
    { name: 'CouponrushGateShut', severity: 'critical', summary: 'shut', runbook: 'couponrushgateshut' },
  ]);
  assert.equal(asked, 1, 'once for all viewers');
  const unreachable = await serve(t, stores, { prometheusUrl: 'http://user:secret@127.0.0.1:1' });
  const other = unreachable.watch();
  const own = await other.see('the problem', ({ alerts }) => alerts.problem !== null);
  assert.equal(own.alerts.source, 'server');
  assert.match(own.alerts.problem ?? '', /^Prometheus is unreachable/);
  assert.doesNotMatch(JSON.stringify(own), /secret/);
});

test('while the server may not ask Redis the look says why, and shows nothing of it', async (t) => {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 5);
  await preloadCoupon(stores, couponId);
  const { watch } = await serve(t, stores, { refusal: async () => 'This Redis belongs to another installation' });
  const viewer = watch();
  const look = await viewer.see('the reason', ({ refusal, mysql }) => refusal !== null && mysql === 'ok');
  assert.deepEqual([look.redis, look.gate, viewer.coupon(couponId)?.live], ['unreachable', 'unknown', null]);
});
