// Rehearsals while something ends or stands still: what was begun is over, what was not begun stays so, and no process
// is left behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_TOKEN } from '../../support/app.ts';
import { type SceneContext, startScene } from '../../support/scene.ts';
import type { MysqlOptions } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a test reads from an answer is checked by the other tests
type Body = any;

async function startRehearsals(t: SceneContext, mysql?: MysqlOptions) {
  const scene = await startScene(t, { stock: 1000, coupon: { rehearsal: true }, ...(mysql ? { mysql } : {}) });
  const { app, couponId } = scene;
  const ask = async (path: string, body?: object) => {
    const response = await fetch(`${app.adminUrl}/admin/v1/coupons/${couponId}${path}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, body: (await response.json()) as Body };
  };
  const end = async (id: number): Promise<Body> => {
    let read: Body;
    await waitFor(
      'the rehearsal ends',
      async () => {
        read = (await ask(`/rehearsals/${id}`)).body;
        return read.state !== undefined && read.state !== 'running';
      },
      { withinMs: 180_000, everyMs: 200 },
    );
    return read;
  };
  const generators = () => app.pids('spike generator');
  return { ...scene, ask, end, generators };
}

test('a generator that is killed in the middle: nothing is proven, and the next one is', async (t) => {
  const { ask, end, generators, stores } = await startRehearsals(t);
  const begun = await ask('/rehearsals', { users: 3000 });
  assert.equal(begun.status, 201, JSON.stringify(begun.body));
  const [pid = 0] = await waitFor('its generator runs', () => (generators().length > 0 ? generators() : undefined), {
    everyMs: 5,
  });
  process.kill(pid, 'SIGKILL');
  const failed = await end(begun.body.id);
  assert.deepEqual([failed.state, failed.result], ['failed', null]);
  assert.match(failed.failure, /the load generator ended early/);
  await waitFor('no generator is left', () => generators().length === 0);
  await waitFor('its record says so', async () => {
    const [record] = await stores.database.query<{ result: string; detail: string }>(
      "SELECT result, detail FROM coupon_audit WHERE action = 'rehearse'",
    );
    return record?.result === 'RECORDED' && /^NOT PROVEN: the load generator/.test(record.detail ?? '');
  });
  const again = await ask('/rehearsals', { users: 500, firstUser: 10_001 });
  assert.equal((await end(again.body.id)).result.proven, true);
});

test('SIGTERM in the middle ends the server in order, with every process', async (t) => {
  const { app, ask, generators } = await startRehearsals(t);
  const begun = await ask('/rehearsals', { users: 5000 });
  assert.equal(begun.status, 201, JSON.stringify(begun.body));
  await waitFor('its generator runs', () => generators().length > 0, { everyMs: 5 });
  assert.equal(await app.stop(), 0);
  await waitFor('no process is left', () => app.pids('').length === 0, { withinMs: 6000 });
});

test('an order that a frozen MySQL held up does not begin when it goes on', async (t) => {
  const { ask, end, generators, mysql, stores } = await startRehearsals(t, {});
  await mysql.freeze();
  const startedMs = performance.now();
  const orders = await Promise.all([ask('/rehearsals', { users: 100 }), ask('/rehearsals', { users: 100 })]);
  assert.ok(performance.now() - startedMs < 6000, 'answered while MySQL is frozen');
  for (const { status, body } of orders) assert.ok(status >= 409, JSON.stringify(body));
  await sleep(7000);
  assert.deepEqual(generators(), []);
  await mysql.resume();
  await sleep(3000);
  assert.deepEqual(generators(), [], 'it was answered as not known, long ago');
  const again = await waitFor(
    'another one may begin',
    async () => {
      const { status, body } = await ask('/rehearsals', { users: 300 });
      return status === 201 ? body : undefined;
    },
    { withinMs: 60_000, everyMs: 500 },
  );
  assert.equal((await end(again.id)).result.proven, true);
  assert.equal((await ask('/rehearsals')).body.rehearsals.length, 1);
  const begun = await stores.database.query(
    "SELECT id FROM coupon_audit WHERE action = 'rehearse' AND result = 'APPLIED'",
  );
  assert.equal(begun.length, 1);
});

test('a MySQL that freezes in the middle: the rehearsal waits, and is proven or says why not', async (t) => {
  const { ask, end, generators, mysql } = await startRehearsals(t, {});
  const begun = await ask('/rehearsals', { users: 2000 });
  await waitFor('its generator runs', () => generators().length > 0, { everyMs: 5 });
  await mysql.freeze();
  await sleep(8000);
  await mysql.resume();
  const read = await end(begun.body.id);
  if (read.state === 'done') assert.equal(read.result.proven, true, read.result.verdict);
  else assert.ok(read.failure.length > 0);
  await waitFor('no generator is left', () => generators().length === 0);
  const again = await waitFor('another one may begin', async () => {
    const { status, body } = await ask('/rehearsals', { users: 100, firstUser: 50_001 });
    return status === 201 ? body : undefined;
  });
  assert.equal((await end(again.id)).result.proven, true);
});
