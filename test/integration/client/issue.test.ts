import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type IssueResult, RequestRefused } from '#client';
import { closeCoupon } from '../../../src/coupons/close.ts';
import { pauseCoupon, resumeCoupon } from '../../../src/coupons/pause.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { revokeIssuance } from '../../../src/coupons/revoke.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { rushOfClients } from '../../support/client-crowd.ts';
import { newCoupon } from '../../support/coupon-stores.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { RecordedClient } from '../../support/recorded-client.ts';
import { type Scene, startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const order = (couponId: number) => ({ couponId, actor: 'test', reason: 'the test' });

async function loadedCoupon({ stores }: Scene, stock: number, opensAt?: Date): Promise<number> {
  const couponId = await newCoupon(stores.database, stock, opensAt ? { opensAt } : {});
  await preloadCoupon(stores, couponId);
  return couponId;
}

async function isHolder({ stores }: Scene, couponId: number, user: number): Promise<boolean> {
  return (await stores.redis.sismember(couponKeys(couponId).holders, String(user))) === 1;
}

test('the client against a real server', async (t) => {
  const scene = await startScene(t, { stock: 100 });
  const proxy = await FaultProxy.start(t, scene.app.port);
  const url = proxy.urlOf(scene.app.url);
  const client = (user: number) => new RecordedClient(url, user);
  const kindOf = async (couponId: number, user: number) => (await client(user).issue(couponId)).kind;

  await t.test('each decision has its own kind of result', async () => {
    const couponId = await loadedCoupon(scene, 2);
    const first = client(1);
    const issued = await first.issue(couponId);
    assert.deepEqual([issued.kind, issued.kind === 'issued' && issued.sequence], ['issued', 1]);
    assert.equal((await first.issue(couponId)).kind, 'alreadyIssued', 'a later click is an intent of its own');
    assert.equal(await kindOf(couponId, 2), 'issued');
    assert.equal(await kindOf(couponId, 3), 'soldOut');
    await waitFor('the row of user 2', async () => {
      const { inEffect } = await revokeIssuance(scene.stores, order(couponId), 2);
      return inEffect;
    });
    assert.equal(await kindOf(couponId, 2), 'revoked');
    const later = new Date(Date.now() + 3_600_000);
    const scheduled = await loadedCoupon(scene, 5, later);
    const notOpen = await client(1).issue(scheduled);
    assert.deepEqual(notOpen, { kind: 'notOpen', couponId: scheduled, opensAt: later.toISOString() });
    const paused = await loadedCoupon(scene, 5);
    await pauseCoupon(scene.stores, order(paused));
    assert.equal(await kindOf(paused, 1), 'paused');
    await resumeCoupon(scene.stores, order(paused));
    assert.equal(await kindOf(paused, 1), 'issued');
    await closeCoupon(scene.stores, order(paused), 0);
    assert.equal(await kindOf(paused, 2), 'closed');
  });

  await t.test('what the caller must correct is thrown, with the code of the server', async () => {
    const isRefused = (status: number, code: string) => (error: unknown) =>
      error instanceof RequestRefused && error.status === status && error.code === code;
    await assert.rejects(client(1).issue(987_654), isRefused(404, 'NOT_FOUND_COUPON'));
    await assert.rejects(client(1).coupon(987_654), isRefused(404, 'NOT_FOUND_COUPON'));
    const nobody = new RecordedClient(url, 1, { headers: () => ({}) });
    await assert.rejects(nobody.issue(scene.couponId), isRefused(401, 'UNAUTHENTICATED_USER'));
    const broken = new RecordedClient(url, 1, { headers: () => Promise.reject(new Error('no session')) });
    await assert.rejects(broken.issue(scene.couponId), /no session/);
    assert.deepEqual(broken.requests, []);
  });

  await t.test('five clicks at once are one request, and all get its result', async () => {
    const user = client(11);
    const results = await Promise.all(Array.from({ length: 5 }, () => user.issue(scene.couponId)));
    assert.equal(new Set(results).size, 1);
    assert.equal(results[0]?.kind, 'issued');
    assert.equal(user.line, 'POST 201');
  });

  await t.test('an answer that is lost on its way is found by the GET', async () => {
    await cutOnTheWayBack(scene, proxy, 21, (user) => assert.match(user.line, /^POST -, GET 200$/));
  });

  await t.test('a request that is lost on its way is sent again with the same key', async () => {
    const user = client(31);
    proxy.latency(2000);
    const asking = user.issue(scene.couponId);
    await new Promise((resolve) => setTimeout(resolve, 200));
    proxy.reset();
    await proxy.heal();
    assert.equal((await asking).kind, 'issued');
    assert.equal(user.line, 'POST -, GET 404, POST 201');
    assert.equal(new Set(user.requests.flatMap(({ key }) => key ?? [])).size, 1);
  });

  await t.test('a caller who leaves does not take the others with it', async () => {
    const user = client(41);
    proxy.latency(400);
    const leaver = new AbortController();
    const [left, stayed] = [user.issue(scene.couponId, { signal: leaver.signal }), user.issue(scene.couponId)];
    leaver.abort(new Error('has left the page'));
    await assert.rejects(left, /has left the page/);
    assert.equal((await stayed).kind, 'issued');
    assert.equal(user.line, 'POST 201');
    await proxy.heal();
  });

  await t.test('an intent that was left while its request was under way is settled by the next click', async () => {
    const user = client(51);
    proxy.latency(500);
    const leaver = new AbortController();
    const left = user.issue(scene.couponId, { signal: leaver.signal });
    await waitFor('it is granted', () => isHolder(scene, scene.couponId, 51));
    leaver.abort(new Error('has left the page'));
    await assert.rejects(left, /has left the page/);
    await proxy.heal();
    const result = await user.issue(scene.couponId);
    assert.equal(result.kind, 'issued', 'and not "already issued": it is the same intent');
    assert.equal(user.line, 'POST -, GET 200');
  });

  await t.test('the clock follows the server, and one look has all that a button needs', async () => {
    const user = client(61);
    assert.equal(user.clock.isSet, false);
    const coupon = await user.coupon(scene.couponId);
    assert.deepEqual(
      [coupon?.name, coupon?.discountType, coupon?.discountAmount, coupon?.state, coupon?.total],
      ['test', 'FIXED', 100, 'OPEN', 100],
    );
    assert.equal(user.clock.isSet, true);
    assert.ok(Math.abs(user.clock.now() - Date.now()) < 2000);
  });

  await t.test('100 clients through resets and latency: every result is true', async (t) => {
    await crowd(t, scene, proxy);
  });
});

/** Cut once the server has decided. */
async function cutOnTheWayBack(
  scene: Scene,
  proxy: FaultProxy,
  user: number,
  check: (client: RecordedClient) => void,
): Promise<void> {
  const client = new RecordedClient(proxy.urlOf(scene.app.url), user);
  proxy.latency(1000);
  const asking = client.issue(scene.couponId);
  await waitFor('it is granted', () => isHolder(scene, scene.couponId, user));
  proxy.reset();
  await proxy.heal();
  const result: IssueResult = await asking;
  assert.equal(result.kind, 'issued');
  check(client);
}

async function crowd(t: TestContext, scene: Scene, proxy: FaultProxy): Promise<void> {
  const couponId = await loadedCoupon(scene, 200);
  proxy.resets(0.04);
  proxy.latency(20);
  const own = { ...scene, couponId, prove: proveOf(scene, couponId) };
  const { kinds, requestsEach } = await rushOfClients(own, { users: 100, firstUser: 1001, proxy, withinMs: 60_000 });
  t.diagnostic(`${JSON.stringify(kinds)}, ${requestsEach} requests an intent`);
  assert.deepEqual(kinds, { issued: 100 });
  assert.ok(requestsEach <= 1.5);
}

const proveOf =
  (scene: Scene, couponId: number): Scene['prove'] =>
  (history, more) =>
    scene.prove(history, { ...more, couponId });
