// What Redis refuses becomes one sentence, and whether waiting may help is known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeMissingRights, describeRefusal } from '../../../src/redis/refusals.ts';
import type { StoreAddress } from '../../../src/unusable-store.ts';

const address: StoreAddress = { store: 'Redis', variable: 'REDIS_URL', url: 'redis://app:secret@cache.example' };

test('a refusal says what to do, and whether waiting may help', () => {
  const cases: [string, RegExp, boolean][] = [
    ['WRONGPASS invalid username-password pair or user is disabled.', /^refuses user "app": the password in/, false],
    ['ERR invalid password', /^refuses user "app"/, false],
    ['NOAUTH Authentication required.', /^wants a password: put it into REDIS_URL/, false],
    ["NOPERM this user has no permissions to run the 'info' command", /^gives user "app" too few rights \(/, false],
    ['DENIED Redis is running in protected mode because …\r\nmore', /^is in protected mode/, false],
    ['LOADING Redis is loading the dataset in memory', /^is still loading/, true],
    ['BUSY Redis is busy running a script.', /^is busy/, true],
    ['ERR max number of clients reached', /^has no connection left/, true],
    ["ERR unknown command 'eval', with args beginning with:", /^lacks a command .*'eval'/, false],
    [
      "ERR Error compiling script (new function): user_script:1: unexpected symbol near '#'",
      /scripts of Redis 7/,
      false,
    ],
    ['Unknown RESP type 72 "H". Please report this.', /^is not a Redis/, false],
  ];
  for (const [reply, expected, curable] of cases) {
    const trouble = describeRefusal(address, new Error(reply));
    assert.match(trouble?.reason ?? '', expected, reply);
    assert.equal(trouble?.curable, curable, reply);
    assert.doesNotMatch(trouble?.reason ?? '', /secret|\n/);
  }
  assert.equal(describeRefusal(address, new Error('connect ECONNREFUSED')), null);
});

test('missing rights are named, and no more of them than fit into a sentence', () => {
  assert.match(describeMissingRights(address, ['xadd']).reason, /\(not allowed: xadd\)/);
  const many = describeMissingRights({ ...address, url: 'redis://cache.example' }, ['a', 'b', 'c', 'd', 'e']);
  assert.match(many.reason, /^gives user "default" too few rights \(not allowed: a, b, c and 2 more\)/);
});
