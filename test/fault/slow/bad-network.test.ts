import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { FaultProxy } from '../../support/fault-proxy.ts';
import { type Scene, startScene } from '../../support/scene.ts';

async function rushThrough(
  t: TestContext,
  disturb: (redis: FaultProxy, mysql: FaultProxy) => void,
): Promise<{ scene: Scene; decided: number }> {
  const scene = await startScene(t, { stock: 600, redisProxy: true, mysqlProxy: true });
  disturb(scene.redisProxy, scene.mysqlProxy);
  const history = await scene.rush({ perSecond: 250, seconds: 4 }).done;
  await scene.redisProxy.heal();
  await scene.mysqlProxy.heal();
  await scene.prove(history);
  const decided = history.filter(({ status }) => status === 201 || status === 400).length;
  t.diagnostic(`${decided} of ${history.length} were decided`);
  return { scene, decided };
}

for (const ms of [50, 200]) {
  test(`latency of ${ms} ms to Redis and MySQL: slower, and no wrong answer`, async (t) => {
    const { decided } = await rushThrough(t, (redis, mysql) => {
      redis.latency(ms);
      mysql.latency(ms);
    });
    assert.ok(decided > 500, 'still of use');
  });
}

test('1 % resets and bytes in slices on the way to Redis: no wrong answer', async (t) => {
  await rushThrough(t, (redis) => {
    redis.resets(0.01);
    redis.slice(11);
  });
});

test('resets on the way to MySQL, also between insert and answer: stock and rows still agree', async (t) => {
  const { scene } = await rushThrough(t, (_, mysql) => mysql.resets(0.1));
  assert.equal(await scene.countRows(), 600);
});
