import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { couponKeys } from '../../../src/redis/keys.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { RecordedClient } from '../../support/recorded-client.ts';
import { type Scene, startScene } from '../../support/scene.ts';

const rowsOf = async ({ stores, couponId }: Scene, user: number) =>
  (
    await stores.database.query<{ sequence: number }>(
      'SELECT sequence FROM user_coupon WHERE coupon_id = ? AND user_id = ?',
      [couponId, user],
    )
  ).map(({ sequence }) => sequence);

test('a 504 is settled by the GET, whether the batch reached Redis or not', async (t) => {
  const scene = await startScene(t, { stock: 50, redisProxy: true });
  const clients = Array.from({ length: 20 }, (_, index) => new RecordedClient(scene.app.url, index + 1));
  // Half of each round trip: some batches are on their way to Redis, and some replies on their way back.
  scene.redisProxy.latency(120);
  const asking = clients.map(async (client, index) => {
    await sleep(index * 10);
    return client.issue(scene.couponId, { withinMs: 60_000 });
  });
  // When the first one is answered, the batch of the next ones is under way.
  await Promise.race(asking);
  scene.redisProxy.blackhole();
  await sleep(4000);
  await scene.redisProxy.heal();
  const results = await Promise.all(asking);
  const history = clients.flatMap(({ attempts }) => attempts);
  const timeouts = history.filter(({ status }) => status === 504).length;
  t.diagnostic(`${timeouts} × 504; ${[...new Set(clients.map(({ line }) => line))].join('; ')}`);
  assert.ok(timeouts > 0, 'the fault is one');
  await scene.prove(history);
  for (const [index, result] of results.entries()) {
    assert.equal(result.kind, 'issued', clients[index]?.line);
    assert.deepEqual(result.kind === 'issued' && [result.sequence], await rowsOf(scene, index + 1));
  }
});

test('503: the client returns when it was asked to, and gets the coupon once the server can decide', async (t) => {
  const scene = await startScene(t, { stock: 50, redisProxy: true });
  scene.redisProxy.down();
  await sleep(500);
  const client = new RecordedClient(scene.app.url, 7);
  const asking = client.issue(scene.couponId, { withinMs: 30_000 });
  await sleep(1500);
  await scene.redisProxy.heal();
  assert.equal((await asking).kind, 'issued');
  const posts = client.requests.filter(({ method }) => method === 'POST');
  assert.equal(posts[0]?.status, 503);
  assert.equal(client.requests.filter(({ method }) => method === 'GET').length, 0, 'a refusal needs no settling');
  for (const [index, post] of posts.entries()) {
    const before = posts[index - 1];
    if (before?.status === 503) assert.ok(post.startedAtMs - before.startedAtMs >= 1000, 'Retry-After is at least 1 s');
  }
  assert.ok(posts.length <= 6);
  await scene.prove(client.attempts);
});

test('503 until the end: the result says that nothing was issued, and comes in time', async (t) => {
  const scene = await startScene(t, { stock: 50, redisProxy: true });
  scene.redisProxy.down();
  await sleep(500);
  const client = new RecordedClient(scene.app.url, 7);
  const startedMs = performance.now();
  const result = await client.issue(scene.couponId, { withinMs: 6000 });
  assert.ok(performance.now() - startedMs < 7000);
  assert.deepEqual([result.kind, result.kind === 'unknown' && result.mayBeIssued], ['unknown', false]);
  await scene.redisProxy.heal();
  assert.deepEqual(await rowsOf(scene, 7), []);
});

test('sold out after a lost request is returned once the lost one can not be executed any more', async (t) => {
  const scene = await startScene(t, { stock: 1 });
  const proxy = await FaultProxy.start(t, scene.app.port);
  const client = new RecordedClient(proxy.urlOf(scene.app.url), 7);
  proxy.latency(4000);
  const asking = client.issue(scene.couponId, { withinMs: 30_000 });
  await sleep(300);
  const winner = new RecordedClient(scene.app.url, 8);
  assert.equal((await winner.issue(scene.couponId)).kind, 'issued');
  proxy.reset();
  const lostMs = performance.now();
  await proxy.heal();
  const result = await asking;
  assert.equal(result.kind, 'soldOut');
  assert.ok(performance.now() - lostMs >= 2000, "not before the server's deadline");
  assert.equal(client.line, 'POST -, GET 404, POST 400, GET 404');
  const isHolder = await scene.stores.redis.sismember(couponKeys(scene.couponId).holders, '7');
  assert.equal(isHolder, 0);
  await scene.prove([...client.attempts, ...winner.attempts]);
});
