import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authentication } from '../../../src/admin/authentication.ts';
import { hashOf, newOperator, parseOperators } from '../../../src/admin/operators.ts';

const TOKEN = 'a-token-of-the-tests';
const ALICE = 'a-token-of-alice';

function setUp(failuresMax = 3) {
  const clock = { nowMs: 0 };
  const locked: string[] = [];
  const authentication = new Authentication({
    token: TOKEN,
    operators: [{ name: 'alice', role: 'support', hash: hashOf(ALICE) }],
    failuresMax,
    onLocked: (source) => locked.push(source),
    now: () => clock.nowMs,
  });
  const check = (authorization: string | undefined, address = '192.0.2.1') =>
    authentication.check(address, authorization).kind;
  return { clock, authentication, check, locked };
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

test('after too many wrong tokens more of them are locked until the minute is over, and right ones never are', () => {
  const { check, clock, authentication, locked } = setUp(3);
  for (let n = 0; n < 10; n++) assert.equal(check(undefined), 'missing');
  for (let n = 0; n < 3; n++) assert.equal(check('Bearer guess'), 'wrong');
  for (const wrong of ['Bearer guess', 'Bearer', `Basic ${TOKEN}`, `Bearer ${ALICE}x`]) {
    assert.equal(check(wrong), 'locked', wrong);
  }
  for (const right of [TOKEN, ALICE]) assert.equal(check(`Bearer ${right}`), 'allowed');
  assert.equal(check(undefined), 'missing');
  clock.nowMs = 59_000;
  assert.deepEqual(authentication.check('192.0.2.1', 'Bearer guess'), { kind: 'locked', retryAfterSeconds: 1 });
  assert.equal(check('Bearer guess', '192.0.2.2'), 'wrong');
  clock.nowMs = 60_000;
  assert.equal(check('Bearer guess'), 'wrong');
  assert.deepEqual(locked, ['192.0.2.1'], 'told once a window');
});

test('a right token does not count, and does not forgive the wrong ones', () => {
  const { check } = setUp(2);
  for (let n = 0; n < 5; n++) assert.equal(check(`Bearer ${TOKEN}`), 'allowed');
  assert.equal(check('Bearer guess'), 'wrong');
  assert.equal(check(`Bearer ${TOKEN}`), 'allowed');
  assert.equal(check('Bearer guess'), 'wrong');
  assert.equal(check('Bearer guess'), 'locked');
});

test('the token says who asks, and who is replaced is known no more', () => {
  const { authentication } = setUp();
  const ask = (token: string) => authentication.check('192.0.2.1', `Bearer ${token}`);
  const actor = 'alice (support) from 192.0.2.1';
  assert.deepEqual(ask(ALICE), { kind: 'allowed', principal: { name: 'alice', role: 'support', actor } });
  assert.deepEqual(ask(TOKEN), { kind: 'allowed', principal: { name: null, role: 'admin', actor: null } });
  const bob = newOperator('bob', 'viewer');
  authentication.replaceOperators(parseOperators(bob.line, 'operators'));
  assert.equal(ask(ALICE).kind, 'wrong');
  assert.equal(ask(bob.token).kind, 'allowed');
  assert.equal(ask(TOKEN).kind, 'allowed');
});

test('addresses of one network count as one, however they are written', () => {
  const { check } = setUp(2);
  assert.equal(check('Bearer guess', '2001:db8::1'), 'wrong');
  assert.equal(check('Bearer guess', '2001:db8:0:0:ffff::2'), 'wrong');
  assert.equal(check('Bearer guess', '2001:db8::3'), 'locked');
  assert.equal(check('Bearer guess', '2001:db8:0:1::1'), 'wrong');
  assert.equal(check('Bearer guess', '::ffff:192.0.2.7'), 'wrong');
  assert.equal(check('Bearer guess', '192.0.2.7'), 'wrong');
  assert.equal(check('Bearer guess', '::ffff:192.0.2.7'), 'locked');
});

test('addresses that are remembered are bounded', () => {
  const { check } = setUp(1);
  for (let n = 0; n < 20_000; n++) check('Bearer guess', `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
  // The first ones are forgotten, the last ones are not.
  assert.equal(check('Bearer guess', '10.0.0.0'), 'wrong');
  assert.equal(check('Bearer guess', '10.0.78.31'), 'locked');
});
