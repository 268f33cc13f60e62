import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectForCommands } from '../../../src/redis/connections.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { now } from '../../support/issue-client.ts';
import { startScene } from '../../support/scene.ts';
import { startRedis } from '../../support/servers.ts';
import { waitFor, within } from '../../support/wait.ts';

test('failover to a replica that is behind: same gate, no duplicate, only what it missed may be lost', async (t) => {
  const stock = 1000;
  const scene = await startScene(t, { stock, redisProxy: true });
  const { server, database } = scene.stores;
  const link = await FaultProxy.start(t, server.port);
  const replica = await startRedis(t);
  await replica.cli('REPLICAOF', '127.0.0.1', link.port);
  await waitFor('the replica follows', async () =>
    String(await replica.cli('INFO', 'replication')).includes('master_link_status:up'),
  );
  const rush = scene.rush({ perSecond: 300, seconds: 6 });
  await waitFor('the rush is under way', () => rush.granted > 250);
  link.down();
  const behindSinceMs = now();
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const pid of scene.app.pids('persister')) process.kill(pid, 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, 100));
  await server.kill();
  const lostAtMs = now();
  await replica.cli('REPLICAOF', 'NO', 'ONE');
  scene.redisProxy.retarget(replica.port);
  const first = await within(8000, 'a coupon is granted again', rush.nextGrant());
  t.diagnostic(`first grant ${Math.round(first.endedAtMs - lostAtMs)} ms after the failover`);
  const redis = connectForCommands(replica.url, 'test', 5000);
  t.after(async () => redis.disconnect());
  const history = await rush.done;
  const proof = await scene.prove(history, { lostAtMs, gapsAllowed: ['sequenceGaps'], stores: { redis, database } });
  assert.equal(proof.rows, stock, 'never more than the stock, and all of it');
  const lostUsers = new Set(proof.lost.map(({ user }) => user));
  const early = history.filter(
    ({ user, status, endedAtMs }) => lostUsers.has(user) && status === 201 && endedAtMs < behindSinceMs - 50,
  );
  assert.deepEqual(early, [], 'nothing is lost that was granted while the replica followed');
});
