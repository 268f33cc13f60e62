import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CouponClient } from '#client/client';
import { ModelServer } from '../../support/model-server.ts';
import { seeded } from '../../support/seeded.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const CLIENTS = 200;
const WINDOW_MS = 50;

/** The largest number of these moments in a window. */
function peak(moments: readonly number[], windowMs: number): number {
  const sorted = [...moments].sort((a, b) => a - b);
  let most = 0;
  for (let from = 0, to = 0; to < sorted.length; to++) {
    while ((sorted[to] as number) - (sorted[from] as number) >= windowMs) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

function crowd(count: number) {
  const random = seeded();
  const time = new VirtualTime(random);
  const servers = Array.from({ length: count }, () => new ModelServer(time, random));
  const clients = servers.map((server) => new CouponClient({ baseUrl: 'http://model', fetch: server.fetch }, time));
  const moments = (method: string, fromMs = 0) =>
    servers.flatMap(({ requests }) =>
      requests.filter((each) => each.method === method && each.atMs >= fromMs).map(({ atMs }) => atMs),
    );
  return { random, time, servers, clients, moments };
}

test('clients that wait for the opening ask within half a second after it, spread over it', async () => {
  const { random, time, servers, clients, moments } = crowd(CLIENTS);
  const opensAtMs = time.deviceMs() + 4000;
  for (const server of servers) server.opensAtMs = opensAtMs;
  const results = clients.map((client) => client.issue(1, { waitForOpening: true }));
  await time.pass(6000);
  for (const { kind } of await Promise.all(results)) assert.equal(kind, 'issued');
  const asked = moments('POST');
  assert.equal(asked.length, CLIENTS);
  const openedMs = opensAtMs - time.deviceOffsetMs;
  // The clock may be off by half of a request's way.
  assert.ok(Math.min(...asked) >= openedMs - 100 && Math.max(...asked) <= openedMs + 600, `seed ${random.seed}`);
  const share = peak(asked, WINDOW_MS) / CLIENTS;
  assert.ok(share < 0.25, `${share} of all within ${WINDOW_MS} ms, seed ${random.seed}`);
});

test('pages that watch the countdown read the coupon at the opening spread as well', async () => {
  const { random, time, servers, clients, moments } = crowd(CLIENTS);
  const opensAtMs = time.deviceMs() + 4000;
  for (const server of servers) server.opensAtMs = opensAtMs;
  const opened: boolean[] = [];
  const stops = clients.map((client, index) =>
    client.watch(1, ({ state }) => {
      opened[index] = state === 'OPEN';
    }),
  );
  await time.pass(6000);
  assert.equal(opened.filter((isOpen) => isOpen).length, CLIENTS, 'each page shows it as open');
  const read = moments('GET', opensAtMs - time.deviceOffsetMs - 100);
  assert.ok(read.length > 0);
  const share = peak(read, WINDOW_MS) / CLIENTS;
  assert.ok(share < 0.25, `${share} of all within ${WINDOW_MS} ms, seed ${random.seed}`);
  for (const stop of stops) stop();
});

test('clients that were refused together return neither before Retry-After nor together', async () => {
  const { random, time, servers, clients, moments } = crowd(CLIENTS);
  for (const server of servers) server.faults = 0;
  const busy = servers.map((server) => {
    const { fetch } = server;
    let refused = false;
    return async (...args: Parameters<typeof fetch>) => {
      if (refused) return fetch(...args);
      refused = true;
      return { status: 503, headers: { get: () => '2' }, text: async () => '{"code":"OVERLOADED"}' };
    };
  });
  const asking = clients.map((_, index) =>
    new CouponClient({ baseUrl: 'http://model', fetch: busy[index] as (typeof busy)[0] }, time).issue(1),
  );
  const refusedMs = time.monotonicMs();
  await time.pass(10_000);
  for (const { kind } of await Promise.all(asking)) assert.equal(kind, 'issued');
  const again = moments('POST');
  assert.ok(Math.min(...again) >= refusedMs + 2000, `seed ${random.seed}`);
  assert.ok(peak(again, WINDOW_MS) / CLIENTS < 0.15, `seed ${random.seed}`);
});
