import assert from 'node:assert/strict';
import { test } from 'node:test';
import { couponKeys } from '../../../src/redis/keys.ts';
import type { App } from '../../support/app.ts';
import { now } from '../../support/issue-client.ts';
import { createNamespace, type NetworkNamespace, whyNoNamespace } from '../../support/network-namespace.ts';
import { type Scene, type SceneContext, startScene } from '../../support/scene.ts';
import { waitFor, within } from '../../support/wait.ts';

const skip = whyNoNamespace() ?? false;
/** Clients, Redis and MySQL: each behind a cable of its own. */
const [FRONT, REDIS, MYSQL] = [0, 1, 2];
const PARTITION_MS = 4000;
const DEADLINE_MS = 2000;
const TOLERANCE_MS = 250;

async function startBehindCables(
  t: SceneContext,
): Promise<{ scene: Scene; node: App; network: NetworkNamespace; host: string }> {
  const network = createNamespace(t, 3);
  const scene = await startScene(t, {
    stock: 2500,
    redis: { settings: { bind: '0.0.0.0', 'protected-mode': 'no' } },
    mysql: { settings: ['--bind-address=0.0.0.0'] },
  });
  await scene.app.stop();
  const inside = (text: string, cable: number) => {
    const url = new URL(text);
    url.hostname = network.address(cable).ours;
    return url.href;
  };
  const host = network.address(FRONT).theirs;
  const node = await scene.startNode({
    through: network.through,
    redisUrl: inside(scene.stores.server.url, REDIS),
    mysqlUrl: inside(scene.stores.mysqlUrl, MYSQL),
    env: { HOST: host, TRUST_GATEWAY: 'true' },
  });
  return { scene, node, network, host };
}

test('partition between workers and Redis: answers are bounded, and it heals within 500 ms', { skip }, async (t) => {
  const { scene, node, network, host } = await startBehindCables(t);
  const rush = scene.rush({ host, port: node.port, perSecond: 250, seconds: 8 });
  await waitFor('the rush is under way', () => rush.granted > 250);
  network.unplug(REDIS);
  await new Promise((resolve) => setTimeout(resolve, PARTITION_MS));
  network.plugIn(REDIS);
  const healedMs = now();
  const first = await within(5000, 'a coupon is granted again', rush.nextGrant());
  const healAfterMs = Math.round(first.endedAtMs - healedMs);
  const history = await rush.done;
  const slowestMs = Math.round(Math.max(...history.map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs)));
  t.diagnostic(`slowest answer ${slowestMs} ms; first grant ${healAfterMs} ms after it healed`);
  await scene.prove(history, { url: `http://${host}:${node.port}` });
  assert.ok(slowestMs <= DEADLINE_MS + TOLERANCE_MS, `answered after ${slowestMs} ms`);
  assert.ok(healAfterMs <= 500, `first grant ${healAfterMs} ms after it healed`);
});

test('partition between persister and MySQL: issuing goes on, and it heals within 5 s', { skip }, async (t) => {
  const { scene, node, network, host } = await startBehindCables(t);
  const { outbox } = couponKeys(scene.couponId);
  const rush = scene.rush({ host, port: node.port, perSecond: 250, seconds: 6 });
  await waitFor('the rush is under way', () => rush.granted > 100);
  network.unplug(MYSQL);
  await new Promise((resolve) => setTimeout(resolve, PARTITION_MS));
  network.plugIn(MYSQL);
  const healedMs = now();
  const waiting = await scene.stores.redis.xlen(outbox);
  const before = await scene.countRows();
  await waitFor('rows are written again', async () => (await scene.countRows()) > before, { withinMs: 5000 });
  t.diagnostic(`${waiting} entries waited; rows again ${Math.round(now() - healedMs)} ms after it healed`);
  const history = await rush.done;
  assert.equal(history.filter(({ status }) => status !== 201).length, 0, 'issuing does not notice');
  await scene.prove(history, { url: `http://${host}:${node.port}` });
});
