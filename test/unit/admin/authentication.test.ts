import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authentication } from '../../../src/admin/authentication.ts';

const TOKEN = 'a-token-of-the-tests';

function setUp(failuresMax = 3) {
  const clock = { nowMs: 0 };
  const authentication = new Authentication({ token: TOKEN, failuresMax, now: () => clock.nowMs });
  const check = (authorization: string | undefined, address = '192.0.2.1') =>
    authentication.check(address, authorization).kind;
  return { clock, authentication, check };
}

test('only the whole token is let in, in one spelling of the scheme or another', () => {
  const { check } = setUp(100);
  assert.equal(check(`Bearer ${TOKEN}`), 'allowed');
  assert.equal(check(`bearer  ${TOKEN}`), 'allowed');
  assert.equal(check(undefined), 'missing');
  for (const wrong of ['', 'Bearer', 'Bearer ', TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN} x`, `Bearer ${TOKEN}x`]) {
    assert.equal(check(wrong), 'wrong', wrong);
  }
  assert.equal(check(`Bearer ${TOKEN.slice(0, -1)}`), 'wrong');
  assert.equal(check(`Bearer ${'x'.repeat(100_000)}`), 'wrong');
});

test('after too many wrong tokens an address is locked until its minute is over', () => {
  const { check, clock, authentication } = setUp(3);
  for (let n = 0; n < 10; n++) assert.equal(check(undefined), 'missing');
  for (let n = 0; n < 3; n++) assert.equal(check('Bearer guess'), 'wrong');
  assert.equal(check(`Bearer ${TOKEN}`), 'locked');
  clock.nowMs = 59_000;
  assert.deepEqual(authentication.check('192.0.2.1', undefined), { kind: 'locked', retryAfterSeconds: 1 });
  assert.equal(check(`Bearer ${TOKEN}`, '192.0.2.2'), 'allowed');
  clock.nowMs = 60_000;
  assert.equal(check(`Bearer ${TOKEN}`), 'allowed');
});

test('addresses of one network count as one, however they are written', () => {
  const { check } = setUp(2);
  assert.equal(check('Bearer guess', '2001:db8::1'), 'wrong');
  assert.equal(check('Bearer guess', '2001:db8:0:0:ffff::2'), 'wrong');
  assert.equal(check(`Bearer ${TOKEN}`, '2001:db8::3'), 'locked');
  assert.equal(check(`Bearer ${TOKEN}`, '2001:db8:0:1::1'), 'allowed');
  assert.equal(check('Bearer guess', '::ffff:192.0.2.7'), 'wrong');
  assert.equal(check('Bearer guess', '192.0.2.7'), 'wrong');
  assert.equal(check(`Bearer ${TOKEN}`, '::ffff:192.0.2.7'), 'locked');
});

test('addresses that are remembered are bounded', () => {
  const { check } = setUp(1);
  for (let n = 0; n < 20_000; n++) check('Bearer guess', `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
  // The first ones are forgotten, the last ones are not.
  assert.equal(check(`Bearer ${TOKEN}`, '10.0.0.0'), 'allowed');
  assert.equal(check(`Bearer ${TOKEN}`, '10.0.78.31'), 'locked');
});
