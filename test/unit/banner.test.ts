import assert from 'node:assert/strict';
import { test } from 'node:test';
import { banner } from '../../src/banner.ts';

const facts = {
  address: 'http://127.0.0.1:8080',
  adminAddress: 'http://127.0.0.1:8081',
  tokenSource: '.data/admin-token',
  redisUrl: 'redis://127.0.0.1:6390',
  mysqlUrl: 'mysql://root@127.0.0.1:3390/couponrush',
  demo: true,
};

test('what the banner offers can work in the identity mode in force', () => {
  const trust = banner({ identityMode: 'trust' }, facts);
  assert.match(trust, /curl -i -X POST -H 'Commerce-User-Id: 1' http:\/\/127.0.0.1:8080\/api/);
  assert.match(trust, /spike -- --users 2000\n/);
  assert.match(trust, /Console {3}http:\/\/127.0.0.1:8081\/ {4}\(log in with the token in .data\/admin-token\)\n/);
  assert.match(trust, /Demo {6}http:\/\/127.0.0.1:8080\/demo\n/);
  const jwt = banner({ identityMode: 'jwt' }, facts);
  assert.doesNotMatch(jwt, /\/demo/);
  assert.match(jwt, /-H 'Authorization: Bearer TOKEN'/);
  assert.match(jwt, /--jwt-key PRIVATE_KEY_FILE/);
  assert.doesNotMatch(jwt, /Commerce-User-Id/);
  const hmac = banner({ identityMode: 'hmac' }, facts);
  assert.match(hmac, /-H 'Commerce-User-Id: 1' -H 'Commerce-Signature: ID.TIME.HEX'/);
  assert.match(hmac, /--hmac-key HMAC_KEYS_FILE/);
});

test('without the demo coupon the banner offers to create one', () => {
  const lines = banner({ identityMode: 'trust' }, { ...facts, demo: false });
  assert.match(lines, /Create {4}npm run cli -- coupon create --name/);
  assert.doesNotMatch(lines, /\/demo|coupons\/1\/issue|coupon:1:stock/);
});
