// The admin API on real stores, without a port: each route, and what each refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { Authentication } from '../../../src/admin/authentication.ts';
import { adminRoutes } from '../../../src/admin/routes.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { problems } from '../../../src/errors.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { type CouponStores, decide, openStores, persistOutbox } from '../../support/coupon-stores.ts';
import type { Scope } from '../../support/servers.ts';

const TOKEN = 'token-of-the-tests';
const ajv = new Ajv({ allowUnionTypes: true });
formats.default(ajv, ['date-time']);

interface Api {
  readonly app: FastifyInstance;
  readonly stores: CouponStores;
  /** Asks with the token, checks the answer against its schema, and returns its body. */
  ask(method: 'GET' | 'POST' | 'PATCH', path: string, body?: object): Promise<{ status: number; body: Body }>;
  /** As it comes. */
  raw(options: InjectOptions): Promise<{ status: number; body: Body; headers: Record<string, unknown> }>;
}

// biome-ignore lint/suspicious/noExplicitAny: what a test reads from an answer is checked by its schema
type Body = any;

async function openApi(t: Scope, failuresMax = 1000): Promise<Api> {
  const stores = await openStores(t);
  const app = createAdminServer({
    authentication: new Authentication({ token: TOKEN, failuresMax }),
    servers: stores,
    openapi: '{}',
  });
  t.after(() => app.close());
  const raw: Api['raw'] = async (options) => {
    const response = await app.inject(options);
    return { status: response.statusCode, body: response.body ? response.json() : null, headers: response.headers };
  };
  return {
    app,
    stores,
    raw,
    async ask(method, path, body) {
      const answer = await raw({
        method,
        url: `/admin/v1${path}`,
        headers: { authorization: `Bearer ${TOKEN}` },
        ...(body === undefined ? {} : { payload: body }),
      });
      checkAnswer(method, `/admin/v1${path}`, answer.status, answer.body);
      return answer;
    },
  };
}

function checkAnswer(method: string, url: string, status: number, body: Body): void {
  const path = (url.split('?')[0] as string)
    .replace(/\/coupons\/\d+/, '/coupons/{couponId}')
    .replace(/\/(users|holders)\/\d+/, '/$1/{userId}');
  const route = adminRoutes().find((each) => each.method === method && each.path === path);
  assert.ok(route, `${method} ${path} is no route`);
  if (status < 300) {
    assert.equal(status, route.status ?? 200);
    assert.ok(ajv.validate(route.answer, body), `${method} ${path}: ${ajv.errorsText()} in ${JSON.stringify(body)}`);
    return;
  }
  const general = [
    'BAD_REQUEST',
    'UNAUTHENTICATED_OPERATOR',
    'FORBIDDEN_OPERATOR',
    'TOO_MANY_REQUESTS',
    'STORES_AWAY',
    'OUTCOME_UNKNOWN',
  ];
  assert.ok([...general, ...route.problems].includes(body.code), `${method} ${path} does not tell of ${body.code}`);
  assert.equal(problems[body.code as keyof typeof problems].status, status);
}

const draft = { name: 'Spring sale', totalStock: 3, discountType: 'PERCENT', discountAmount: 20 };

