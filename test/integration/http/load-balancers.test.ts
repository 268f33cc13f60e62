// couponrush behind nginx and HAProxy, with the files that docs/load-balancer.md recommends.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { numbers } from '../../support/coupon-stores.ts';
import { type LoadBalancer, missing, startLoadBalancer, tokenOf } from '../../support/load-balancers.ts';
import { type RawResult, sendRaw } from '../../support/raw-http.ts';
import { type Scene, startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const PATIENCE_MS = 3000;
/** Of the health check as configured, with some time for it to be seen. */
const CHECKED_TWICE_MS = 2500;
const FORGED_USER = 666;

const statuses = ({ answers }: RawResult) => answers.map(({ status }) => status);

function post(couponId: number, lines: readonly string[], body = ''): string {
  return [
    `POST /api/v2/me/coupons/${couponId}/issue HTTP/1.1`,
    'Host: shop',
    'Connection: close',
    ...lines,
    '',
    body,
  ].join('\r\n');
}

/** The other ends of connections to this port, of which the kernel knows for a minute after their end. */
function peersOf(port: number): Set<string> {
  const at = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  const ends = lines.filter((line) => line.includes(at)).map((line) => line.trim().split(/\s+/).slice(1, 3));
  return new Set(ends.flat().filter((end) => end !== at));
}

async function identity(t: TestContext, { name, port, identityOf }: LoadBalancer, { couponId, stores }: Scene) {
  const forged = ['Commerce-User-Id', 'commerce-user-id', 'Commerce_User_Id'].map((each) => `${each}: ${FORGED_USER}`);
  await t.test('the user is who the balancer says, whatever a client claims', async () => {
    for (const [index, claim] of forged.entries()) {
      const user = 5001 + index;
      const claims = [claim, 'Commerce-Signature: x', identityOf(user)];
      const { answers } = await sendRaw(port, post(couponId, claims), PATIENCE_MS);
      assert.deepEqual(statuses({ answers, closed: false }), [201], claim);
      assert.equal(JSON.parse(answers[0]?.body ?? '{}').userId, user);
      assert.deepEqual(statuses(await sendRaw(port, post(couponId, [claim]), PATIENCE_MS)), [401], claim);
    }
    const badTokens = [
      ...[tokenOf(FORGED_USER, -1), tokenOf(FORGED_USER, 600, 'another secret')],
      ...[tokenOf(FORGED_USER, 600, undefined, 'none'), 'Authorization: Bearer x', 'Authorization: Basic eDp5'],
    ];
    const bad = name === 'nginx' ? ['Cookie: session=', 'Cookie: x=1'] : badTokens;
    for (const line of bad)
      assert.deepEqual(statuses(await sendRaw(port, post(couponId, [line]), PATIENCE_MS)), [401], line);
    const holders = await stores.redis.sismember(`issue:coupon:${couponId}`, FORGED_USER);
    assert.equal(holders, 0);
  });

  await t.test('only what users need is reachable', async () => {
    for (const path of ['/livez', '/metrics', '/admin/v1/status', '/openapi.json']) {
      const { answers } = await sendRaw(
        port,
        `GET ${path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`,
        PATIENCE_MS,
      );
      assert.equal(answers[0]?.status, 404, path);
    }
  });

  await t.test('a body does no harm, and a long one is refused', async () => {
    const json = (user: number, body: string) => [identityOf(user), `Content-Length: ${body.length}`];
    const body = JSON.stringify({ any: 'thing' });
    assert.deepEqual(statuses(await sendRaw(port, post(couponId, json(5011, body), body), PATIENCE_MS)), [201]);
    const chunked = post(couponId, [identityOf(5012), 'Transfer-Encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n');
    assert.deepEqual(statuses(await sendRaw(port, chunked, PATIENCE_MS)), [201]);
    const long = 'x'.repeat(5000);
    const [status = 0] = statuses(await sendRaw(port, post(couponId, json(5013, long), long), PATIENCE_MS));
    assert.ok([400, 413].includes(status), String(status));
  });
}

for (const name of ['nginx', 'haproxy'] as const) {
  test(`couponrush behind ${name}`, async (t) => {
    const reason = await missing(name);
    if (reason !== null) return t.skip(reason);
    const scene = await startScene(t, { stock: 1000, env: { TRUSTED_PROXIES: '127.0.0.1' } });
    const balancer = await startLoadBalancer(t, name, scene.app.port);
    const { port, url, identityOf } = balancer;
    const readySinceMs = performance.now();

    await identity(t, balancer, scene);

    await t.test('connections to couponrush are kept', async () => {
      const newPeers = async (users: readonly number[], ask: (user: number) => Promise<RawResult>) => {
        const before = peersOf(scene.app.port);
        for (const user of users) assert.deepEqual(statuses(await ask(user)), [201]);
        return [...peersOf(scene.app.port)].filter((peer) => !before.has(peer)).length;
      };
      const through = await newPeers(numbers(6001, 6030), (user) =>
        sendRaw(port, post(scene.couponId, [identityOf(user)]), PATIENCE_MS),
      );
      const past = await newPeers(numbers(7001, 7005), (user) =>
        sendRaw(scene.app.port, post(scene.couponId, [`Commerce-User-Id: ${user}`]), PATIENCE_MS),
      );
      t.diagnostic(`30 clients through ${name}: ${through} new connections; 5 clients past it: ${past}`);
      assert.ok(through <= 8, String(through));
      assert.equal(past, 5);
    });

    await t.test('the health check is green while couponrush is ready, and red when it is not', async () => {
      await waitFor('it was checked twice', () => performance.now() - readySinceMs > CHECKED_TWICE_MS);
      assert.equal((await fetch(`${url}/readyz`)).status, 200);
      await scene.app.stop();
      await waitFor('red', async () => (await fetch(`${url}/readyz`)).status >= 500);
    });
  });
}
