// Redis and the persister are killed at the same moment, and Redis is back at once. The persister that comes next
// must not wait for what its predecessor left: least of all for a lock that it held while it compared Redis with
// MySQL.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { GATE_OWNER } from '../../../src/redis/keys.ts';
import { LOCK_MS } from '../../../src/redis/lock.ts';
import { now } from '../../support/issue-client.ts';
import { type Scene, startScene } from '../../support/scene.ts';
import { waitFor, within } from '../../support/wait.ts';

const OPEN_WITHIN_MS = 2500;
const NAME = 'persister-of-the-test';

async function killBoth(scene: Scene, before: () => Promise<unknown> = async () => {}) {
  const { server } = scene.stores;
  const rush = scene.rush({ perSecond: 100, seconds: 12 });
  await waitFor('the rush is under way', () => rush.granted > 50);
  await before();
  const pids = scene.app.pids('persister');
  const killed = server.kill();
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await killed;
  await server.restart();
  const backMs = now();
  const first = await within(8000, 'a coupon is granted again', rush.nextGrant());
  rush.stop();
  return { history: await rush.done, openedMs: Math.round(first.endedAtMs - backMs) };
}

const start = (t: TestContext) => startScene(t, { stock: 5000, env: { COUPONRUSH_PERSISTER_NAME: NAME } });

test('Redis and the persister are killed together: a grant within 2.5 s of the return of Redis', async (t) => {
  const scene = await start(t);
  const { history, openedMs } = await killBoth(scene);
  t.diagnostic(`first grant ${openedMs} ms after Redis was back`);
  await scene.prove(history);
  assert.ok(openedMs <= OPEN_WITHIN_MS, `${openedMs} ms`);
});

test(
  'the same while the persister compares Redis ' + 'with MySQL: its lock does not hold up the successor',
  async (t) => {
    const scene = await start(t);
    // As the predecessor leaves it: under its name, and with nearly all of its time.
    const { history, openedMs } = await killBoth(scene, () =>
      scene.stores.redis.set(GATE_OWNER, `${NAME}/predecessor/1`, 'PX', LOCK_MS),
    );
    t.diagnostic(`first grant ${openedMs} ms after Redis was back`);
    await scene.prove(history);
    assert.ok(openedMs <= OPEN_WITHIN_MS, `${openedMs} ms`);
  },
);
