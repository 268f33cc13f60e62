// Which refused changes leave a record, and that a loop of them does not fill the table.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authentication } from '../../../src/admin/authentication.ts';
import { newOperator, parseOperators } from '../../../src/admin/operators.ts';
import { RefusedRoles } from '../../../src/admin/refused-changes.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { closeCoupon } from '../../../src/coupons/close.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { type AuditRecord, listAudit } from '../../../src/store/tables/audit.ts';
import {
  type CouponStores,
  decide,
  newCoupon,
  numbers,
  openStores,
  persistOutbox,
} from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';

function openApi(t: Scope, servers: CouponStores, operators: readonly ReturnType<typeof newOperator>[] = []) {
  const authentication = new Authentication({
    token: 'token-of-the-tests',
    operators: parseOperators(operators.map(({ line }) => line).join('\n'), 'operators'),
    failuresMax: 10,
  });
  const app = createAdminServer({ authentication, servers, openapi: '{}' });
  t.after(() => app.close());
  return async (method: 'GET' | 'POST' | 'PATCH', path: string, payload: object = {}, token = 'token-of-the-tests') => {
    const headers = { authorization: `Bearer ${token}` };
    const reply = await app.inject({
      method,
      url: `/admin/v1${path}`,
      headers,
      ...(method === 'GET' ? {} : { payload }),
    });
    return reply.json().code as string;
  };
}

async function refusalsOf({ database }: CouponStores): Promise<string[]> {
  const records = await listAudit(database, { limit: 1000 });
  const inWords = ({ action, couponId, detail }: AuditRecord) => `${action} ${couponId} ${detail?.split(':')[0]}`;
  return records.filter(({ result }) => result === 'REFUSED').map(inWords);
}

test('each refused change of an operator is recorded, once a minute', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const ask = openApi(t, stores);
  const open = await newCoupon(database, 10);
  const closed = await newCoupon(database, 10);
  for (const id of [open, closed]) await preloadCoupon(stores, id);
  await decide(redis, open, numbers(1, 6));
  await persistOutbox(stores, open);
  await decide(redis, closed, [1]);
  await closeCoupon(stores, { couponId: closed, actor: 'test' }, 0);
  // What the command line sends before it asks whether a move is meant.
  const preview = { dryRun: true, intended: true };
  const cases: [string, object, string, string][] = [
    [`/coupons/${open}/restock`, { totalStock: 5, ...preview }, 'BELOW_ISSUED', `restock ${open}`],
    [`/coupons/${open}/restock`, { add: 1, version: 7, ...preview }, 'VERSION_CONFLICT', `restock ${open}`],
    [`/coupons/${closed}/restock`, { add: 1, ...preview }, 'STATE_CONFLICT', `restock ${closed}`],
    [`/coupons/${closed}/archive`, {}, 'NOT_DRAINED', `archive ${closed}`],
    [`/coupons/${closed}/pause`, {}, 'STATE_CONFLICT', `pause ${closed}`],
    [`/coupons/${open}/revoke`, { userId: 99 }, 'NOT_ISSUED_COUPON', `revoke ${open}`],
    ['/users/1/erase', { reason: 'asked for' }, 'STATE_CONFLICT', 'erase 0'],
  ];
  const expected: string[] = [];
  for (const [path, body, code, move] of cases) {
    for (let time = 1; time <= 3; time++) assert.equal(await ask('POST', path, body), code, path);
    expected.unshift(`${move} ${code}`);
    assert.deepEqual(await refusalsOf(stores), expected);
  }
  const edit = { name: 'late', ...preview };
  assert.equal(await ask('PATCH', `/coupons/${open}`, edit), 'STATE_CONFLICT');
  assert.deepEqual(await refusalsOf(stores), [`edit ${open} STATE_CONFLICT`, ...expected]);

  // An hour later the same is worth a record again.
  await database.execute("UPDATE coupon_audit SET at = at - INTERVAL 1 HOUR WHERE result = 'REFUSED'");
  const before = await refusalsOf(stores);
  const notMeant: [string, object][] = [
    [`/coupons/${open}/restock`, { totalStock: 5, dryRun: true }],
    [`/coupons/${closed}/archive`, { dryRun: true }],
    ['/users/1/erase', { reason: 'asked for', dryRun: true }],
    ['/coupons/404/restock', { add: 1 }],
    [
      '/coupons',
      { name: 'x', totalStock: 5, discountType: 'FIXED', discountAmount: 1, opensAt: '2020-01-01T00:00:00Z' },
    ],
  ];
  for (const [path, body] of notMeant) await ask('POST', path, body);
  assert.deepEqual(await refusalsOf(stores), before, 'dry runs, and what names no coupon');
  await ask('POST', `/coupons/${open}/restock`, { totalStock: 5 });
  assert.deepEqual(await refusalsOf(stores), [`restock ${open} BELOW_ISSUED`, ...before]);
});

