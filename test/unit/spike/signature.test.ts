// What the users of a spike sign is what the server's own identifiers accept.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { hmacIdentifier, parseHmacKeys } from '../../../src/http/identity/hmac.ts';
import { fixedKeys, jwtIdentifier } from '../../../src/http/identity/jwt.ts';
import { type JwtAlgorithm, parseJwtKey } from '../../../src/http/identity/jwt-key.ts';
import { createSign, hmacSigning, jwtSigning, SigningError } from '../../../src/spike/signature.ts';
import { identityRequest } from '../http/identity/identity-request.ts';

const claims = { issuer: 'shop', audience: 'coupons', userClaim: 'https://shop.example/user' };
const PATH = '/shop/api/v2/me/coupons/7/issue';

function pem(kind: 'rsa' | 'ec' | 'ed25519'): { readonly secret: string; readonly open: string } {
  const { privateKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : kind === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519');
  const open = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string;
  return { secret: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, open };
}

const lowerCased = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value]);

test('tokens of each kind of key are accepted, with their user', async () => {
  const secret = randomBytes(32).toString('hex');
  const [rsa, ec, ed25519] = [pem('rsa'), pem('ec'), pem('ed25519')];
  const keys: [JwtAlgorithm, string, string][] = [
    ['RS256', rsa.secret, rsa.open],
    ['ES256', ec.secret, ec.open],
    ['EdDSA', ed25519.secret, ed25519.open],
    ['HS256', `${secret}\n`, secret],
  ];
  for (const [algorithm, own, theirs] of keys) {
    const keys = fixedKeys(parseJwtKey(theirs, [algorithm]));
    const identifier = jwtIdentifier({ keys, algorithms: [algorithm], ...claims });
    const sign = createSign(jwtSigning(own, claims));
    const [headers, request] = identityRequest(PATH, ...lowerCased(sign('POST', PATH, 42)));
    assert.deepEqual(await identifier.identify(headers, 'POST', request), { userId: '42' }, algorithm);
  }
});

test('an HMAC signature is accepted for its method, path and user, and for no other', () => {
  const file =
    `# a comment\ngateway ${randomBytes(32).toString('base64')}\nold ` + `${randomBytes(32).toString('base64')}\n`;
  const identifier = hmacIdentifier(parseHmacKeys(file));
  const signed = createSign(hmacSigning(file))('POST', PATH, 42);
  const identify = (method: string, path: string, headers: Readonly<Record<string, string>>) => {
    const [read, request] = identityRequest(path, ...lowerCased(headers));
    return identifier.identify(read, method, request);
  };
  const forged = { refusal: 'invalid', reason: 'bad_signature' };
  assert.deepEqual(identify('POST', PATH, signed), { userId: '42' });
  assert.deepEqual(identify('GET', PATH, signed), forged);
  assert.deepEqual(identify('POST', `${PATH}/`, signed), forged);
  assert.deepEqual(identify('POST', PATH, { ...signed, 'Commerce-User-Id': '43' }), forged);
});

test('a file that can not sign is refused with what is wrong with it', () => {
  const { open } = pem('ec');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const otherCurve = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const wrong: [() => unknown, RegExp][] = [
    [() => jwtSigning(open, claims), /public key/],
    [() => jwtSigning(otherCurve, claims), /P-256/],
    [() => jwtSigning('-----BEGIN PRIVATE KEY-----\nnope\n-----END PRIVATE KEY-----', claims), /can be read/],
    [() => jwtSigning('{"keys":[]}', claims), /JSON/],
    [() => jwtSigning('short', claims), /at least 32 bytes/],
    [() => hmacSigning('# nothing'), /first line must be/],
    [() => hmacSigning('id c2hvcnQ='), /shorter than 32/],
  ];
  for (const [read, expected] of wrong) {
    assert.throws(read, (error) => error instanceof SigningError && expected.test(error.message), String(expected));
  }
});
