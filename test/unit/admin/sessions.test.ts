import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authentication } from '../../../src/admin/authentication.ts';
import { hashOf, type Operator } from '../../../src/admin/operators.ts';
import { IDLE_MS, SESSION_MS_MAX, type Session, Sessions } from '../../../src/admin/sessions.ts';

const TOKEN = 'a-token-of-the-tests';
const ALICE: Operator = { name: 'alice', role: 'support', hash: hashOf('a-token-of-alice') };
const BOB: Operator = { name: 'bob.o+k@shop-1', role: 'viewer', hash: hashOf('a-token-of-bob') };
const ADDRESS = '192.0.2.1';
const START_MS = 1_800_000_000_000;

function setUp(token = TOKEN) {
  const clock = { nowMs: START_MS };
  const authentication = new Authentication({ token, operators: [ALICE, BOB], failuresMax: 3 });
  const openSessions = () => new Sessions(authentication.findHolder, () => clock.nowMs);
  const sessions = openSessions();
  const cookieOf = (session: Session) => sessions.cookieOf(session) as string;
  return { clock, authentication, sessions, openSessions, cookieOf, read: (c: string) => sessions.read(c, ADDRESS) };
}

test('a cookie says who asks, as the token that it was made for does', () => {
  const { sessions, cookieOf, read } = setUp();
  const actor = `alice (support) from ${ADDRESS}`;
  const alice = sessions.begin('alice');
  assert.deepEqual(read(cookieOf(alice)), { session: alice, principal: { name: 'alice', role: 'support', actor } });
  assert.equal(read(cookieOf(sessions.begin('bob.o+k@shop-1')))?.principal.name, 'bob.o+k@shop-1');
  const shared = read(cookieOf(sessions.begin(null)));
  assert.deepEqual(shared?.principal, { name: null, role: 'admin', actor: null });
  assert.notEqual(cookieOf(sessions.begin('alice')), cookieOf(sessions.begin('alice')));
});

test('a cookie that was changed in any character, or is none, is not right', () => {
  const { sessions, cookieOf, read } = setUp();
  const cookie = cookieOf(sessions.begin('alice'));
  for (const [at, character] of [...cookie].entries()) {
    if (character === '.') continue;
    const other = character === '1' ? '2' : '1';
    assert.equal(read(cookie.slice(0, at) + other + cookie.slice(at + 1)), null, `character ${at}`);
  }
  // The last character of a base64 text has bits that decode to nothing.
  for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
    if (last !== cookie.at(-1)) assert.equal(read(cookie.slice(0, -1) + last), null);
  }
  const [, id, started, expires, signature] = cookie.split('.');
  const admin = ['', id, started, expires, signature].join('.');
  const later = ['YWxpY2U', id, started, Number(expires) + 60, signature].join('.');
  const rubbish = ['', '.', '....', 'x', `${cookie}.`, ` ${cookie}`, 'é'.repeat(200), 'a'.repeat(100_000), '\0', '{}'];
  for (const wrong of [admin, later, ...rubbish]) assert.equal(read(wrong), null, wrong.slice(0, 80));
});

test('a cookie of a server with another shared token is not right', () => {
  const other = setUp('another-token-of-tests');
  for (const name of ['alice', null]) {
    const cookie = other.cookieOf(other.sessions.begin(name));
    assert.ok(other.read(cookie));
    assert.equal(setUp().read(cookie), null);
  }
});

test('a session ends as soon as the operator is removed, or has another token', () => {
  const { sessions, cookieOf, read, authentication } = setUp();
  const cookie = cookieOf(sessions.begin('alice'));
  authentication.replaceOperators([{ ...ALICE, hash: hashOf('a-new-token-of-alice') }, BOB]);
  assert.equal(read(cookie), null);
  authentication.replaceOperators([{ ...ALICE, role: 'viewer' }]);
  assert.equal(read(cookie)?.principal.role, 'viewer', 'another role is in force at once');
  authentication.replaceOperators([BOB]);
  assert.equal(read(cookie), null);
  assert.equal(sessions.cookieOf(sessions.begin('alice')), null);
});

test('the shared token ends all sessions when it is replaced', () => {
  const { sessions, cookieOf, read, authentication } = setUp();
  const cookies = ['alice', null].map((name) => cookieOf(sessions.begin(name)));
  authentication.replaceToken('a-new-token-of-the-tests');
  for (const cookie of cookies) assert.equal(read(cookie), null);
});

test('a session expires when nothing renews it, and a restart in between changes nothing', () => {
  const { sessions, cookieOf, openSessions, clock } = setUp();
  const cookie = cookieOf(sessions.begin('alice'));
  const afterRestart = openSessions();
  clock.nowMs = START_MS + IDLE_MS - 1;
  assert.ok(afterRestart.read(cookie, ADDRESS));
  clock.nowMs += 1;
  assert.equal(afterRestart.read(cookie, ADDRESS), null);
});

test('requests renew a session, not each one of them, and not beyond its longest time', () => {
  const { sessions, cookieOf, read, clock } = setUp();
  let session = sessions.begin('alice');
  const { id } = session;
  clock.nowMs = START_MS + IDLE_MS / 3 - 1000;
  assert.equal(sessions.renewed(session), null);
  let renewals = 0;
  for (; clock.nowMs < START_MS + SESSION_MS_MAX; clock.nowMs += 60_000) {
    const renewed = sessions.renewed(session);
    if (!renewed) continue;
    renewals += 1;
    session = renewed;
    assert.equal(read(cookieOf(session))?.session.id, id);
  }
  assert.ok(renewals > 60 && renewals < 80, `${renewals} renewals in 12 hours`);
  assert.equal(session.expiresAtMs, START_MS + SESSION_MS_MAX);
  assert.equal(read(cookieOf(session)), null);
});

test('a logout ends all cookies of the session, and no other session', () => {
  const { sessions, cookieOf, read, clock } = setUp();
  const session = sessions.begin('alice');
  const other = cookieOf(sessions.begin('alice'));
  const first = cookieOf(session);
  clock.nowMs += IDLE_MS / 2;
  const renewed = cookieOf(sessions.renewed(session) as Session);
  sessions.end(session);
  assert.deepEqual([read(first), read(renewed)], [null, null]);
  assert.ok(read(other));
  clock.nowMs += IDLE_MS - 1;
  assert.equal(read(renewed), null);
});
