// MySQL stands still, with all its connections open.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { couponKeys } from '../../src/redis/keys.ts';
import { startScene } from './scene.ts';
import { waitFor } from './wait.ts';

export async function proveFrozenMysql(t: TestContext, frozenMs: number, insertTimeoutMs: number): Promise<void> {
  const scene = await startScene(t, {
    stock: 100_000,
    mysql: {},
    env: { COUPONRUSH_INSERT_TIMEOUT_MS: String(insertTimeoutMs) },
  });
  const rush = scene.rush({ perSecond: 200, seconds: frozenMs / 1000 + 2 });
  await waitFor('the rush is under way', () => rush.granted > 100);
  await scene.mysql.freeze();
  await new Promise((resolve) => setTimeout(resolve, frozenMs));
  await scene.mysql.resume();
  const history = await rush.done;
  assert.deepEqual(
    history.filter(({ status }) => status !== 201),
    [],
    'issuing does not notice',
  );
  await scene.prove(history);
  assert.equal(await scene.stores.redis.xlen(couponKeys(scene.couponId).dead), 0, 'dead letters');
}