test('an event by the admin API alone, each answer as its schema says', async (t) => {
  const { ask, stores } = await openApi(t);
  const { redis } = stores;
  const created = await ask('POST', '/coupons', { ...draft, closesAt: '2099-01-01T09:00:00+09:00' });
  assert.equal(created.status, 201);
  assert.equal(created.body.closesAt, '2099-01-01T00:00:00.000Z');
  const id: number = created.body.id;
  const at = `/coupons/${id}`;

  assert.equal((await ask('GET', at)).body.phase, 'draft');
  assert.equal((await ask('PATCH', at, { name: 'Summer sale', version: 0 })).body.coupon.name, 'Summer sale');
  assert.equal((await ask('POST', `${at}/preload`)).body.changed, true);
  assert.equal((await ask('POST', `${at}/preload`, {})).body.changed, false);
  await decide(redis, id, [1, 2, 3, 4]);
  const soldOut = (await ask('GET', at)).body;
  assert.deepEqual([soldOut.phase, soldOut.live.left, soldOut.live.backlog], ['sold-out', 0, 3]);

  assert.equal((await ask('POST', `${at}/pause`, { reason: 'prices are wrong' })).body.coupon.state, 'PAUSED');
  assert.equal((await ask('POST', `${at}/resume`)).body.coupon.state, 'OPEN');
  assert.equal((await ask('POST', `${at}/restock`, { add: 2 })).body.coupon.totalStock, 5);
  assert.equal((await ask('POST', `${at}/restock`, { totalStock: 2 })).body.code, 'BELOW_ISSUED');
  assert.equal((await ask('POST', `${at}/restock`, { add: 1, version: 1 })).body.code, 'VERSION_CONFLICT');
  assert.equal((await ask('POST', `${at}/revoke`, { userId: 1 })).body.code, 'NOT_DRAINED');
  assert.equal((await ask('GET', `${at}/verification?mode=final`)).body.ok, false);
  assert.equal((await ask('GET', `${at}/verification`)).body.ok, true);
  assert.equal((await ask('POST', `${at}/close`, { waitSeconds: 0 })).body.drained, false);
  assert.equal((await ask('POST', `${at}/archive`)).body.code, 'NOT_DRAINED');
  await persistOutbox(stores, id);
  assert.equal((await ask('POST', `${at}/revoke`, { userId: 1, reason: 'fraud' })).body.coupon.stock, 3);
  assert.equal((await ask('POST', `${at}/rebuild`)).body.holders, 2);
  assert.equal((await ask('POST', `${at}/close`)).body.drained, true);
  assert.equal((await ask('POST', `${at}/archive`)).body.verification.ok, true);
  assert.equal((await ask('GET', at)).body.phase, 'archived');
  assert.equal((await ask('POST', `${at}/resume`)).body.code, 'STATE_CONFLICT');

  const { records } = (await ask('GET', `/audit?couponId=${id}&limit=1000`)).body;
  assert.ok(records.every((record: { actor: string }) => record.actor === 'api 127.0.0.1'));
  assert.equal(records.filter((record: { result: string }) => record.result === 'APPLIED').length, 10);
  assert.equal((await ask('GET', '/coupons?state=ARCHIVED')).body.coupons[0].id, id);
  assert.equal((await ask('GET', '/status')).body.gate, 'shut');
});

test('everything is paused: a draft that would open by itself is held, shown so, and released', async (t) => {
  const { ask } = await openApi(t);
  const open: number = (await ask('POST', '/coupons', { ...draft, preload: true })).body.id;
  const held: number = (await ask('POST', '/coupons', { ...draft, opensAt: '2099-01-01T00:00:00Z' })).body.id;
  const { coupons, ...all } = (await ask('POST', '/pause', { reason: 'wrong prices' })).body;
  assert.deepEqual(all, { changed: true, inEffect: true, recorded: true, drafts: 'held' });
  assert.deepEqual(coupons, [
    { couponId: open, changed: true, inEffect: true, recorded: true },
    { couponId: held, changed: true, inEffect: true, recorded: false, held: true },
  ]);
  assert.equal((await ask('GET', `/coupons/${held}`)).body.held.reason, 'wrong prices');
  assert.equal((await ask('GET', '/coupons')).body.coupons[0].held.reason, 'wrong prices');
  assert.deepEqual((await ask('GET', '/status')).body.heldDrafts, [held]);
  const { changed, inEffect, coupon } = (await ask('POST', `/coupons/${held}/resume`)).body;
  assert.deepEqual([changed, inEffect, coupon.state], [true, true, 'DRAFT']);
  assert.equal((await ask('GET', `/coupons/${held}`)).body.held, null);
  assert.deepEqual((await ask('GET', '/status')).body.heldDrafts, []);
});

test('dead letters are listed, sent back, and given up', async (t) => {
  const { ask, stores } = await openApi(t);
  const id: number = (await ask('POST', '/coupons', { ...draft, preload: true })).body.id;
  const { dead } = couponKeys(id);
  for (const user of [1, 2]) {
    await stores.redis.xadd(
      dead,
      '*',
      ...Object.entries({ at: 1, user, sequence: user, issuedAt: 1, code: 'X', reason: 'r', attempts: 3 }).flat(),
    );
  }
  await stores.redis.xadd(dead, '*', 'at', '1', 'raw', 'junk', 'code', 'X', 'attempts', '1');
  const { letters } = (await ask('GET', `/coupons/${id}/dead-letters`)).body;
  assert.deepEqual(
    letters.map(({ userId }: { userId: number }) => userId),
    [1, 2, null],
  );
  const at = `/coupons/${id}/dead-letters`;
  assert.equal((await ask('POST', `${at}/redrive`, { ids: [letters[0].id] })).body.sent, 1);
  assert.equal((await ask('POST', `${at}/resolve`, { ids: [letters[2].id], reason: 'junk' })).body.resolved, 1);
  assert.equal((await ask('POST', `${at}/redrive`, { all: true })).body.sent, 1);
  assert.deepEqual((await ask('GET', at)).body.letters, []);
});

