import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Config, ConfigError, loadConfig } from '../../../src/config.ts';
import { createCors } from '../../../src/http/cors.ts';

const SHOP = 'https://shop.example';
const cors = (identityMode: Config['identityMode'], ...corsOrigins: string[]) =>
  createCors({ identityMode, corsOrigins });

const jwt = {
  IDENTITY_MODE: 'jwt',
  JWT_KEY_FILE: '/key',
  JWT_ISSUER: 'https://id.example',
  JWT_AUDIENCE: 'couponrush',
};

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('without origins there is nothing to do', () => {
  assert.equal(cors('jwt'), null);
});

test('an origin counts byte by byte, and any other gets no line but Vary', () => {
  const one = cors('jwt', SHOP, 'http://localhost:3000');
  assert.match(
    one?.linesFor(SHOP) ?? '',
    /^\r\nAccess-Control-Allow-Origin: https:\/\/shop\.example\r\n.*Vary: Origin$/s,
  );
  for (const other of [
    '',
    'null',
    '*',
    'http://shop.example',
    'https://shop.example:443',
    'https://shop.example/',
    'https://SHOP.example',
    'https://shop.example.evil.example',
    'https://evil.example?https://shop.example',
    'http://localhost:3001',
    '__proto__',
  ]) {
    assert.equal(one?.linesFor(other), '\r\nVary: Origin', other);
    assert.equal(one?.preflightLinesFor(other, 'POST'), '', other);
  }
});

test('with * each answer is the same for every page, so that a cache may share it', () => {
  const any = cors('jwt', '*');
  const lines = any?.linesFor('') ?? '';
  assert.match(lines, /Access-Control-Allow-Origin: \*\r\n/);
  assert.doesNotMatch(lines, /Vary|Credentials/);
  assert.equal(any?.linesFor(SHOP), lines);
  assert.match(any?.preflightLinesFor(SHOP, 'POST') ?? '', /Allow-Methods: POST\r\n.*Allow-Headers: .*Authorization/s);
});

test('cookies and headers of a page are allowed as the identity mode has use for them', () => {
  for (const [mode, cookies, user] of [
    ['jwt', false, false],
    ['hmac', true, false],
    ['trust', true, true],
  ] as const) {
    const one = cors(mode, SHOP);
    const preflight = one?.preflightLinesFor(SHOP, 'POST') ?? '';
    assert.equal(/Allow-Credentials: true/.test(one?.linesFor(SHOP) ?? ''), cookies, mode);
    assert.equal(/Commerce-User-Id/.test(preflight), user, mode);
    assert.match(preflight, /Allow-Headers: Authorization, .*Idempotency-Key/);
    assert.doesNotMatch(preflight, /Commerce-Signature/);
  }
});

test('CORS_ORIGINS takes origins as browsers send them, and * alone in jwt mode', () => {
  for (const good of [
    SHOP,
    'http://localhost:3000',
    'http://[::1]:3000',
    `${SHOP},https://m.shop.example`,
    `${SHOP}, http://127.0.0.1:8`,
    'capacitor://localhost',
    'https://xn--hy1b123a.example',
  ]) {
    assert.deepEqual(problemsOf({ CORS_ORIGINS: good }), [], good);
  }
  assert.deepEqual(problemsOf({ ...jwt, CORS_ORIGINS: '*' }), []);
  for (const bad of [
    'shop.example',
    'https://shop.example/',
    'https://shop.example/path',
    'https://shop.example:443',
    'https://Shop.example',
    'https://*.shop.example',
    'https://user@shop.example',
    'https://',
    'https://쇼핑.example',
    'null',
    'file://',
    'file:///index.html',
    '//shop.example',
    `${SHOP},`,
    `${SHOP} https://m.shop.example`,
    `${SHOP}\r\nSet-Cookie: a=b`,
  ]) {
    assert.match(
      problemsOf({ CORS_ORIGINS: bad }).join('|'),
      /^CORS_ORIGINS must be \*, or origins separated[^|]*$/,
      bad,
    );
  }
  for (const env of [
    { CORS_ORIGINS: '*' },
    { IDENTITY_MODE: 'hmac', HMAC_KEYS_FILE: '/keys', CORS_ORIGINS: '*' },
    { ...jwt, CORS_ORIGINS: `*,${SHOP}` },
  ]) {
    assert.match(problemsOf(env).join('|'), /^CORS_ORIGINS=\* must stand alone[^|]*$/);
  }
});
