import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gatherings, type GatheringsOptions } from '../../../src/runtime/gatherings.ts';

const limits = { keysMax: 10, callsMax: 2, waitingMax: 1000, waitMs: 10_000 };

/** Answers `group:key`, when the test lets it. */
function held(options: Partial<GatheringsOptions<string, number, string>> = {}) {
  const calls: { group: string; keys: readonly number[]; settle: (error?: Error) => void }[] = [];
  const gatherings = new Gatherings<string, number, string>({
    ...limits,
    ask: (group, keys) =>
      new Promise((resolve, reject) => {
        const settle = (error?: Error) => (error ? reject(error) : resolve(keys.map((key) => `${group}:${key}`)));
        calls.push({ group, keys: [...keys], settle });
      }),
    ...options,
  });
  return { gatherings, calls };
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('what is asked of a group in one turn is one call, and each gets the answer to its own key', async () => {
  const { gatherings, calls } = held();
  const answers = Promise.all([3, 1, 3].map((key) => gatherings.ask('a', key)));
  await turn();
  assert.deepEqual(
    calls.map(({ keys }) => keys),
    [[3, 1, 3]],
  );
  calls[0]?.settle();
  assert.deepEqual(await answers, ['a:3', 'a:1', 'a:3']);
});

test('a question that comes while a call is under way is sent after it, and never joins it', async () => {
  const { gatherings, calls } = held();
  const first = gatherings.ask('a', 1);
  await turn();
  const second = Promise.all([gatherings.ask('a', 1), gatherings.ask('a', 2)]);
  await turn();
  assert.equal(calls.length, 1);
  calls[0]?.settle();
  await first;
  await turn();
  assert.deepEqual(calls[1]?.keys, [1, 2]);
  calls[1]?.settle();
  assert.deepEqual(await second, ['a:1', 'a:2']);
});

test('calls and their keys are bounded, and groups take turns', async () => {
  const { gatherings, calls } = held({ keysMax: 2 });
  const asked = ['a', 'b', 'c'].map((group) => Promise.all([1, 2, 3].map((key) => gatherings.ask(group, key))));
  await turn();
  assert.deepEqual(
    calls.map(({ group, keys }) => [group, keys]),
    [
      ['a', [1, 2]],
      ['b', [1, 2]],
    ],
  );
  for (let call = 0; call < 6; call++) {
    calls[call]?.settle();
    await turn();
  }
  assert.deepEqual(
    calls.map(({ group }) => group),
    ['a', 'b', 'c', 'a', 'b', 'c'],
  );
  assert.deepEqual(await asked[2], ['c:1', 'c:2', 'c:3']);
});

test('more questions than may wait, and those that waited too long, are answered so', async () => {
  const { gatherings, calls } = held({ waitingMax: 3, waitMs: 20 });
  const first = gatherings.ask('a', 0);
  await turn();
  const waiting = [1, 2, 3].map((key) => gatherings.ask('a', key));
  await assert.rejects(gatherings.ask('a', 4), { code: 'TOO_MANY_READS' });
  await new Promise((resolve) => setTimeout(resolve, 40));
  calls[0]?.settle();
  assert.equal(await first, 'a:0');
  for (const each of waiting) await assert.rejects(each, { code: 'TOO_MANY_READS' });
  assert.equal(calls.length, 1);
  const again = gatherings.ask('a', 5);
  await turn();
  calls[1]?.settle();
  assert.equal(await again, 'a:5');
});

for (const failTogether of [false, true]) {
  test(`a failure is that of its call${failTogether ? ', and of all who wait for the next one' : ''}`, async () => {
    const { gatherings, calls } = held({ failTogether });
    const failing = gatherings.ask('a', 1);
    await turn();
    const next = gatherings.ask('a', 2);
    next.catch(() => {});
    calls[0]?.settle(new Error('lost'));
    await assert.rejects(failing, /lost/);
    await turn();
    if (failTogether) await assert.rejects(next, /lost/);
    else {
      calls[1]?.settle();
      assert.equal(await next, 'a:2');
    }
    const later = gatherings.ask('a', 3);
    await turn();
    calls.at(-1)?.settle();
    assert.equal(await later, 'a:3');
  });
}

test('calls rest in between for as long as they are told to', async () => {
  let restMs = 50;
  const startedMs: number[] = [];
  const gatherings = new Gatherings<string, number, number>({
    ...limits,
    restMs: () => restMs,
    async ask(_, keys) {
      startedMs.push(performance.now());
      return keys;
    },
  });
  await gatherings.ask('a', 1);
  await gatherings.ask('a', 2);
  restMs = 0;
  await gatherings.ask('a', 3);
  const [first, second, third] = startedMs as [number, number, number];
  assert.ok(second - first >= 45, `${second - first} ms`);
  assert.ok(third - second < 45, `${third - second} ms`);
});
