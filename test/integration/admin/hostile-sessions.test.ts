// Sessions in the hands of someone who wants more than their role: cookies set by others, of others, or too many.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminRoutes } from '../../../src/admin/routes.ts';
import { Sessions } from '../../../src/admin/sessions.ts';
import {
  byCookie,
  HOST,
  logIn,
  made,
  openConsole,
  operators,
  SESSION_PATH,
  TOKEN,
} from '../../support/admin-sessions.ts';

const tokenOf = (role: string) => made.find((each) => each.role === role)?.token ?? '';

test('a cookie has the role that its operator has now, not that of the login', async (t) => {
  const { app, authentication } = await openConsole(t);
  const { pair } = await logIn(app, tokenOf('admin'));
  authentication.replaceOperators(
    operators.map((operator) => (operator.name === 'a-admin' ? { ...operator, role: 'viewer' } : operator)),
  );
  const read = await app.inject({ url: SESSION_PATH, headers: { cookie: pair } });
  assert.deepEqual([read.json().operator, read.json().role], ['a-admin', 'viewer']);
  const statuses = await Promise.all(
    adminRoutes()
      .filter(({ method, open, operationId }) => method !== 'GET' && !open && operationId !== 'endSession')
      .map(async ({ method, path }) => {
        const url = path.replace('{couponId}', '404').replace(/\{\w+\}/g, '1');
        return (await app.inject(byCookie(pair, { method, url }))).statusCode;
      }),
  );
  assert.deepEqual(new Set(statuses), new Set([403]));
});

test('a bearer token counts alone: neither a right one nor a wrong one is mixed with a cookie', async (t) => {
  const { app, stores } = await openConsole(t);
  const { pair } = await logIn(app, tokenOf('admin'));
  const both = (token: string) => ({ host: HOST, cookie: pair, authorization: `Bearer ${token}` });
  const coupon = { name: 'Sale', totalStock: 3, discountType: 'PERCENT', discountAmount: 20 };
  const create = { method: 'POST' as const, url: '/admin/v1/coupons', payload: coupon };
  const viewer = await app.inject({ ...create, headers: both(tokenOf('viewer')) });
  assert.deepEqual([viewer.statusCode, viewer.json().code], [403, 'FORBIDDEN_OPERATOR']);
  const wrong = await app.inject({ ...byCookie(pair, create), headers: both('a guess') });
  assert.equal(wrong.statusCode, 401);
  const basic = await app.inject({ ...create, headers: { ...both(''), authorization: 'Basic eDp5' } });
  assert.equal(basic.statusCode, 401);
  assert.equal((await app.inject({ ...create, headers: both(tokenOf('operator')) })).statusCode, 201);
  const records = await stores.database.query<{ actor: string }>(
    "SELECT actor FROM coupon_audit WHERE result = 'APPLIED' ORDER BY id",
  );
  assert.deepEqual(
    records.map(({ actor }) => actor),
    ['a-operator (operator) from 127.0.0.1'],
  );
});

test('of two right cookies the later login counts, in either order, and a logout ends both', async (t) => {
  const { app, authentication } = await openConsole(t);
  // Set for a path of the same host by someone who has a session, so that the browser sends it first.
  const earlier = new Sessions(authentication.findHolder, () => Date.now() - 60_000);
  const planted = `couponrush-session=${earlier.cookieOf(earlier.begin('a-viewer'))}`;
  const { pair } = await logIn(app, tokenOf('operator'));
  for (const cookie of [`${planted}; ${pair}`, `${pair}; ${planted}`, `${planted}; ${pair}; ${planted}`]) {
    const read = await app.inject({ url: SESSION_PATH, headers: { cookie } });
    assert.equal(read.json().operator, 'a-operator', cookie);
  }
  const login = { method: 'POST' as const, url: SESSION_PATH, payload: { token: TOKEN } };
  const fresh = await app.inject({ ...login, headers: { cookie: planted } });
  const value = /session=([^;]+)/.exec(String(fresh.headers['set-cookie']))?.[1] ?? '';
  assert.ok(value !== '' && !planted.includes(value), 'a login never takes up a session that was there');
  await app.inject(byCookie(`${planted}; ${pair}`, { method: 'DELETE', url: SESSION_PATH }));
  for (const cookie of [planted, pair]) {
    assert.equal((await app.inject({ url: SESSION_PATH, headers: { cookie } })).statusCode, 401);
  }
});

test('a cookie is Secure only if the first proxy says https, and never because Host or Origin say so', async (t) => {
  const { app } = await openConsole(t);
  const secure = async (headers: Record<string, string>) => /; Secure/.test((await logIn(app, TOKEN, headers)).cookie);
  for (const proto of ['https', 'HTTPS', 'https, http', ' https ']) {
    assert.equal(await secure({ 'x-forwarded-proto': proto }), true, proto);
  }
  for (const proto of ['http', 'http, https', 'httpsx', '', 'x; https']) {
    assert.equal(await secure({ 'x-forwarded-proto': proto }), false, proto);
  }
  assert.equal(await secure({ host: HOST, 'x-forwarded-host': 'evil.example' }), false);
});

test('no GET and no HEAD changes anything, and a method can not be overridden', async (t) => {
  const { app, stores } = await openConsole(t);
  const { pair } = await logIn(app, TOKEN);
  const evil = { host: HOST, cookie: pair, origin: 'http://evil.example', 'x-http-method-override': 'POST' };
  for (const { path, method, mediaTypes, open } of adminRoutes()) {
    if (mediaTypes?.includes('text/event-stream') || path === SESSION_PATH || open) continue;
    const url = path.replace(/\{\w+\}/g, '404');
    for (const asked of ['GET', 'HEAD'] as const) {
      const { statusCode } = await app.inject({ method: asked, url: `${url}?_method=${method}`, headers: evil });
      assert.ok(statusCode !== 201, `${asked} ${url}`);
    }
  }
  assert.deepEqual(await stores.database.query('SELECT id FROM coupon_audit'), []);
  assert.deepEqual(await stores.database.query('SELECT id FROM coupon'), []);
  assert.equal((await app.inject({ url: SESSION_PATH, headers: { cookie: pair } })).statusCode, 200);
});

test('a flood of logins and of cookies is answered, and leaves those who are in alone', async (t) => {
  const { app } = await openConsole(t);
  const { pair } = await logIn(app, tokenOf('operator'));
  const right = await Promise.all(Array.from({ length: 500 }, () => logIn(app, tokenOf('viewer'))));
  assert.ok(right.every(({ response }) => response.statusCode === 201));
  assert.equal(new Set(right.map(({ pair: each }) => each)).size, 500, 'each has a session of its own');
  const wrong = await Promise.all(Array.from({ length: 500 }, (_, n) => logIn(app, `a guess ${n}`)));
  const statuses = new Set(wrong.map(({ response }) => response.statusCode));
  assert.deepEqual(statuses, new Set([401, 429]));
  for (const { pair: each } of right) {
    await app.inject(byCookie(each, { method: 'DELETE', url: SESSION_PATH }));
  }
  const still = await app.inject({ url: SESSION_PATH, headers: { cookie: pair } });
  assert.deepEqual([still.statusCode, still.json().operator], [200, 'a-operator']);
});
