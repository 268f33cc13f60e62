import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pollUntil } from '../../../src/runtime/poll.ts';

test('asked at once: what is there needs no time', async () => {
  assert.equal(await pollUntil(() => true, { everyMs: 60_000 }), true);
});

test('asked again until the answer is yes, one question at a time', async () => {
  let asked = 0;
  let open = 0;
  const isDone = async () => {
    open += 1;
    assert.equal(open, 1);
    await new Promise((resolve) => setImmediate(resolve));
    open -= 1;
    asked += 1;
    return asked === 4;
  };
  assert.equal(await pollUntil(isDone, { everyMs: 1 }), true);
  assert.equal(asked, 4);
});

test('no longer than the limit', async () => {
  const startMs = performance.now();
  assert.equal(await pollUntil(async () => false, { everyMs: 2, withinMs: 20 }), false);
  assert.ok(performance.now() - startMs >= 20);
});

test('a limit of nothing, or one that is over, asks once', async () => {
  for (const withinMs of [0, -5]) {
    let asked = 0;
    const isDone = () => {
      asked += 1;
      return false;
    };
    assert.equal(await pollUntil(isDone, { everyMs: 60_000, withinMs }), false);
    assert.equal(asked, 1);
  }
});

test('a signal ends the pause at once, and one that is aborted already asks nothing', { timeout: 10_000 }, async () => {
  const abort = new AbortController();
  let asked = 0;
  const isDone = () => {
    asked += 1;
    return undefined;
  };
  const polling = pollUntil(isDone, { everyMs: 60_000, signal: abort.signal });
  abort.abort();
  assert.equal(await polling, false);
  assert.equal(await pollUntil(isDone, { everyMs: 1, signal: abort.signal }), false);
  assert.equal(asked, 1);
});

test('what the question throws is thrown', async () => {
  const fails = async (): Promise<boolean> => {
    throw new Error('no connection');
  };
  await assert.rejects(pollUntil(fails, { everyMs: 1 }), /no connection/);
});
