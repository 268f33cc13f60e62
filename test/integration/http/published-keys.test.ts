// JWT_JWKS_URL and JWT_USER_CLAIM with the whole server: an issuer that is down at the start, recovers, rotates its
// keys, and is down again.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { startApp } from '../../support/app.ts';
import { request } from '../../support/ask.ts';
import { scrape } from '../../support/scrape.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const START_WITHIN_MS = 60_000;
const CLAIM = 'https://shop.example/user';

function makeKey(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const sign = (user: string | number, claims = {}) =>
    new SignJWT({ [CLAIM]: user, iss: 'shop', aud: 'coupons', exp: Math.floor(Date.now() / 1000) + 600, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid })
      .sign(privateKey);
  return { sign, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256' } };
}

test('published keys come and go without a restart, and a refusal has its reason', async (t) => {
  const issuer = { body: '' };
  const server = createServer((_request, response) => {
    response.writeHead(issuer.body === '' ? 503 : 200).end(issuer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  const publish = (...keys: ReturnType<typeof makeKey>[]) => {
    issuer.body = keys.length === 0 ? '' : JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
  };
  const redis = await startRedis(t);
  const app = await startApp(t, {
    redisUrl: redis.url,
    mysqlUrl: await freshDatabase(t),
    // It is not ready without keys.
    impatient: true,
    env: {
      WORKERS: '1',
      COUPONRUSH_LOG_LEVEL: 'debug',
      IDENTITY_MODE: 'jwt',
      JWT_JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys?policy=shop`,
      JWT_ALGORITHMS: 'ES256',
      JWT_ISSUER: 'shop',
      JWT_AUDIENCE: 'coupons',
      JWT_USER_CLAIM: CLAIM,
    },
  });
  const ask = (token: string) =>
    request(app.url, '/api/v2/me/coupons/1/issue', { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  const [a, b] = [makeKey('a'), makeKey('b')];

  const readiness = () => request(app.url, '/readyz').catch(() => null);
  await waitFor('it listens', async () => (await readiness()) !== null, { withinMs: START_WITHIN_MS });
  const early = await ask(await a.sign('1'));
  assert.deepEqual([early.status, early.code], [503, 'NOT_READY']);
  assert.ok(early.headers.get('retry-after'));
  const notReady = await readiness();
  assert.equal(notReady?.status, 503);
  assert.match(JSON.stringify(notReady?.body), /JWT_JWKS_URL has not returned usable keys yet/);

  publish(a);
  // An operator who does not want to wait.
  app.primary.kill('SIGHUP');
  await waitFor('it is ready', async () => (await readiness())?.status === 200, { withinMs: START_WITHIN_MS });
  assert.deepEqual((await ask(await a.sign('1'))).body.userId, 1);
  publish(b);
  const fresh = await ask(await b.sign(2));
  assert.deepEqual([fresh.status, fresh.body.userId], [201, 2], 'the first token of the new key, with a number');
  assert.equal((await ask(await a.sign('3'))).status, 401);
  publish();
  assert.equal((await ask(await b.sign('4'))).status, 201, 'while the issuer is down');

  const secret = await b.sign('5', { iss: 'other' });
  assert.equal((await ask(secret)).status, 401);
  assert.equal((await ask(await b.sign('not an id'))).code, 'UNAUTHENTICATED_USER');
  assert.equal((await request(app.url, '/api/v2/me/coupons')).status, 401);
  await waitFor('the reasons are counted', async () => {
    const { sum } = await scrape(app.metricsUrl);
    const reasons = ['keys_unavailable', 'unknown_key', 'wrong_issuer', 'bad_user_id', 'missing', 'expired'];
    const counts = reasons.map((reason) => sum('couponrush_identity_refusals_total', { reason }));
    return counts.join() === '1,1,1,1,1,0' && sum('couponrush_identity_keys_age_seconds') > 0;
  });
  assert.match(app.output(), /"reason":"wrong_issuer".*the user could not be identified/);
  assert.ok(!app.output().includes(secret.split('.')[1] as string), 'no token in the log');
});
