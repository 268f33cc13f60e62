import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { hmacIdentifier, parseHmacKeys, signedText } from '../../../../src/http/identity/hmac.ts';
import { identityRequest } from './identity-request.ts';

const NOW_S = 1_700_000_000;
const PATH = '/api/v2/me/coupons/1/issue';
const [old, current] = [randomBytes(32), randomBytes(32)];
const keys = parseHmacKeys(
  `# rotated in March\nold ${old.toString('base64')}\n\ncurrent ${current.toString('base64url')}\n`,
);
const identifier = hmacIdentifier(keys, () => NOW_S * 1000);

function sign({ key = current, id = 'current', method = 'POST', path = PATH, user = '42', time = NOW_S } = {}): string {
  const mac = createHmac('sha256', key)
    .update(signedText(method, path, user, String(time)))
    .digest('hex');
  return `${id}.${time}.${mac}`;
}

function identify(
  signature: string | null,
  { user = '42' as string | null, method = 'POST', path = PATH } = {},
): unknown {
  const headers: [string, string][] = [];
  if (user !== null) headers.push(['commerce-user-id', user]);
  if (signature !== null) headers.push(['commerce-signature', signature]);
  const [read, request] = identityRequest(path, ...headers);
  const identity = identifier.identify(read, method, request);
  return 'userId' in identity ? identity.userId : 'refusal' in identity ? identity.refusal : identity;
}

test('a signature by either key identifies the user', () => {
  assert.equal(identify(sign()), '42');
  assert.equal(identify(sign({ key: old, id: 'old' })), '42');
});

test('a signature for another request, user, time or key is invalid', () => {
  assert.equal(identify(sign(), { user: '43' }), 'invalid');
  assert.equal(identify(sign(), { method: 'GET' }), 'invalid');
  assert.equal(identify(sign(), { path: '/api/v2/me/coupons/2/issue' }), 'invalid');
  assert.equal(identify(sign({ key: old })), 'invalid');
  assert.equal(identify(sign({ id: 'unknown' })), 'invalid');
  assert.equal(identify(sign({ key: randomBytes(32) })), 'invalid');
});

test('a signature holds for 30 s before and after its time', () => {
  assert.equal(identify(sign({ time: NOW_S - 30 })), '42');
  assert.equal(identify(sign({ time: NOW_S + 30 })), '42');
  assert.equal(identify(sign({ time: NOW_S - 31 })), 'invalid');
  assert.equal(identify(sign({ time: NOW_S + 31 })), 'invalid');
});

test('without user or signature the identity is missing, a malformed one is told apart', () => {
  assert.equal(identify(null), 'missing');
  assert.equal(identify(sign(), { user: null }), 'missing');
  for (const signature of ['', 'current', sign().toUpperCase(), `${sign()}0`, sign().replace('current', 'cur rent')]) {
    assert.equal(identify(signature), 'malformed', signature);
  }
  assert.equal(identify(sign({ user: '042' }), { user: '042' }), 'malformed');
});

test('keys that are short, many, double or not there are refused at the start', () => {
  const good = randomBytes(32).toString('base64');
  for (const text of [
    '',
    'a',
    `a ${randomBytes(31).toString('base64')}`,
    `a ${good}\na ${good}`,
    `a ${good}\nb ${good}\nc ${good}`,
    `a b ${good}`,
  ]) {
    assert.throws(() => parseHmacKeys(text), { name: 'IdentityError' }, text);
  }
});
