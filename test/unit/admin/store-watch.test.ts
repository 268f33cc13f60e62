import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { StoreWatch } from '../../../src/admin/store-watch.ts';
import { OperationalError } from '../../../src/errors.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const never = () => new Promise<never>(() => {});

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const stores = { nowMs: 0, mysql: true, redis: true };
  const ask = (store: 'mysql' | 'redis') => () => (stores[store] ? Promise.resolve() : never());
  const watch = new StoreWatch({ askMysql: ask('mysql'), askRedis: ask('redis'), now: () => stores.nowMs });
  t.after(() => watch.stop());
  const pass = async (ms: number, stepMs = 400) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      stores.nowMs += stepMs;
      t.mock.timers.tick(stepMs);
      await turn();
    }
  };
  const outcome = (work: Promise<unknown>) => {
    const seen = { what: 'waits' };
    work.then(
      () => Object.assign(seen, { what: 'done' }),
      (error: OperationalError) => Object.assign(seen, { what: error.code }),
    );
    return seen;
  };
  return { stores, watch, pass, outcome };
}

test('work of a minute is waited for as long as both stores answer', async (t) => {
  const { watch, pass, outcome } = setUp(t);
  let finish = () => {};
  const seen = outcome(
    watch.run(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    ),
  );
  await pass(60_000);
  assert.equal(seen.what, 'waits');
  finish();
  await turn();
  assert.equal(seen.what, 'done');
});

for (const [store, code] of [
  ['mysql', 'QUERY_TIMEOUT'],
  ['redis', 'REDIS_SILENT'],
] as const) {
  test(`a request ends within 3 s after ${store} fell silent, before it and in its midst`, async (t) => {
    const { stores, watch, pass, outcome } = setUp(t);
    const early = outcome(watch.run(never));
    await pass(8000);
    stores[store] = false;
    const late = outcome(watch.run(never));
    await pass(1200);
    assert.deepEqual([early.what, late.what], ['waits', 'waits']);
    await pass(1800);
    assert.deepEqual([early.what, late.what], [code, code]);
  });
}

test('a process that stood still itself does not take the stores for silent', async (t) => {
  const { watch, pass, outcome } = setUp(t);
  const seen = outcome(watch.run(never));
  await pass(10_000, 10_000);
  await pass(2000);
  assert.equal(seen.what, 'waits');
});

test('what the work throws is thrown, and nothing is asked at rest', async (t) => {
  const { watch, pass } = setUp(t);
  await assert.rejects(
    watch.run(() => Promise.reject(new OperationalError('X', 'permanent', 'no'))),
    { code: 'X' },
  );
  await pass(10_000);
});
