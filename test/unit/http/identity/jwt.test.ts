import assert from 'node:assert/strict';
import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { fixedKeys, type JwtOptions, jwtIdentifier } from '../../../../src/http/identity/jwt.ts';
import { type JwtAlgorithm, parseJwtKey } from '../../../../src/http/identity/jwt-key.ts';
import { identityRequest } from './identity-request.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const SECRET = 's'.repeat(32);
const ISSUER = 'https://id.example';
const AUDIENCE = 'couponrush';
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;

interface Token {
  readonly alg?: string;
  readonly key?: KeyObject;
  readonly kid?: string;
  readonly claims?: Record<string, unknown>;
}

function sign({ alg = 'RS256', key = rsa.privateKey, kid, claims = {} }: Token = {}): Promise<string> {
  const content = { sub: '42', iss: ISSUER, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) + 60, ...claims };
  return new SignJWT(content).setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) }).sign(key);
}

function identifierFor(text: string, algorithms: JwtAlgorithm[], more: Partial<JwtOptions> = {}) {
  const keys = fixedKeys(parseJwtKey(text, algorithms));
  return jwtIdentifier({ keys, algorithms, issuer: ISSUER, audience: AUDIENCE, userClaim: 'sub', ...more });
}

async function identify(identifier: ReturnType<typeof jwtIdentifier>, ...authorizations: string[]): Promise<string> {
  const headers = authorizations.map((value): [string, string] => ['authorization', value]);
  const [read, request] = identityRequest('/x', ...headers);
  const identity = await identifier.identify(read, 'GET', request);
  if ('userId' in identity) return identity.userId;
  return identity.refusal === 'invalid' ? `invalid: ${identity.reason}` : identity.refusal;
}

test('a token of each algorithm identifies its sub', async () => {
  for (const [alg, pair] of [
    ['RS256', rsa],
    ['ES256', ec],
    ['EdDSA', ed],
  ] as const) {
    const identifier = identifierFor(pem(pair.publicKey), [alg]);
    assert.equal(await identify(identifier, `Bearer ${await sign({ alg, key: pair.privateKey })}`), '42');
  }
  const secret = identifierFor(`${SECRET}\n`, ['HS256']);
  const token = await sign({ alg: 'HS256', key: createSecretKey(Buffer.from(SECRET)) });
  assert.equal(await identify(secret, `bearer ${token}`), '42');
});

test('a token that is expired, early, unsigned, by another key or for somebody else is invalid', async () => {
  const identifier = identifierFor(pem(rsa.publicKey), ['RS256']);
  const now = Math.floor(Date.now() / 1000);
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const tokens: Record<string, readonly [string, string]> = {
    expired: ['expired', await sign({ claims: { exp: now - 10 } })],
    'without expiry': ['missing_claim', await sign({ claims: { exp: undefined } })],
    'with an expiry that is a text': ['malformed', await sign({ claims: { exp: 'never' } })],
    early: ['not_yet_valid', await sign({ claims: { nbf: now + 60 } })],
    'of another issuer': ['wrong_issuer', await sign({ claims: { iss: 'https://other.example' } })],
    'of no issuer': ['missing_claim', await sign({ claims: { iss: undefined } })],
    'for another audience': ['wrong_audience', await sign({ claims: { aud: 'other' } })],
    'without sub': ['missing_claim', await sign({ claims: { sub: undefined } })],
    'of a sub that is no user id': ['bad_user_id', await sign({ claims: { sub: 'ali ce' } })],
    'of a sub that is a list': ['bad_user_id', await sign({ claims: { sub: ['42'] } })],
    'of a sub that is a fraction': ['bad_user_id', await sign({ claims: { sub: 4.2 } })],
    'of a sub beyond 2^53': ['bad_user_id', await sign({ claims: { sub: 2 ** 53 } })],
    'of a padded sub': ['bad_user_id', await sign({ claims: { sub: '042' } })],
    'of an empty sub': ['bad_user_id', await sign({ claims: { sub: '' } })],
    'by another key': ['bad_signature', await sign({ key: other.privateKey })],
    unsigned: ['wrong_algorithm', new UnsecuredJWT({ sub: '42', iss: ISSUER, aud: AUDIENCE, exp: now + 60 }).encode()],
    'that is none': ['malformed', 'a.b.c'],
    'signed with the public key as a secret': [
      'wrong_algorithm',
      await sign({ alg: 'HS256', key: createSecretKey(Buffer.from(pem(rsa.publicKey))) }),
    ],
    'with a changed payload': [
      'bad_signature',
      (await sign()).replace(/\.([^.]+)\./, (_, payload: string) => {
        const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
        return `.${Buffer.from(JSON.stringify({ ...claims, sub: '1' })).toString('base64url')}.`;
      }),
    ],
  };
  for (const [what, [reason, token]] of Object.entries(tokens)) {
    assert.equal(await identify(identifier, `Bearer ${token}`), `invalid: ${reason}`, what);
  }
});

