import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_TOKEN } from '../../support/app.ts';
import { startForgetfulBalancer } from '../../support/forgetful-balancer.ts';
import { startScene } from '../../support/scene.ts';

const ROUNDS = 20;
const REST_MS = 15_000;
const FORGETS_AFTER_MS = 8000;
const ANSWER_MS = 200;

test('a balancer in front of MySQL forgets connections at rest: the first requests do not notice', async (t) => {
  const scene = await startScene(t, { stock: 100, mysql: {} });
  const balancer = await startForgetfulBalancer(t, scene.mysql.port, FORGETS_AFTER_MS);
  await scene.app.stop();
  const app = await scene.startNode({ mysqlUrl: balancer.urlOf(scene.mysql.mysqlUrl) });
  const ask = async (url: string, headers: Record<string, string>) => {
    const startMs = performance.now();
    const response = await fetch(url, { headers });
    assert.equal(response.status, 200, url);
    await response.arrayBuffer();
    return performance.now() - startMs;
  };
  const slowest = { list: 0, admin: 0 };
  for (let round = 0; round <= ROUNDS; round++) {
    const list = await ask(`${app.url}/api/v2/me/coupons`, { 'commerce-user-id': String(round + 1) });
    const admin = await ask(`${app.adminUrl}/admin/v1/coupons`, { authorization: `Bearer ${ADMIN_TOKEN}` });
    // The first ones of all make their connections.
    if (round > 0) {
      slowest.list = Math.max(slowest.list, list);
      slowest.admin = Math.max(slowest.admin, admin);
    }
    if (round < ROUNDS) await sleep(REST_MS);
  }
  const shown = `slowest list ${Math.round(slowest.list)} ms, slowest admin request ${Math.round(slowest.admin)} ms`;
  t.diagnostic(`${ROUNDS} first requests after ${REST_MS / 1000} s of rest: ${shown}`);
  assert.ok(Math.max(slowest.list, slowest.admin) < ANSWER_MS, shown);
});
