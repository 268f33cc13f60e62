// A persister that restarts while it can't prove that Redis is its own: MySQL is another server since a failover, or
// Redis is empty, and another node is alive and does not answer. HTTP workers go on to decide, for the claims that they
// have were proven; rows and operators wait. The brake works, by Redis alone.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Attempt } from '../../../src/history/attempt.ts';
import { listAudit } from '../../../src/store/tables/audit.ts';
import { ADMIN_TOKEN, type App } from '../../support/app.ts';
import { request } from '../../support/ask.ts';
import { askAtOnce } from '../../support/rush.ts';
import { type Scene, startScene } from '../../support/scene.ts';
import { scrape } from '../../support/scrape.ts';
import { dataFolder } from '../../support/second-deployment.ts';
import { connectSilentGate } from '../../support/silent-gate.ts';
import { waitFor } from '../../support/wait.ts';

const NOT_PROVEN = /not proven yet: .* the claim \S+, .*this node writes no rows/;

async function askAdmin(app: App, couponId: number) {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const { status, body } = await request(app.adminUrl, `/admin/v1/coupons/${couponId}`, { headers });
  return { status, detail: String(body.detail) };
}

/** The admin process gets the verdict after the HTTP workers did. */
async function untilRefused(app: App, couponId: number, sentence: RegExp): Promise<void> {
  const isRefused = async () => sentence.test((await askAdmin(app, couponId)).detail);
  await waitFor('operators are refused', isRefused, { withinMs: 30_000 });
}

async function move(app: App, couponId: number, name: 'pause' | 'resume') {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  return request(app.adminUrl, `/admin/v1/coupons/${couponId}/${name}`, { method: 'POST', headers });
}

/** @returns the moves that MySQL has on record */
async function recordedMoves({ couponId, stores }: Scene): Promise<string[]> {
  const records = await listAudit(stores.database, { couponId, limit: 100 });
  return records.map(({ action }) => action).filter((action) => action === 'pause' || action === 'resume');
}

async function grantTo(scene: Scene, app: App, firstUser: number) {
  const users = Array.from({ length: 20 }, (_, index) => firstUser + index);
  const history = await askAtOnce({ port: app.port, couponId: scene.couponId }, users);
  assert.deepEqual(new Set(history.map(({ status }) => status)), new Set([201]));
  return history;
}

async function assertReadyWithProblem(app: App): Promise<void> {
  const { status, body } = await request(app.url, '/readyz');
  assert.equal(status, 200);
  assert.match((body.checks as Record<string, string>).installation ?? '', NOT_PROVEN);
}

/** HTTP workers that have said to be ready. */
async function workersUp(app: App): Promise<number> {
  const { sum } = await scrape(app.metricsUrl);
  return sum('couponrush_worker_up', { worker: 'http 1' }) + sum('couponrush_worker_up', { worker: 'http 2' });
}

const start = (t: TestContext, options: { mysqlProxy?: boolean } = {}) =>
  startScene(t, { stock: 400, env: { COUPONRUSH_DATA_DIR: dataFolder(t) }, ...options });
const killPersister = ({ app }: Scene) => process.kill(app.pids('persister')[0] as number, 'SIGKILL');

test('MySQL failed over, and another node does not answer: HTTP workers go on, also a new one', async (t) => {
  const scene = await start(t);
  const { app, couponId } = scene;
  const history = await grantTo(scene, app, 1);
  await waitFor('the rows are written', async () => (await scene.countRows()) === 20);
  const other = await connectSilentGate(t, scene.stores);
  await other.failOver();
  const workers = app.pids('http');
  killPersister(scene);
  await untilRefused(app, couponId, NOT_PROVEN);
  history.push(...(await grantTo(scene, app, 101)));
  await assertReadyWithProblem(app);
  assert.deepEqual(app.pids('http'), workers, 'none was restarted');

  process.kill(workers[0] as number, 'SIGKILL');
  const isReplaced = () => app.pids('http').length === 2 && !app.pids('http').includes(workers[0] as number);
  await waitFor('it is replaced', isReplaced);
  await waitFor('the new one is ready', async () => (await workersUp(app)) === 2, { withinMs: 15_000 });
  history.push(...(await grantTo(scene, app, 201)));
  assert.equal(await scene.countRows(), 20, 'rows wait');

  const paused = await move(app, couponId, 'pause');
  assert.deepEqual([paused.status, paused.body.inEffect, paused.body.recorded], [200, true, false]);
  const stopped = await askAtOnce({ port: app.port, couponId }, [301, 302, 303]);
  assert.deepEqual(new Set(stopped.map(({ status, code }) => `${status} ${code}`)), new Set(['400 NOT_OPEN_COUPON']));
  history.push(...stopped);
  assert.equal((await move(app, couponId, 'resume')).status, 503);
  assert.deepEqual(await recordedMoves(scene), [], 'MySQL may be of another installation');

  await other.answer();
  await waitFor('the rows are written', async () => (await scene.countRows()) === 60, { withinMs: 15_000 });
  await waitFor('the pause is recorded', async () => (await recordedMoves(scene)).length > 0);
  assert.equal((await move(app, couponId, 'resume')).status, 200, 'operators are let in again');
  assert.deepEqual(await recordedMoves(scene), ['resume', 'pause']);
  history.push(...(await grantTo(scene, app, 401)));
  await scene.prove(history);
});

test('a node that started on Redis alone meets a MySQL that failed over: the same', async (t) => {
  const scene = await start(t, { mysqlProxy: true });
  const { couponId } = scene;
  const history = await grantTo(scene, scene.app, 1);
  await waitFor('the rows are written', async () => (await scene.countRows()) === 20);
  await scene.app.stop();
  scene.mysqlProxy.down();
  const app = await scene.startNode();
  const workers = app.pids('http');
  history.push(...(await grantTo(scene, app, 101)));
  const other = await connectSilentGate(t, scene.stores);
  await other.failOver();
  await scene.mysqlProxy.heal();
  await waitFor('the persister has started', () => app.pids('persister').length > 0, { withinMs: 30_000 });
  await untilRefused(app, couponId, NOT_PROVEN);
  history.push(...(await grantTo(scene, app, 201)));
  await assertReadyWithProblem(app);
  assert.deepEqual(app.pids('http'), workers, 'none was restarted');
  await other.answer();
  await waitFor('the rows are written', async () => (await scene.countRows()) === 60, { withinMs: 15_000 });
  await scene.prove(history, { url: app.url });
});

test('Redis is emptied while the persister is down: HTTP workers stay, and issue once it is rebuilt', async (t) => {
  const scene = await start(t);
  const { app, couponId, stores } = scene;
  const history = await grantTo(scene, app, 1);
  await waitFor('the rows are written', async () => (await scene.countRows()) === 20);
  const other = await connectSilentGate(t, stores);
  const workers = app.pids('http');
  killPersister(scene);
  await stores.server.cli('FLUSHALL');
  await waitFor('it waits for the other one', () => /this Redis is empty, and a deployment/.test(app.output()), {
    withinMs: 30_000,
  });
  await other.answer();
  await waitFor(
    'it issues again',
    async () => {
      const [attempt] = await askAtOnce({ port: app.port, couponId }, [101]);
      history.push(attempt as Attempt);
      return attempt?.status === 201;
    },
    { withinMs: 20_000 },
  );
  assert.deepEqual(app.pids('http'), workers, 'none was restarted');
  await scene.prove(history);
});
