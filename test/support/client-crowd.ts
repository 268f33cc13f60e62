// Many users of the client package through a bad network, each with one or more clicks; then each result is compared
// with both stores, and each answer with the history checker.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IssueResult } from '#client';
import type { Attempt } from '../../src/history/attempt.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { RecordedClient } from './recorded-client.ts';
import type { Scene } from './scene.ts';

export interface CrowdOptions {
  readonly users: number;
  readonly firstUser?: number;
  /** Between the issue port and its clients. */
  readonly proxy: FaultProxy;
  readonly withinMs: number;
  /** They come one after the other in this time. Default: all at once. */
  readonly overMs?: number;
}

/** The clients share one process with the proxy: that this is slow is not a fault to be tested. */
const REQUEST_TIMEOUT_MS = 20_000;

export interface CrowdOutcome {
  readonly history: readonly Attempt[];
  readonly kinds: Readonly<Record<string, number>>;
  readonly requestsEach: number;
}

/** @returns what became of it; fails the test if a result is not true */
export async function rushOfClients(scene: Scene, options: CrowdOptions): Promise<CrowdOutcome> {
  const { users, firstUser = 1, proxy, withinMs, overMs = 0 } = options;
  const { couponId, app } = scene;
  const clients = Array.from(
    { length: users },
    (_, index) => new RecordedClient(proxy.urlOf(app.url), firstUser + index, { requestTimeoutMs: REQUEST_TIMEOUT_MS }),
  );
  const results = await Promise.all(
    clients.map(async (client, index) => {
      await sleep((overMs * index) / users);
      const clicks = Array.from({ length: 1 + (index % 2) }, () => client.issue(couponId, { withinMs }));
      const [first, second = first] = await Promise.all(clicks);
      assert.equal(second, first, 'a second click joins the first');
      return first as IssueResult;
    }),
  );
  await proxy.heal();
  const history = clients.flatMap(({ attempts }) => attempts);
  await scene.prove(history);
  const rows = await scene.stores.database.query<{ user: number; sequence: number }>(
    'SELECT user_id AS user, sequence FROM user_coupon WHERE coupon_id = ?',
    [couponId],
  );
  const sequences = new Map(rows.map(({ user, sequence }) => [user, sequence]));
  for (const [index, result] of results.entries()) {
    const client = clients[index] as RecordedClient;
    const sequence = sequences.get(firstUser + index);
    const what = `user ${firstUser + index}: ${JSON.stringify(result)} after ${client.line}`;
    if (result.kind === 'issued') assert.equal(result.sequence, sequence, what);
    else assert.equal(sequence, undefined, what);
    assert.ok(client.mostAtOnce() <= 1, what);
    assert.ok(new Set(client.requests.flatMap(({ key }) => key ?? [])).size <= 1, what);
  }
  const kinds: Record<string, number> = {};
  for (const { kind } of results) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return { history, kinds, requestsEach: clients.reduce((sum, { requests }) => sum + requests.length, 0) / users };
}
