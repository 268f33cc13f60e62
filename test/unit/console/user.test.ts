// Ids of users in the address of a page, and in the request that it makes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { urlOf } from '../../../console/src/api-url.ts';
import { canBeAsked, typedId } from '../../../console/src/pages/user/address.ts';
import { linkTo, parseRoute } from '../../../console/src/route.ts';
import { textIds } from '../../../src/user-id-text.ts';

/** Every character that an id may have, and what people may type. */
const IDS = [
  '42',
  'auth0|65f1c2a9b7',
  '9b2e7a54-0c1f-4e59-8a1e-0f6f1f8c2d11',
  'kim@example.com',
  'a/b',
  '/',
  '//',
  'a%2Fb',
  '50%',
  '?x=1&y=2#z',
  '~9006000000000001',
  '...',
  '.hidden',
  '</code><img src=x>',
  '이용자',
];

test('a link to a user leads to that user, and the request names that user, whatever the id', () => {
  for (const userId of IDS) {
    const route = parseRoute(linkTo('user', { userId }));
    assert.deepEqual([route?.page, route?.params.userId], ['user', userId]);
    const { pathname, search, hash } = new URL(urlOf('readUser', { userId }), 'http://admin.example');
    assert.match(pathname, /^\/admin\/v1\/users\/[^/]+$/, userId);
    assert.equal(decodeURIComponent(pathname.split('/').at(-1) ?? ''), userId);
    assert.equal(search + hash, '');
    assert.ok(canBeAsked(userId));
  }
});

test('the two ids that a browser takes for folders are known, and would name another path', () => {
  for (const userId of ['.', '..']) {
    assert.ok(textIds.isUserId(userId));
    assert.equal(canBeAsked(userId), false);
    const { pathname } = new URL(urlOf('readUser', { userId }), 'http://admin.example');
    assert.ok(!pathname.endsWith(`/${userId}`));
  }
});

test('the search without a user is a page of its own', () => {
  assert.equal(parseRoute('#/users')?.page, 'users');
  assert.equal(parseRoute('#/users/')?.page, 'users');
  assert.equal(parseRoute('#/users/7')?.page, 'user');
});

test('what was pasted with spaces or in quotation marks is the id alone', () => {
  assert.equal(typedId('  42\n'), '42');
  assert.equal(typedId('"auth0|abc"'), 'auth0|abc');
  assert.equal(typedId("'7'"), '7');
  assert.equal(typedId('"7'), '"7');
  assert.equal(typedId('   '), '');
});
