// Thousands of intents in virtual time, through a network that loses requests and answers, while the coupon is paused,
// sold out, closed and opened again: whatever the client returns is true in the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CouponClient } from '#client/client';
import type { IssueResult } from '#client/issue-result';
import type { Fetch } from '#client/transport';
import { ModelServer } from '../../support/model-server.ts';
import { type Seeded, seeded } from '../../support/seeded.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const INTENTS = 600;
const STATES = ['OPEN', 'PAUSED', 'SOLD_OUT', 'CLOSED', 'SCHEDULED'] as const;

/** One intent from its click until nothing can change any more. */
async function runIntent(random: Seeded) {
  const time = new VirtualTime(random);
  const server = new ModelServer(time, random);
  server.faults = random.pick([0.2, 0.5, 0.8]);
  server.state = random.pick(STATES);
  const hadIt = random.below(10) === 0;
  if (hadIt) server.holder = { key: 'of before' };
  const client = new CouponClient({ baseUrl: 'http://model', fetch: server.fetch }, time);
  const withinMs = random.pick([1000, 5000, 20_000]);
  let result: IssueResult | null = null;
  const clicks = Array.from({ length: 1 + random.below(3) }, () => client.issue(1, { withinMs }));
  void Promise.all(clicks).then(([first, ...others]) => {
    for (const other of others) assert.equal(other, first);
    result = first ?? null;
  });
  const startedMs = time.monotonicMs();
  for (let step = 0; step < 60 && result === null; step++) {
    await time.pass(500);
    if (random.below(4) === 0) server.state = random.pick(STATES);
  }
  const tookMs = time.monotonicMs() - startedMs;
  // The last request has its deadline; then an operator opens it again, and what is left somewhere would be executed.
  server.state = 'OPEN';
  await time.pass(12_000);
  return { server, client, time, hadIt, withinMs, tookMs, result: result as IssueResult | null };
}

test(`${INTENTS} intents through faults: no result is false, and there is one request at a time`, async (t) => {
  const random = seeded();
  t.diagnostic(`TEST_SEED=${random.seed}`);
  const kinds = new Map<string, number>();
  let requests = 0;
  for (let count = 0; count < INTENTS; count++) {
    const { server, hadIt, result, withinMs, tookMs } = await runIntent(random);
    const what = `intent ${count} of seed ${random.seed}: ${JSON.stringify(result)}`;
    assert.ok(result, `${what}: a result`);
    assert.ok(tookMs <= withinMs + 500, `${what}: after ${tookMs} of ${withinMs} ms`);
    assert.equal(server.atOnceMax, 1, what);
    const keys = new Set(server.requests.filter(({ method }) => method === 'POST').map(({ key }) => key));
    assert.equal(keys.size, 1, `${what}: one key`);
    const holds = server.holder !== null;
    if (result.kind === 'issued' || result.kind === 'alreadyIssued') assert.ok(holds, `${what}: holds nothing`);
    else if (result.kind !== 'unknown') assert.ok(!holds, `${what}: holds it`);
    else if (!result.mayBeIssued) assert.ok(!holds || hadIt, `${what}: it was issued`);
    if (result.kind === 'alreadyIssued') assert.ok(hadIt, `${what}: had it before`);
    kinds.set(result.kind, (kinds.get(result.kind) ?? 0) + 1);
    requests += server.requests.length;
  }
  t.diagnostic(`${JSON.stringify(Object.fromEntries(kinds))}, ${(requests / INTENTS).toFixed(2)} requests an intent`);
  for (const kind of ['issued', 'alreadyIssued', 'soldOut', 'notOpen', 'paused', 'closed', 'unknown'] as const) {
    assert.ok((kinds.get(kind) ?? 0) > 0, `${kind} happens`);
  }
});

test('a request that was given up is awaited, also if a later one is settled sooner', async () => {
  const time = new VirtualTime(seeded(1));
  const startMs = time.monotonicMs();
  // The first request is executed 10 s after it was sent, long after its client has given it up.
  const isHeld = () => time.monotonicMs() - startMs >= 10_000;
  const issued = { couponId: 1, userId: 7, sequence: 1, status: 'ISSUED', issuedAt: '2026-05-01T03:00:00.012Z' };
  let posts = 0;
  const decide = () => (posts === 2 ? ([504, {}] as const) : ([400, { code: 'OUT_OF_STOCK_COUPON' }] as const));
  const look = () => (isHeld() ? ([200, issued] as const) : ([404, { code: 'NOT_ISSUED_COUPON' }] as const));
  const fetch: Fetch = async (_, { method, signal }) => {
    if (method === 'POST') posts += 1;
    await time.sleep(method === 'POST' && posts === 1 ? 60_000 : 20, signal);
    const [status, body] = method === 'POST' ? decide() : look();
    return { status, headers: { get: () => null }, text: async () => JSON.stringify(body) };
  };
  let result: IssueResult | null = null;
  void new CouponClient({ baseUrl: 'http://model', fetch }, time).issue(1, { withinMs: 20_000 }).then((settled) => {
    result = settled;
  });
  for (let step = 0; step < 60 && result === null; step++) await time.pass(500);
  assert.equal((result as IssueResult | null)?.kind, 'issued', JSON.stringify(result));
});

test('what one intent left unknown, the next one settles with the same key', async () => {
  const random = seeded();
  let settled = 0;
  for (let count = 0; count < 200; count++) {
    const { server, client, time, result } = await runIntent(random);
    if (result?.kind !== 'unknown' || !result.mayBeIssued) continue;
    server.faults = 0;
    let next: IssueResult | null = null;
    void client.issue(1).then((found) => {
      next = found;
    });
    await time.pass(10_000);
    assert.equal((next as IssueResult | null)?.kind, 'issued', `seed ${random.seed}`);
    const keys = new Set(server.requests.filter(({ method }) => method === 'POST').map(({ key }) => key));
    assert.equal(keys.size, 1);
    settled += 1;
  }
  assert.ok(settled > 0);
});
