// Identity modes and limits, against the whole server.
import assert from 'node:assert/strict';
import { createHmac, createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SignJWT } from 'jose';
import { startApp } from '../../support/app.ts';
import { request } from '../../support/ask.ts';
import { testFolder } from '../../support/folder.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

async function start(t: TestContext, env: Record<string, string>) {
  const redis = await startRedis(t);
  const app = await startApp(t, {
    redisUrl: redis.url,
    mysqlUrl: await freshDatabase(t),
    env: { WORKERS: '1', ...env },
  });
  const ask = (method: 'GET' | 'POST', path: string, headers: Record<string, string> = {}) =>
    request(app.url, path, { method, headers });
  return { app, redis, ask };
}

async function refusalOf(t: TestContext, env: Record<string, string>): Promise<string> {
  const redis = await startRedis(t);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl: 'mysql://127.0.0.1:1/none', env, impatient: true });
  assert.equal(await app.exited(10_000), 1);
  return app.output();
}

const ISSUE = '/api/v2/me/coupons/1/issue';

test('with jwt a token identifies the user, on each route', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const file = join(testFolder('jwt'), 'key.pem');
  writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }));
  const { ask, redis, app } = await start(t, {
    IDENTITY_MODE: 'jwt',
    JWT_KEY_FILE: file,
    JWT_ALGORITHMS: 'ES256',
    JWT_ISSUER: 'shop',
    JWT_AUDIENCE: 'coupons',
  });
  const tokenFor = (sub: string, seconds = 60) =>
    new SignJWT({ sub, iss: 'shop', aud: 'coupons', exp: Math.floor(Date.now() / 1000) + seconds })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })));
  const authorization = `Bearer ${await tokenFor('42')}`;
  const issued = await ask('POST', ISSUE, { authorization, 'commerce-user-id': '7', 'idempotency-key': 'k' });
  assert.deepEqual([issued.status, issued.body.userId], [201, 42], 'the token counts, not the header');
  const replayed = await ask('POST', ISSUE, { authorization, 'idempotency-key': 'k' });
  assert.deepEqual([replayed.status, replayed.body], [201, issued.body]);
  assert.equal((await ask('GET', '/api/v2/me/coupons/1', { authorization })).body.sequence, issued.body.sequence);
  assert.equal((await ask('GET', '/api/v2/me/coupons?size=1', { authorization })).status, 200);

  const { body: described } = await ask('GET', '/openapi.json');
  assert.match(JSON.stringify(described), /"securitySchemes":\{"userToken"/, 'openapi.json says how');

  const nobody = await ask('POST', ISSUE, { 'commerce-user-id': '7' });
  assert.deepEqual([nobody.status, nobody.headers.get('www-authenticate')], [401, 'Bearer']);
  const expired = await ask('POST', ISSUE, { authorization: `Bearer ${await tokenFor('8', -60)}` });
  assert.deepEqual([expired.status, expired.code], [401, 'UNAUTHENTICATED_USER']);
  assert.equal((await ask('POST', ISSUE, { authorization: 'Bearer x' })).code, 'BAD_REQUEST');
  // Identity comes before ids, also where it takes a moment.
  assert.equal((await ask('POST', '/api/v2/me/coupons/0/issue')).status, 401);
  const fresh = { authorization: `Bearer ${await tokenFor('9')}` };
  assert.equal((await ask('POST', '/api/v2/me/coupons/0/issue', fresh)).code, 'BAD_REQUEST');
  assert.deepEqual(await redis.cli('SMEMBERS', 'issue:coupon:1'), ['42']);
  // Tokens that must be verified, many at once and with clients that leave: no answer goes to the wrong one.
  const users = Array.from({ length: 60 }, (_, n) => 1000 + n);
  const answers = await Promise.all(
    users.map(async (user) => ask('POST', ISSUE, { authorization: `Bearer ${await tokenFor(String(user))}` })),
  );
  assert.deepEqual(
    answers.map(({ body }) => body.userId),
    users,
  );
  assert.equal(app.pids('http').length, 1);
});

