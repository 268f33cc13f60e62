// A watch lasts until it is stopped, whatever the page's own functions do.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CouponClient } from '#client/client';
import type { CouponStatus } from '#client/coupon';
import type { TransportOptions } from '#client/transport';
import { ModelServer } from '../../support/model-server.ts';
import { seeded } from '../../support/seeded.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

/** More than a look takes, and the longest wait for the next one. */
const LOOK_MS = 10_000;

function open(options: Pick<TransportOptions, 'headers'> = {}) {
  const random = seeded();
  const time = new VirtualTime(random);
  const server = new ModelServer(time, random);
  return { time, server, client: new CouponClient({ baseUrl: 'http://model', fetch: server.fetch, ...options }, time) };
}

/** What is reported as not caught, as a browser does it; Node has no such function. */
function reported(t: TestContext): unknown[] {
  const errors: unknown[] = [];
  const platform = globalThis as { reportError?: (error: unknown) => void };
  const before = platform.reportError;
  platform.reportError = (error) => errors.push(error);
  t.after(() => {
    if (before) platform.reportError = before;
    else delete platform.reportError;
  });
  return errors;
}

test('a watch whose headers fail shows that it is offline, and goes on with the next look', async (t) => {
  const errors = reported(t);
  let fails = false;
  const { time, server, client } = open({
    headers: async () => {
      if (fails) throw new Error('the token service is down');
      return {};
    },
  });
  const seen: CouponStatus[] = [];
  const stop = client.watch(1, (status) => seen.push(status));
  await time.pass(LOOK_MS);
  assert.equal(seen.at(-1)?.online, true);
  fails = true;
  const sent = server.requests.length;
  await time.pass(LOOK_MS);
  assert.deepEqual([seen.at(-1)?.online, seen.at(-1)?.state], [false, 'OPEN'], 'what was read last stays');
  assert.equal(server.requests.length, sent);
  fails = false;
  server.state = 'SOLD_OUT';
  await time.pass(LOOK_MS);
  assert.deepEqual([seen.at(-1)?.online, seen.at(-1)?.state], [true, 'SOLD_OUT']);
  assert.deepEqual(errors, []);

  fails = true;
  const shown = seen.length;
  stop();
  await time.pass(LOOK_MS);
  assert.equal(seen.length, shown, 'after it was stopped nothing is shown');
});

test("a listener's error is reported, and ends neither its own watch nor another", async (t) => {
  const errors = reported(t);
  const { time, server, client } = open();
  const failure = new Error('the page has no such element');
  let calls = 0;
  const states: (string | null)[] = [];
  const stops = [
    client.watch(1, () => {
      calls += 1;
      throw failure;
    }),
    client.watch(1, ({ state }) => states.push(state)),
  ];
  await time.pass(LOOK_MS);
  const before = calls;
  assert.ok(before > 1, `${before} calls`);
  server.state = 'PAUSED';
  await time.pass(LOOK_MS);
  assert.ok(calls > before);
  assert.equal(states.at(-1), 'PAUSED');
  assert.deepEqual(new Set(errors), new Set([failure]));
  assert.equal(errors.length, calls);
  for (const stop of stops) stop();
});

test('a request that waits for the opening gets what its headers throw', async () => {
  const failure = new Error('not signed in');
  const { client } = open({ headers: () => Promise.reject(failure) });
  await assert.rejects(client.issue(1, { waitForOpening: true }), failure);
});
