// The console's session over HTTP: a cookie for a token, in each role, with each rule about where a change comes from.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InjectOptions } from 'fastify';
import { adminRoutes } from '../../../src/admin/routes.ts';
import { Sessions } from '../../../src/admin/sessions.ts';
import {
  byCookie,
  HOST,
  logIn,
  made,
  ORIGIN,
  openConsole,
  operators,
  SESSION_PATH as PATH,
  TOKEN,
} from '../../support/admin-sessions.ts';

const create: InjectOptions = {
  method: 'POST',
  url: '/admin/v1/coupons',
  payload: { name: 'Sale', totalStock: 3, discountType: 'PERCENT', discountAmount: 20 },
};

test('a token is exchanged for a cookie that no script reads and no other page sends', async (t) => {
  const { app } = await openConsole(t);
  const { response, cookie, pair } = await logIn(app, made[2]?.token ?? '');
  assert.equal(response.statusCode, 201);
  const { expiresAt, ...asked } = response.json();
  assert.deepEqual(asked, { operator: 'a-operator', role: 'operator' });
  const seconds = (Date.parse(expiresAt) - Date.now()) / 1000;
  assert.ok(seconds > 1790 && seconds <= 1800, expiresAt);
  assert.match(cookie, /^couponrush-session=[\w.-]{90,300}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=(1800|1799)$/);
  const tls = await logIn(app, TOKEN, { 'x-forwarded-proto': 'https' });
  assert.match(tls.cookie, /; Secure$/);
  const read = await app.inject({ url: PATH, headers: { cookie: `theme=dark; ${pair}; x` } });
  assert.deepEqual([read.statusCode, read.json()], [200, response.json()]);
  assert.equal(read.headers['set-cookie'], undefined, 'a new cookie is not renewed');
  const byToken = await app.inject({ url: PATH, headers: { authorization: `Bearer ${TOKEN}` } });
  assert.deepEqual(byToken.json(), { operator: null, role: 'admin', expiresAt: null });
  assert.equal(read.headers['access-control-allow-origin'], undefined);
});

test('a cookie may do what the role of its operator may, on every route', async (t) => {
  const { app } = await openConsole(t);
  for (const { role, token } of made) {
    const { pair } = await logIn(app, token);
    for (const { method, path, operationId, mediaTypes } of adminRoutes()) {
      if (operationId === 'endSession' || mediaTypes?.includes('text/event-stream')) continue;
      const url = path.replace('{couponId}', '404');
      const [cookie, bearer] = await Promise.all([
        app.inject(byCookie(pair, { method, url })),
        app.inject({ method, url, headers: { authorization: `Bearer ${token}` } }),
      ]);
      assert.equal(cookie.statusCode, bearer.statusCode, `${role} ${operationId}: ${cookie.body.slice(0, 200)}`);
      assert.notEqual(cookie.statusCode, 401);
    }
  }
});

test('the audit names the operator of a cookie; of the shared token it names who X-Operator says', async (t) => {
  const { app, stores } = await openConsole(t);
  for (const token of [made[2]?.token ?? '', TOKEN]) {
    const { pair } = await logIn(app, token);
    const created = await app.inject(byCookie(pair, create, { 'x-operator': 'kim' }));
    assert.equal(created.statusCode, 201, created.body);
  }
  const records = await stores.database.query<{ actor: string }>('SELECT actor FROM coupon_audit ORDER BY id');
  assert.deepEqual(
    records.map(({ actor }) => actor),
    ['a-operator (operator) from 127.0.0.1', 'api kim from 127.0.0.1'],
  );
});

