// Pages of another origin, as their browsers ask. What there is without CORS_ORIGINS: malformed-requests.test.ts.
import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request } from 'node:http';
import { test } from 'node:test';
import { type App, startApp } from '../../support/app.ts';
import { commandsDuring } from '../../support/commands-during.ts';
import { ISSUE_PATH, raw } from '../../support/malformed-requests.ts';
import { sendRaw } from '../../support/raw-http.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

const SHOP = 'https://shop.example';
const ORIGIN = { Origin: SHOP };
const ALLOWED = 'access-control-allow-origin';
const QUIET_MS = 1500;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends headers that `fetch` does not. */
function ask(app: App, method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${app.url}${path}`, { method, headers, agent: false }, async (answer) => {
      let body = '';
      for await (const chunk of answer.setEncoding('utf8')) body += chunk;
      const names = answer.rawHeaders.filter((_, index) => index % 2 === 0);
      assert.equal(new Set(names).size, names.length, `repeated: ${names}`);
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
    });
    sent.on('error', reject).end();
  });
}

const preflight = (app: App, path: string, method: string, origin: Record<string, string> = ORIGIN) =>
  ask(app, 'OPTIONS', path, { ...origin, 'Access-Control-Request-Method': method });

test('pages of CORS_ORIGINS may ask, and read each answer', async (t) => {
  const redis = await startRedis(t);
  const app = await startApp(t, {
    redisUrl: redis.url,
    mysqlUrl: await freshDatabase(t),
    env: {
      WORKERS: '1',
      CORS_ORIGINS: `${SHOP},https://m.shop.example`,
      COUPONRUSH_USER_REQUESTS_PER_SECOND: '1',
      COUPONRUSH_USER_REQUESTS_BURST: '5',
    },
  });

  await t.test('a preflight names the methods of its route', async () => {
    for (const [path, methods] of [
      [ISSUE_PATH, 'POST'],
      ['/api/v2/me/coupons/1', 'GET, HEAD'],
      ['/api/v2/me/coupons', 'GET, HEAD'],
      ['/api/v2/coupons/1', 'GET, HEAD'],
    ] as const) {
      const { status, headers, body } = await preflight(app, path, 'POST');
      assert.deepEqual([status, body, headers['content-length']], [204, '', undefined], path);
      const names = [ALLOWED, 'access-control-allow-methods', 'access-control-max-age', 'vary', 'allow'];
      assert.deepEqual(
        names.map((name) => headers[name]),
        [SHOP, methods, '7200', 'Origin', `${methods}, OPTIONS`],
        path,
      );
      assert.match(String(headers['access-control-allow-headers']), /^Authorization, .*Idempotency-Key$/);
    }
    assert.equal((await preflight(app, '/api/v2/me/nothing', 'POST')).status, 404);
  });

  await t.test('a connection goes on after a preflight', async () => {
    const bytes = raw(`OPTIONS ${ISSUE_PATH} HTTP/1.1`, `Origin: ${SHOP}`, 'Access-Control-Request-Method: POST');
    const { answers } = await sendRaw(app.port, [bytes, bytes + raw('GET /livez HTTP/1.1'), bytes], QUIET_MS);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [204, 204, 200, 204],
    );
  });

  await t.test('a grant and every kind of error can be read by the page', async () => {
    const user = (id: number | string, more = {}) => ({ 'Commerce-User-Id': String(id), ...more });
    for (const [what, status, method, path, headers] of [
      ['a grant', 201, 'POST', ISSUE_PATH, user(1, { 'Idempotency-Key': 'a' })],
      ['a replay', 201, 'POST', ISSUE_PATH, user(1, { 'Idempotency-Key': 'a' })],
      ['a second click', 400, 'POST', ISSUE_PATH, user(1)],
      ['no identity', 401, 'POST', ISSUE_PATH, {}],
      ['a malformed identity', 400, 'POST', ISSUE_PATH, user('x')],
      ['a body that is too long', 400, 'POST', ISSUE_PATH, user(2, { 'Content-Length': '5000' })],
      ['headers that are too large', 431, 'POST', ISSUE_PATH, user(2, { A: 'a'.repeat(9000) })],
      ['an unknown coupon', 404, 'POST', '/api/v2/me/coupons/99/issue', user(3)],
      ['an unknown path', 404, 'GET', '/nothing', {}],
      ['a method that is not there', 405, 'PUT', '/api/v2/coupons/1', {}],
      ['a view', 200, 'GET', '/api/v2/coupons/1', {}],
      ['a view by HEAD', 200, 'HEAD', '/api/v2/coupons/1', {}],
    ] as const) {
      const answer = await ask(app, method, path, { ...headers, ...ORIGIN });
      assert.deepEqual([answer.status, answer.headers[ALLOWED], answer.headers.vary], [status, SHOP, 'Origin'], what);
      assert.equal(answer.headers['access-control-expose-headers'], 'Date, Idempotent-Replayed, Retry-After', what);
      assert.ok(answer.headers.date, what);
      if (what === 'a replay') assert.equal(answer.headers['idempotent-replayed'], 'true');
    }
    const many = await Promise.all(Array.from({ length: 20 }, () => ask(app, 'POST', ISSUE_PATH, user(4, ORIGIN))));
    const limited = many.find(({ status }) => status === 429);
    assert.equal(limited?.headers[ALLOWED], SHOP);
    assert.ok(limited?.headers['retry-after']);
  });

  await t.test('another origin is answered as without CORS, and caches learn that it matters who asks', async () => {
    for (const origin of ['https://evil.example', 'null', `${SHOP}.evil.example`, null]) {
      const headers: Record<string, string> = origin === null ? {} : { Origin: origin };
      for (const [answer, status] of [
        [await ask(app, 'GET', '/api/v2/coupons/1', headers), 200],
        [await ask(app, 'POST', ISSUE_PATH, headers), 401],
        [await preflight(app, ISSUE_PATH, 'POST', headers), 204],
      ] as const) {
        const ofCors = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'));
        assert.deepEqual([answer.status, ofCors, answer.headers.vary], [status, [], 'Origin'], String(origin));
      }
    }
  });

  await t.test('a preflight costs Redis nothing', async () => {
    const PREFLIGHTS = 1000;
    const paths = [ISSUE_PATH, '/api/v2/me/coupons/1', '/api/v2/coupons/1', '/api/v2/coupons/12345'];
    const commands = await commandsDuring(redis, async () => {
      for (let n = 0; n < PREFLIGHTS / 20; n++) {
        const asked = Array.from({ length: 20 }, (_, index) => preflight(app, paths[index % 4] as string, 'GET'));
        assert.ok((await Promise.all(asked)).every(({ status }) => status === 204));
      }
    });
    // The persister and the checks ask a few times a second.
    const counts = ['eval', 'evalsha', 'get', 'scard'].map((name) => commands.get(name) ?? 0);
    assert.ok(Math.max(...counts) < PREFLIGHTS / 4, `${counts}`);
  });

  await t.test('also while Redis is unreachable', async () => {
    await redis.kill();
    const refused = await ask(app, 'POST', ISSUE_PATH, { 'Commerce-User-Id': '9', ...ORIGIN });
    assert.deepEqual([refused.status, refused.headers[ALLOWED]], [503, SHOP]);
    assert.ok(refused.headers['retry-after']);
    assert.equal((await preflight(app, ISSUE_PATH, 'POST')).status, 204);
  });
});