test("what an operator's role may not change is recorded, once a minute for all coupons", async (t) => {
  const stores = await openStores(t);
  const [viewer, support] = [newOperator('vera', 'viewer'), newOperator('sam', 'support')];
  const ask = openApi(t, stores, [viewer, support]);
  for (let coupon = 1; coupon <= 20; coupon++) {
    assert.equal(await ask('POST', `/coupons/${coupon}/pause`, {}, viewer.token), 'FORBIDDEN_OPERATOR');
  }
  assert.equal(await ask('POST', '/coupons/7/pause', {}, support.token), 'FORBIDDEN_OPERATOR');
  assert.equal(await ask('POST', '/coupons', {}, support.token), 'FORBIDDEN_OPERATOR');
  for (const id of ['1e3', '-1', '99999999999999999999']) {
    assert.equal(await ask('POST', `/coupons/${id}/close`, {}, support.token), 'FORBIDDEN_OPERATOR');
  }
  assert.equal(await ask('GET', '/audit', {}, viewer.token), 'FORBIDDEN_OPERATOR', 'a look changes nothing');
  const [close, create, , pause] = (await listAudit(stores.database, { limit: 10 })).map((record) => record);
  assert.deepEqual(await refusalsOf(stores), [
    'close 0 FORBIDDEN_OPERATOR',
    'create 0 FORBIDDEN_OPERATOR',
    'pause 7 FORBIDDEN_OPERATOR',
    'pause 1 FORBIDDEN_OPERATOR',
  ]);
  assert.deepEqual([close?.actor, create?.actor], Array(2).fill('sam (support) from 127.0.0.1'));
  assert.match(pause?.detail ?? '', /^FORBIDDEN_OPERATOR: .* for operator, admin, and you are viewer$/);
});

test('a refused role is recorded again after a minute, and never while nothing may be written', async (t) => {
  const stores = await openStores(t);
  let nowMs = 0;
  let refusal: string | null = 'this Redis is of another installation';
  const roles = new RefusedRoles({ servers: stores, refusal: async () => refusal, now: () => nowMs });
  const route = { method: 'POST', operationId: 'pauseCoupon' } as const;
  const try_ = (name: string) =>
    roles.record(route, { name, role: 'viewer', actor: name }, { ip: '::1', params: { couponId: '1' } }, 'no');
  await try_('vera');
  assert.deepEqual(await refusalsOf(stores), []);
  refusal = null;
  for (nowMs = 60_000; nowMs < 180_000; nowMs += 5000) await try_('vera');
  await try_('vic');
  await stores.database.execute("UPDATE coupon_audit SET at = at - INTERVAL 1 HOUR WHERE result = 'REFUSED'");
  nowMs = 400_000;
  await try_('vera');
  const actors = (await listAudit(stores.database, { limit: 10 })).map(({ actor }) => actor);
  assert.deepEqual(actors, ['vera', 'vic', 'vera']);
});
