// The scripts check users by the form that src/user-id.ts hands them, and by no form of their own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { couponKeys, memoKey } from '../../../src/redis/keys.ts';
import { membershipKeys } from '../../../src/redis/membership.ts';
import { scripts } from '../../../src/redis/scripts.ts';
import { startRedis } from '../../support/servers.ts';

const COUPON = 7;
const keys = couponKeys(COUPON);
const LOCK_MS = 10_000;

/** Keys and arguments of each script that is given users, for one user. */
const calls: Readonly<Record<string, (user: string) => [keys: string[], args: (string | number)[]]>> = {
  issue: (user) => [
    [keys.stock, keys.holders, keys.meta, keys.outbox, memoKey(COUPON, 'a'), keys.idempotencyKeys, keys.revoked],
    [1, Number.MAX_SAFE_INTEGER, 1000, 0, `${user},${user}`],
  ],
  stage: (user) => [
    [keys.rebuildLock, keys.staging],
    ['token', LOCK_MS, user],
  ],
  'apply-coupon': (user) => [
    [keys.stock, keys.holders, keys.meta, keys.revoked, keys.rebuildLock, keys.brake],
    [1, 5, 'open', 0, 0, user],
  ],
  // The pseudonym is of the same form.
  'erase-user': (user) => [
    [keys.holders, keys.revoked, keys.idempotencyKeys, keys.dead],
    [user, user.slice(0, -1), '-', '+'],
  ],
  'amend-outbox': (user) => [
    [keys.rebuildLock, keys.outbox],
    ['token', LOCK_MS, 'group', '', 1, '', user],
  ],
  memberships: (user) => [membershipKeys(COUPON), [`${user},${user}`]],
  'find-holding': (user) => [[keys.outbox], [user, '-', 1]],
  'dead-letter': (user) => [
    [keys.outbox, keys.dead],
    ['group', '1-1', user, 1, 1, 'CODE', 'reason', 3, ''],
  ],
};

/** As it would be handed over with other ids. */
function withOtherForm(lua: string): string {
  const other = lua.replace(/^local USER_ID, USER_IDS, USER_CHARACTERS = '[^']*', '[^']*', '[^']*' /m, () => {
    return "local USER_ID, USER_IDS, USER_CHARACTERS = '[%a.]+', '[%a.,]+', '%a.' ";
  });
  assert.notEqual(other, lua);
  return other;
}

test('each script that checks a user is called below', () => {
  const checking = [...scripts].filter(([, lua]) => /\bUSER_(?:IDS?|CHARACTERS)\b/.test(lua)).map(([name]) => name);
  assert.deepEqual(checking.sort(), Object.keys(calls).sort());
});

test('a script begins with its interpreter line, and its lines keep their numbers', () => {
  for (const [name, lua] of scripts) {
    assert.match(lua, /^#!lua[^\n]*\n(local USER_ID, USER_IDS, USER_CHARACTERS = (?:'[^'\n]+',? ){3})?-- \S/, name);
  }
});

for (const [name, call] of Object.entries(calls)) {
  test(`${name} takes the users that have the form it is handed, and refuses others`, async (t) => {
    const server = await startRedis(t);
    const redis = new Redis(server.url);
    t.after(() => redis.disconnect());
    const lua = scripts.get(name) as string;
    const run = async (source: string, user: string) => {
      const [scriptKeys, args] = call(user);
      return redis.eval(source, scriptKeys.length, ...scriptKeys, ...args).then(
        () => 'taken',
        (error: Error) => error.message,
      );
    };
    assert.equal(await run(lua, '9007199254740991'), 'taken');
    for (const user of ['a.b', '-1', '', ' 7', '7\n']) assert.match(await run(lua, user), /^ERR /, user);
    const other = withOtherForm(lua);
    assert.equal(await run(other, 'a.b'), 'taken');
    for (const user of ['7', 'a b', '']) assert.match(await run(other, user), /^ERR /, user);
  });
}