test('a change by cookie needs a page of the same host; reading and a bearer token do not', async (t) => {
  const { app, stores } = await openConsole(t);
  const { pair } = await logIn(app, TOKEN);
  const foreign = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: `http://${HOST}.evil.example` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    {},
  ];
  for (const headers of foreign) {
    const refused = await app.inject({ ...create, headers: { host: HOST, cookie: pair, ...headers } as never });
    const seen = `${JSON.stringify(headers)}: ${refused.body}`;
    assert.deepEqual([refused.statusCode, refused.json().code], [403, 'FORBIDDEN_ORIGIN'], seen);
    for (const method of ['GET', 'HEAD'] as const) {
      const options = { method, url: '/admin/v1/coupons', headers: { host: HOST, cookie: pair, ...headers } as never };
      assert.equal((await app.inject(options)).statusCode, 200, seen);
    }
    const bearer = { host: HOST, cookie: pair, authorization: `Bearer ${TOKEN}`, ...headers } as never;
    const dryRun = { ...(create.payload as object), dryRun: true };
    assert.equal((await app.inject({ ...create, payload: dryRun, headers: bearer })).statusCode, 200, seen);
  }
  assert.deepEqual(await stores.database.query('SELECT id FROM coupon'), []);
  const logout = { method: 'DELETE', url: PATH, headers: { host: HOST, cookie: pair, origin: 'http://evil.example' } };
  assert.equal((await app.inject(logout as InjectOptions)).statusCode, 403);
  for (const headers of [{ origin: ORIGIN }, { 'sec-fetch-site': 'same-origin' }]) {
    const made = await app.inject({ ...create, headers: { host: HOST, cookie: pair, ...headers } as never });
    assert.equal(made.statusCode, 201, made.body);
  }
  const elsewhere = await logIn(app, TOKEN, { host: HOST, origin: 'http://evil.example' });
  assert.deepEqual([elsewhere.response.statusCode, elsewhere.cookie], [403, '']);
});

test('a wrong token gets no cookie, and is counted and locked as a bearer token is', async (t) => {
  const { app } = await openConsole(t);
  const statuses: number[] = [];
  for (const token of ['a guess', 'another guess', 'x'.repeat(512), 'one too many']) {
    const { response, cookie } = await logIn(app, token);
    statuses.push(response.statusCode);
    assert.equal(cookie, '');
  }
  assert.deepEqual(statuses, [401, 401, 401, 429]);
  const bearer = await app.inject({ url: PATH, headers: { authorization: 'Bearer guess' } });
  assert.deepEqual([bearer.statusCode, Number(bearer.headers['retry-after']) > 0], [429, true]);
  assert.equal((await logIn(app, TOKEN)).response.statusCode, 201, 'a right one is let in');
  for (const payload of [
    {},
    { token: 1 },
    { token: '' },
    { token: TOKEN, role: 'admin' },
    { token: 'x'.repeat(513) },
  ]) {
    const { statusCode } = await app.inject({ method: 'POST', url: PATH, payload });
    assert.equal(statusCode, 422, JSON.stringify(payload));
  }
});

test('a session ends by logout, by removing the operator, and by a new token; a restart does not end it', async (t) => {
  const { app, authentication, restart } = await openConsole(t);
  const alice = made[2]?.token ?? '';
  const [first, second, shared] = await Promise.all([logIn(app, alice), logIn(app, alice), logIn(app, TOKEN)]);
  const statusOf = async (pair: string, of = app) =>
    (await of.inject({ url: PATH, headers: { cookie: pair } })).statusCode;
  const out = await app.inject(byCookie(first.pair, { method: 'DELETE', url: PATH }));
  assert.deepEqual([out.statusCode, out.json()], [200, {}]);
  assert.match(
    String(out.headers['set-cookie']),
    /^couponrush-session=; HttpOnly; SameSite=Strict; Path=\/; Max-Age=0$/,
  );
  assert.deepEqual([await statusOf(first.pair), await statusOf(second.pair)], [401, 200]);
  const restarted = restart();
  assert.deepEqual([await statusOf(second.pair, restarted), await statusOf(shared.pair, restarted)], [200, 200]);
  authentication.replaceOperators(operators.filter(({ name }) => name !== 'a-operator'));
  assert.deepEqual([await statusOf(second.pair), await statusOf(shared.pair)], [401, 200]);
  authentication.replaceToken('another-token-of-the-tests');
  assert.equal(await statusOf(shared.pair), 401);
  const change = await app.inject(byCookie(shared.pair, create));
  assert.deepEqual([change.statusCode, change.json().code], [401, 'UNAUTHENTICATED_OPERATOR']);
});

