// When a start waits, when it ends, and when it goes on with Redis alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StoreSteps, StoreWait } from '../../../src/cluster/store-wait.ts';
import { UnusableStore } from '../../../src/unusable-store.ts';

const trouble = (store: 'Redis' | 'MySQL', curable: boolean, reason = 'is not there') =>
  new UnusableStore({ store, variable: 'X', url: 'redis://host' }, null, { reason, curable });
const verified = async () => ({ provenClaim: 'claim' });
const throws = (error: Error) => async () => {
  throw error;
};

interface Observed {
  readonly lines: string[];
  readonly done: string[];
  readonly wait: StoreWait;
  stop(): void;
}

function begin(steps: Partial<StoreSteps>, waitMs = 60_000): Observed {
  const lines: string[] = [];
  const done: string[] = [];
  const stopping = new AbortController();
  const all: StoreSteps = {
    checkRedis: async () => ({ provenClaim: null }),
    checkMysql: async () => {},
    prepare: async () => {
      done.push('prepare');
      return 'confirmed';
    },
    prepareRedisAlone: async () => void done.push('prepareRedisAlone'),
    ...steps,
  };
  const progress = (line: string) => void lines.push(line);
  const wait = new StoreWait({ steps: all, waitMs, progress, signal: stopping.signal });
  return { lines, done, wait, stop: () => stopping.abort() };
}

test('with both stores there, they are prepared once, and nothing is said', async () => {
  const { wait, lines, done } = begin({});
  assert.equal(await wait.untilUsable(), 'both');
  assert.deepEqual([lines, done], [[], ['prepare']]);
});

test('what waiting can not cure ends the start in the first round, also beside a store that is only down', async () => {
  const cases: [Partial<StoreSteps>, RegExp][] = [
    [{ checkRedis: throws(trouble('Redis', false)) }, /^Error: Redis at host:6379 is not there$/],
    [{ checkRedis: throws(trouble('Redis', true)), checkMysql: throws(trouble('MySQL', false)) }, /^Error: MySQL at/],
    [{ checkRedis: throws(trouble('Redis', false)), checkMysql: throws(trouble('MySQL', false)) }, /Redis .*; MySQL/],
    // Also where Redis is verified: this MySQL will never do.
    [{ checkRedis: verified, checkMysql: throws(trouble('MySQL', false)) }, /MySQL at/],
  ];
  for (const [steps, expected] of cases) {
    const { wait, lines, done } = begin(steps);
    await assert.rejects(wait.untilUsable(), expected);
    assert.deepEqual([lines, done], [[], []]);
  }
});

test(
  'a store that is down is asked again until the time ' + 'is over; each other store that fails is named too',
  async () => {
    const patient = begin({ checkMysql: throws(trouble('MySQL', true)) }, 700);
    await assert.rejects(
      patient.wait.untilUsable(),
      /^Error: MySQL at host:3306 is not there; waited 1 s \(START_WAIT_MS\)$/,
    );
    assert.match(
      patient.lines.join('\n'),
      /^waiting, 0 s so far, until \d\d:\d\d:\d\d UTC \(START_WAIT_MS\): MySQL at host/,
    );
    const none = begin({ checkMysql: throws(trouble('MySQL', true)), checkRedis: throws(trouble('Redis', true)) }, 0);
    await assert.rejects(
      none.wait.untilUsable(),
      /^Error: Redis at host:6379 is not there; MySQL at host:3306 is not there$/,
    );
    assert.deepEqual(none.lines, []);
  },
);

test('a store that went away while it was prepared is waited for; any other failure of it ends the start', async () => {
  let rounds = 0;
  const { wait, done } = begin({
    checkMysql: async () => {
      rounds += 1;
      if (rounds === 2) throw trouble('MySQL', true);
    },
    prepare: async () => {
      if (rounds === 1) throw new Error('Connection lost');
      done.push('prepare');
      return null;
    },
  });
  assert.equal(await wait.untilUsable(), 'both');
  assert.deepEqual(done, ['prepare']);
  const broken = begin({ prepare: throws(new Error('sql/001 is not the file that was applied')) });
  await assert.rejects(broken.wait.untilUsable(), /is not the file/);
  const defect = begin({ checkRedis: throws(new TypeError('a defect')) });
  await assert.rejects(defect.wait.untilUsable(), TypeError);
});

test('a verified Redis is enough at once, also with no time to wait; one that is not verified is not', async () => {
  const down = { checkMysql: throws(trouble('MySQL', true)) };
  const { wait, lines, done } = begin({ ...down, checkRedis: verified }, 0);
  assert.equal(await wait.untilUsable(), 'redis');
  assert.deepEqual([lines, done], [['MySQL at host:3306 is not there'], ['prepareRedisAlone']]);
  const unverified = begin(down, 0);
  await assert.rejects(unverified.wait.untilUsable(), /MySQL at/);
  const unsafe = throws(new Error('STRICT_DURABILITY is set'));
  const strict = begin({ ...down, checkRedis: verified, prepareRedisAlone: unsafe });
  await assert.rejects(strict.wait.untilUsable(), /STRICT_DURABILITY/);
});

test('HTTP workers may decide before a persister only if this node and MySQL know the claim of Redis', async () => {
  const cases = [
    ['claim', 'claim', 'claim'],
    [null, 'claim', null],
    // MySQL says by now that Redis is another installation's.
    ['claim', null, null],
    // Another node has replaced it in between.
    ['claim', 'renewed', null],
  ] as const;
  for (const [provenClaim, confirmed, expected] of cases) {
    const { wait } = begin({ checkRedis: async () => ({ provenClaim }), prepare: async () => confirmed });
    assert.equal(await wait.untilUsable(), 'both');
    assert.equal(wait.claim, expected);
  }
  const alone = begin({ checkRedis: verified, checkMysql: throws(trouble('MySQL', true)) });
  assert.equal(await alone.wait.untilUsable(), 'redis');
  assert.equal(alone.wait.claim, 'claim');
});

test('once it serves, nothing about MySQL ends it: neither a wrong password nor a migration that fails', async () => {
  const failures = [trouble('MySQL', false, 'refuses user "x"'), null, null];
  let prepared = 0;
  const { wait, lines } = begin({
    checkMysql: async () => {
      const failure = failures.shift();
      if (failure) throw failure;
    },
    prepare: async () => {
      prepared += 1;
      if (prepared === 1) throw new Error('denied');
      return null;
    },
  });
  await wait.untilMysqlUsable();
  assert.equal(prepared, 2);
  assert.match(lines[0] ?? '', /^waiting, 0 s so far, issuing goes on: MySQL at host:3306 refuses user "x"$/);
});

test('a stop ends each wait', async () => {
  for (const begun of ['untilUsable', 'untilMysqlUsable'] as const) {
    const { wait, stop } = begin({ checkMysql: throws(trouble('MySQL', true)) });
    const ended = wait[begun]();
    setTimeout(stop, 50);
    const startedMs = performance.now();
    await ended;
    assert.ok(performance.now() - startedMs < 400);
  }
});