test('another claim may be the user id, as a text or as a number', async () => {
  const userClaim = 'https://shop.example/user';
  const identifier = identifierFor(pem(rsa.publicKey), ['RS256'], { userClaim });
  for (const [claims, expected] of [
    [{ sub: 'auth0|x', [userClaim]: '7' }, '7'],
    [{ sub: undefined, [userClaim]: 8 }, '8'],
    [{ sub: '42' }, 'invalid: missing_claim'],
    [{ sub: '42', [userClaim]: null }, 'invalid: bad_user_id'],
    [{ sub: '42', [userClaim]: { id: 7 } }, 'invalid: bad_user_id'],
    [{ sub: '42', 'https://shop': { example: { user: '7' } } }, 'invalid: missing_claim'],
  ] as const) {
    assert.equal(await identify(identifier, `Bearer ${await sign({ claims })}`), expected, JSON.stringify(claims));
  }
});

test('missing and malformed are told apart', async () => {
  const identifier = identifierFor(pem(rsa.publicKey), ['RS256']);
  const token = await sign();
  assert.equal(await identify(identifier), 'missing');
  for (const value of [
    '',
    'Bearer',
    'Bearer ',
    `Basic ${token}`,
    token,
    `Bearer ${token} x`,
    'Bearer a.b',
    `Bearer ${token}.d`,
  ]) {
    assert.equal(await identify(identifier, value), 'malformed', value);
  }
  assert.equal(await identify(identifier, `Bearer ${token}`, `Bearer ${token}`), 'malformed');
});

test('a token that was verified is looked up, until it expires', async () => {
  let nowMs = Date.now();
  const identifier = identifierFor(pem(rsa.publicKey), ['RS256'], { nowMs: () => nowMs });
  const exp = Math.floor(nowMs / 1000) + 20;
  const [read, request] = identityRequest('/x', ['authorization', `Bearer ${await sign({ claims: { exp } })}`]);
  assert.ok(identifier.identify(read, 'GET', request) instanceof Promise);
  await identifier.identify(read, 'GET', request);
  assert.deepEqual(identifier.identify(read, 'GET', request), { userId: '42' });
  nowMs = (exp + 10) * 1000;
  const late = identifier.identify(read, 'GET', request);
  assert.ok(late instanceof Promise, 'it is verified again');
  assert.deepEqual(await late, { refusal: 'invalid', reason: 'expired' });
});

test('a set of keys is chosen from by the token, also where it does not name its key', async () => {
  const second = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwks = JSON.stringify({
    keys: [
      { ...(await exportJWK(rsa.publicKey)), kid: 'a', alg: 'RS256' },
      { ...(await exportJWK(second.publicKey)), kid: 'b', alg: 'RS256' },
      { ...(await exportJWK(ec.publicKey)), kid: 'c', alg: 'ES256' },
    ],
  });
  const identifier = identifierFor(jwks, ['RS256']);
  assert.equal(await identify(identifier, `Bearer ${await sign({ kid: 'a' })}`), '42');
  assert.equal(await identify(identifier, `Bearer ${await sign({ kid: 'b', key: second.privateKey })}`), '42');
  assert.equal(await identify(identifier, `Bearer ${await sign({ key: second.privateKey })}`), '42');
  assert.equal(await identify(identifier, `Bearer ${await sign({ kid: 'b' })}`), 'invalid: bad_signature');
  assert.equal(await identify(identifier, `Bearer ${await sign({ kid: 'z' })}`), 'invalid: unknown_key');
  const es = await sign({ alg: 'ES256', key: ec.privateKey, kid: 'c' });
  assert.equal(
    await identify(identifier, `Bearer ${es}`),
    'invalid: wrong_algorithm',
    'its algorithm is not one of the settings',
  );
});

test('a flood of unknown tokens is bounded, and known ones pass (I6)', async () => {
  const identifier = identifierFor(pem(ec.publicKey), ['ES256']);
  const known = `Bearer ${await sign({ alg: 'ES256', key: ec.privateKey })}`;
  assert.equal(await identify(identifier, known), '42');
  const flood = Array.from({ length: 600 }, (_, n) => identify(identifier, `Bearer a.${n}x.c`));
  assert.equal(await identify(identifier, known), '42');
  const answers = await Promise.all(flood);
  assert.equal(answers.filter((answer) => answer === 'overloaded').length, 100);
  assert.ok(answers.every((answer) => answer === 'overloaded' || answer.startsWith('invalid')));
});

test('a key that can not work is refused at the start', () => {
  const privatePem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  for (const [what, text, algorithms] of [
    ['a secret for RS256', SECRET, ['RS256']],
    ['a short secret', 'short', ['HS256']],
    ['a public key for HS256', pem(rsa.publicKey), ['HS256']],
    ['a public key for RS256 and HS256', pem(rsa.publicKey), ['RS256', 'HS256']],
    ['a key of another kind', pem(ec.publicKey), ['RS256']],
    ['a private key', privatePem, ['RS256']],
    ['a broken set', '{"keys":', ['RS256']],
    ['a set for HS256', '{"keys":[]}', ['RS256', 'HS256']],
    ['a key of 1,024 bits', pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey), ['RS256']],
    ['a key on P-384', pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey), ['ES256']],
    ['a broken PEM', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', ['RS256']],
  ] as [string, string, JwtAlgorithm[]][]) {
    assert.throws(() => parseJwtKey(text, algorithms), { name: 'IdentityError' }, what);
  }
});