test('a body that is not what the schema says is refused, and changes nothing', async (t) => {
  const { ask, raw, stores } = await openApi(t);
  const bad: [object, string][] = [
    [{}, 'name'],
    [{ ...draft, totalStock: '3' }, 'totalStock'],
    [{ ...draft, totalStock: 0 }, 'totalStock'],
    [{ ...draft, totalStock: 1.5 }, 'totalStock'],
    [{ ...draft, totalStock: { $gt: 0 } }, 'totalStock'],
    [{ ...draft, name: '' }, 'name'],
    [{ ...draft, name: 'x'.repeat(101) }, 'name'],
    [{ ...draft, name: ['x'] }, 'name'],
    [{ ...draft, discountType: 'GIFT' }, 'discountType'],
    [{ ...draft, opensAt: 'tomorrow' }, 'opensAt'],
    [{ ...draft, state: 'OPEN' }, 'state'],
    [{ ...draft, id: 1 }, 'id'],
  ];
  for (const [body, field] of bad) {
    const answer = await ask('POST', '/coupons', body);
    assert.equal(answer.body.code, 'VALIDATION_FAILED', JSON.stringify(body));
    assert.match(answer.body.fields[0].field, new RegExp(field));
  }
  for (const body of [
    { ...draft, discountAmount: 101 },
    { ...draft, opensAt: '2030-01-01T00:00:00Z', closesAt: '2029-01-01T00:00:00Z' },
    { ...draft, opensAt: '1969-12-31T23:59:59Z' },
  ]) {
    assert.equal((await ask('POST', '/coupons', body)).body.code, 'VALIDATION_FAILED');
  }
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const post = (payload: string, more: object = {}) =>
    raw({ method: 'POST', url: '/admin/v1/coupons', headers: { ...headers, ...more }, payload });
  const text = JSON.stringify(draft).slice(1, -1);
  assert.equal((await post(`{${text},"__proto__":{"isAdmin":true}}`)).body.code, 'BAD_REQUEST');
  assert.equal((await post(`{${text},"constructor":{"prototype":{"x":1}}}`)).body.code, 'BAD_REQUEST');
  assert.equal((await post(`${'['.repeat(8000)}${']'.repeat(8000)}`)).body.code, 'VALIDATION_FAILED');
  assert.equal((await post(`{"name":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`)).body.code, 'VALIDATION_FAILED');
  assert.equal((await post('{"name":')).body.code, 'BAD_REQUEST');
  assert.equal((await post('')).body.fields.length, 4, 'an empty body has no field');
  assert.equal((await post('null')).body.code, 'VALIDATION_FAILED');
  assert.equal((await post(`{"name":"${'x'.repeat(17_000)}"}`)).body.code, 'PAYLOAD_TOO_LARGE');
  assert.equal((await post('a=b', { 'content-type': 'text/plain' })).body.code, 'UNSUPPORTED_MEDIA_TYPE');
  assert.equal((await post('a=b', { 'content-type': 'application/x-www-form-urlencoded' })).status, 415);
  assert.deepEqual(await stores.database.query('SELECT id FROM coupon'), []);
  const id: number = (await ask('POST', '/coupons', draft)).body.id;
  assert.equal((await ask('PATCH', `/coupons/${id}`, { version: 0 })).body.code, 'VALIDATION_FAILED');
  assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined);
});

test('a move may have an empty body, with and without the header of JSON', async (t) => {
  const { ask, raw } = await openApi(t);
  const id: number = (await ask('POST', '/coupons', { ...draft, preload: true })).body.id;
  const move = (name: string, payload?: string) =>
    raw({
      method: 'POST',
      url: `/admin/v1/coupons/${id}/${name}`,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(payload === undefined ? {} : { payload }),
    });
  for (const [name, payload] of [['preload'], ['pause', ''], ['resume', ' \n'], ['rebuild', '{}'], ['close', '']]) {
    assert.equal((await move(name as string, payload)).status, 200, name);
  }
  assert.equal((await move('pause', '{')).body.code, 'BAD_REQUEST');
  assert.equal((await move('restock')).body.code, 'VALIDATION_FAILED');
});