test('with hmac a signature identifies the user', async (t) => {
  const key = randomBytes(32);
  const file = join(testFolder('hmac'), 'keys');
  writeFileSync(file, `gateway ${key.toString('base64')}\n`);
  const { ask } = await start(t, { IDENTITY_MODE: 'hmac', HMAC_KEYS_FILE: file });
  const signed = (method: string, path: string, user: string, seconds = Math.floor(Date.now() / 1000)) => ({
    'commerce-user-id': user,
    'commerce-signature': `gateway.${seconds}.${createHmac('sha256', key)
      .update(`${method}\n${path}\n${user}\n${seconds}`)
      .digest('hex')}`,
  });
  assert.equal((await ask('POST', ISSUE, signed('POST', ISSUE, '42'))).status, 201);
  const list = await ask('GET', '/api/v2/me/coupons?size=1', signed('GET', '/api/v2/me/coupons', '42'));
  assert.equal(list.status, 200);
  const { body: described } = await ask('GET', '/openapi.json');
  assert.match(JSON.stringify(described), /"name":"Commerce-Signature"/, 'openapi.json says how');
  const forged = { ...signed('POST', ISSUE, '42'), 'commerce-user-id': '43' };
  assert.deepEqual((await ask('POST', ISSUE, forged)).code, 'UNAUTHENTICATED_USER');
  assert.equal((await ask('POST', ISSUE, { 'commerce-user-id': '43' })).status, 401);
  const old = signed('POST', ISSUE, '43', Math.floor(Date.now() / 1000) - 40);
  assert.equal((await ask('POST', ISSUE, old)).status, 401);
  const replayed = signed('POST', ISSUE, '44');
  assert.equal((await ask('POST', ISSUE, replayed)).status, 201);
  assert.equal((await ask('POST', ISSUE, replayed)).code, 'ALREADY_ISSUED_COUPON');
});

test('settings that would let anyone be anybody, or can not work, are refused with a sentence', async (t) => {
  assert.match(
    await refusalOf(t, { HOST: '0.0.0.0' }),
    /HOST 0\.0\.0\.0 can be reached from outside.*TRUST_GATEWAY=true/s,
  );
  assert.match(
    await refusalOf(t, { IDENTITY_MODE: 'jwt' }),
    /JWT_KEY_FILE or JWT_JWKS_URL must be set.*JWT_ISSUER.*JWT_AUDIENCE/s,
  );
  assert.match(
    await refusalOf(t, { IDENTITY_MODE: 'hmac', HMAC_KEYS_FILE: '/nowhere' }),
    /HMAC_KEYS_FILE \/nowhere: ENOENT/,
  );
  assert.match(
    await refusalOf(t, { TLS_CERT_FILE: '/nowhere' }),
    /TLS_CERT_FILE and TLS_KEY_FILE must be set together/,
  );
  assert.match(await refusalOf(t, { TLS_CERT_FILE: '/nowhere', TLS_KEY_FILE: '/nowhere' }), /TLS_CERT_FILE \/nowhere/);
});

test('an operator who vouches for the gateway may bind any address', async (t) => {
  const { ask } = await start(t, { HOST: '0.0.0.0', TRUST_GATEWAY: 'true' });
  assert.equal((await ask('POST', ISSUE, { 'commerce-user-id': '1' })).status, 201);
});

test('a user who asks too often is told when to come back, others are not concerned', async (t) => {
  const { ask } = await start(t, { COUPONRUSH_USER_REQUESTS_PER_SECOND: '1', COUPONRUSH_USER_REQUESTS_BURST: '3' });
  const issue = (user: number) => ask('POST', ISSUE, { 'commerce-user-id': String(user) });
  const statuses: number[] = [];
  for (let n = 0; n < 4; n++) statuses.push((await issue(1)).status);
  assert.deepEqual(statuses, [201, 400, 400, 429]);
  const refused = await issue(1);
  assert.deepEqual([refused.code, refused.headers.get('retry-after')], ['TOO_MANY_REQUESTS', '1']);
  assert.equal((await ask('GET', '/api/v2/me/coupons', { 'commerce-user-id': '1' })).status, 429);
  assert.equal((await issue(2)).status, 201);
  assert.equal((await ask('GET', '/readyz')).status, 200);
});

test('an address that asks too often is refused, seen through trusted proxies only', async (t) => {
  const limit = { COUPONRUSH_ADDRESS_REQUESTS_PER_SECOND: '1', COUPONRUSH_ADDRESS_REQUESTS_BURST: '2' };
  const behind = await start(t, { ...limit, TRUSTED_PROXIES: '127.0.0.0/8, ::1' });
  let user = 0;
  const issue = ({ ask }: typeof behind, from: string) =>
    ask('POST', ISSUE, { 'commerce-user-id': String(++user), 'x-forwarded-for': from });
  const statuses = async (scene: typeof behind, ...from: string[]) => {
    const seen: number[] = [];
    for (const address of from) seen.push((await issue(scene, address)).status);
    return seen;
  };
  assert.deepEqual(await statuses(behind, '1.1.1.1', '1.1.1.1', '1.1.1.1', '2.2.2.2'), [201, 201, 429, 201]);
  assert.deepEqual(await statuses(behind, '3.3.3.3, 4.4.4.4', '5.5.5.5, 4.4.4.4', '6.6.6.6, 4.4.4.4'), [201, 201, 429]);
  assert.deepEqual(
    await statuses(behind, '2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::3'),
    [201, 201, 429, 201],
  );
  assert.equal((await behind.ask('GET', '/livez')).status, 200, 'health is not limited');
  const direct = await start(t, limit);
  assert.deepEqual(await statuses(direct, '1.1.1.1', '2.2.2.2', '3.3.3.3'), [201, 201, 429]);
});