test('a request renews a session that is a third over, and the new cookie says so', async (t) => {
  const { app, authentication } = await openConsole(t);
  const startedAgo = (ms: number) => {
    const earlier = new Sessions(authentication.findHolder, () => Date.now() - ms);
    return `couponrush-session=${earlier.cookieOf(earlier.begin(null))}`;
  };
  const kept = await app.inject({ url: PATH, headers: { cookie: startedAgo(9 * 60_000) } });
  assert.deepEqual([kept.statusCode, kept.headers['set-cookie']], [200, undefined]);
  const old = startedAgo(11 * 60_000);
  const renewed = await app.inject({ url: '/admin/v1/coupons', headers: { cookie: old } });
  const cookie = String(renewed.headers['set-cookie']);
  assert.match(cookie, /; Max-Age=(1800|1799)$/);
  const pair = cookie.split(';')[0] as string;
  assert.notEqual(pair, old);
  assert.equal((await app.inject({ url: PATH, headers: { cookie: pair } })).statusCode, 200);
  // One logout ends the old cookie and the new one.
  await app.inject(byCookie(pair, { method: 'DELETE', url: PATH }));
  for (const each of [pair, old]) {
    assert.equal((await app.inject({ url: PATH, headers: { cookie: each } })).statusCode, 401);
  }
  const over = await app.inject({ url: PATH, headers: { cookie: startedAgo(30 * 60_000) } });
  assert.equal(over.statusCode, 401);
});

test('two consoles on one host, at two ports, keep a session each in one browser', async (t) => {
  const [first, second] = await Promise.all([openConsole(t), openConsole(t)]);
  const [a, b] = await Promise.all([
    logIn(first.app, made[1]?.token ?? '', { host: '127.0.0.1:8081' }),
    logIn(second.app, made[2]?.token ?? '', { host: '127.0.0.1:8082' }),
  ]);
  assert.match(a.pair, /^couponrush-session-8081=/);
  assert.match(b.pair, /^couponrush-session-8082=/);
  // A browser sends every cookie of the host to each of its ports.
  const cookie = `${a.pair}; ${b.pair}`;
  const nameAt = async ({ app }: typeof first, host: string, sent = cookie) =>
    (await app.inject({ url: PATH, headers: { host, cookie: sent } })).json().operator;
  assert.equal(await nameAt(first, '127.0.0.1:8081'), 'a-support');
  assert.equal(await nameAt(second, '127.0.0.1:8082'), 'a-operator');
  assert.equal(await nameAt(first, '127.0.0.1:8082', a.pair), undefined, 'the cookie of another port is none');
  const out = await first.app.inject({
    method: 'DELETE',
    url: PATH,
    headers: { host: '127.0.0.1:8081', origin: 'http://127.0.0.1:8081', cookie },
  });
  assert.match(String(out.headers['set-cookie']), /^couponrush-session-8081=; [^,]*Max-Age=0$/, 'the other one stays');
  for (const host of ['console.example', 'console.example:443', '[::1]:80']) {
    assert.match((await logIn(first.app, TOKEN, { host })).pair, /^couponrush-session=/, host);
  }
  assert.match((await logIn(first.app, TOKEN, { host: '[::1]:8081' })).pair, /^couponrush-session-8081=/);
});

test('rubbish in the cookie is a missing one, whatever it is, and locks nobody out', async (t) => {
  const { app } = await openConsole(t);
  const { pair } = await logIn(app, TOKEN);
  const value = pair.split('=')[1] as string;
  const rubbish = [
    ...['', '=', ';', ';;;=;=', 'couponrush-session', 'couponrush-session=', 'couponrush-session==', '\u00ff\u00fe'],
    ...['couponrush-session=....', `couponrush-session="${value}"`, `couponrush-session=${value}x`, `x${pair}`],
    ...[`couponrush-session=${'a'.repeat(6000)}`, 'couponrush-session=%00%ff', '__proto__=x; constructor=y'],
    ...[`couponrush-session=${value.replace(/^\.?/, '__proto__.')}`, `${'couponrush-session=x; '.repeat(300)}`],
    ...[`COUPONRUSH-SESSION=${value}`, `couponrush-session=${'9'.repeat(11)}.${value}`],
  ];
  for (const cookie of rubbish) {
    for (const method of ['GET', 'DELETE'] as const) {
      const response = await app.inject(byCookie(cookie, { method, url: PATH }));
      assert.equal(response.statusCode, 401, cookie.slice(0, 80));
    }
  }
  const left = await app.inject({ url: PATH, headers: { cookie: `couponrush-session=old; ${pair}` } });
  assert.equal(left.statusCode, 200, 'a cookie that is left of another path hides none');
});