test('paths, methods and ids are refused as on the issue API', async (t) => {
  const { ask, raw } = await openApi(t);
  const authorization = `Bearer ${TOKEN}`;
  for (const id of ['0', '007', '-1', '1e3', 'x', '1%00', '9'.repeat(16), '9'.repeat(40)]) {
    const { status, body } = await raw({ url: `/admin/v1/coupons/${id}`, headers: { authorization } });
    assert.deepEqual([status, body.code], [400, 'BAD_REQUEST'], id);
  }
  assert.equal((await raw({ url: '/admin/v1/coupons/%zz', headers: { authorization } })).body.code, 'BAD_REQUEST');
  assert.equal((await raw({ url: '/nowhere' })).body.code, 'NOT_FOUND');
  const wrong = await raw({ method: 'DELETE', url: '/admin/v1/coupons/1' });
  assert.deepEqual(
    [wrong.status, wrong.body.code, wrong.headers.allow],
    [405, 'METHOD_NOT_ALLOWED', 'GET, HEAD, PATCH'],
  );
  assert.equal((await ask('GET', '/coupons/404')).body.code, 'NOT_FOUND_COUPON');
  assert.equal((await ask('POST', '/coupons/404/pause')).body.code, 'NOT_FOUND_COUPON');
  assert.equal((await ask('GET', '/coupons?limit=0')).body.code, 'VALIDATION_FAILED');
  assert.equal((await ask('GET', '/coupons?limit=5&colour=red')).body.code, 'VALIDATION_FAILED');
  assert.equal((await raw({ url: '/livez' })).status, 200);
  assert.equal((await raw({ url: '/openapi.json' })).status, 200);
});

test('without the token nothing is told, and tries are limited by address', async (t) => {
  const { raw } = await openApi(t, 3);
  const ask = (authorization?: string, remoteAddress = '192.0.2.1') =>
    raw({ url: '/admin/v1/status', remoteAddress, headers: authorization === undefined ? {} : { authorization } });
  for (let n = 0; n < 5; n++) {
    const { status, body, headers } = await ask();
    assert.deepEqual([status, body.code, headers['www-authenticate']], [401, 'UNAUTHENTICATED_OPERATOR', 'Bearer']);
  }
  for (const guess of ['Bearer wrong', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`]) {
    assert.equal((await ask(guess)).status, 401, guess);
  }
  const locked = await ask('Bearer wrong');
  assert.deepEqual([locked.status, locked.body.code], [429, 'TOO_MANY_REQUESTS']);
  assert.ok(Number(locked.headers['retry-after']) > 50);
  assert.equal((await ask('Bearer wrong', '192.0.2.2')).status, 401);
  assert.equal((await ask(`Bearer ${TOKEN}`)).status, 200, 'a right one is let in all the same');
});

test('a name of an operator is kept, and a malformed one refused', async (t) => {
  const { ask, raw } = await openApi(t);
  const asOperator = (operator: string) =>
    raw({
      method: 'POST',
      url: '/admin/v1/coupons',
      headers: { authorization: `Bearer ${TOKEN}`, 'x-operator': operator },
      payload: draft,
    });
  assert.equal((await asOperator('alice@example.org')).status, 201);
  assert.equal((await asOperator('alice; DROP TABLE')).status, 400);
  assert.equal((await ask('GET', '/audit')).body.records[0].actor, 'api alice@example.org from 127.0.0.1');
});

test('while Redis is unreachable a move that MySQL has is not in effect yet, and the status says so', async (t) => {
  const { ask, stores } = await openApi(t);
  const id: number = (await ask('POST', '/coupons', { ...draft, preload: true })).body.id;
  await stores.server.kill();
  const paused = await ask('POST', `/coupons/${id}/pause`);
  assert.deepEqual([paused.status, paused.body.changed, paused.body.inEffect], [200, true, false]);
  const status = await ask('GET', '/status');
  assert.deepEqual([status.status, status.body.redis, status.body.mysql], [200, 'unreachable', 'ok']);
  const letters = await ask('GET', `/coupons/${id}/dead-letters`);
  assert.deepEqual([letters.status, letters.body.code], [503, 'STORES_AWAY']);
});
