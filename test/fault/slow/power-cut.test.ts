// A machine on which everything runs loses its power. As far as it can be played without a machine: all
// processes are killed in the same moment, and the end of the append-only file, which was not synced, is cut off.
import assert from 'node:assert/strict';
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { describeVerification } from '../../../src/commands/verify.ts';
import { readPossibleLosses } from '../../../src/store/tables/possible-losses.ts';
import { verifyCoupon } from '../../../src/verify/verify.ts';
import type { App } from '../../support/app.ts';
import { waitForEmptyOutbox } from '../../support/handover.ts';
import { holdInserts } from '../../support/held-insert.ts';
import { now } from '../../support/issue-client.ts';
import { askAtOnce } from '../../support/rush.ts';
import { type Scene, startScene } from '../../support/scene.ts';
import { scrape } from '../../support/scrape.ts';
import { waitFor } from '../../support/wait.ts';

const STOCK = 2000;
const TITLES = ['http', 'persister', 'admin'];

const users = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);
const log = (app: App) =>
  app
    .output()
    .split('\n')
    .filter((line) => line.includes('possible loss'));
const grantTo = async (scene: Scene, app: App, first: number, count: number) => {
  const history = await askAtOnce({ port: app.port, couponId: scene.couponId }, users(first, count));
  assert.deepEqual(new Set(history.map(({ status }) => status)), new Set([201]));
  return history;
};

/** The file that grows, and how long it is now. */
function appendOnlyFile(folder: string): { file: string; bytes: number } {
  const parts = join(folder, 'appendonlydir');
  const name = readdirSync(parts).find((each) => each.endsWith('.incr.aof'));
  const file = join(parts, name as string);
  return { file, bytes: statSync(file).size };
}

/** 20 grants that MySQL has, 30 that only the synced part of Redis has, 40 that were not synced. */
async function lose40Grants(t: TestContext, scene: Scene, whoDies: (app: App) => number[]) {
  const { server } = scene.stores;
  await grantTo(scene, scene.app, 1, 20);
  await waitFor('MySQL has them', async () => (await scene.countRows()) === 20);
  // A coupon that is as old as its Redis may be asked about at the start; the HTTP workers answer within seconds.
  await waitFor('nothing is asked about the start', async () => {
    return (await readPossibleLosses(scene.stores.database, scene.couponId, 10)).length === 0;
  });
  await holdInserts(t, scene.mysql.mysqlUrl, scene.couponId);
  await grantTo(scene, scene.app, 101, 30);
  const synced = appendOnlyFile(server.folder);
  const afterMs = now();
  const lost = await grantTo(scene, scene.app, 201, 40);
  const pids = whoDies(scene.app);
  // MySQL as well: an insert that waits before its commit would be completed by the server alone.
  const dying = Promise.all([server.kill(), scene.mysql.kill()]);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await dying;
  const beforeMs = now();
  truncateSync(synced.file, synced.bytes);
  await Promise.all([server.restart(), scene.mysql.restart()]);
  return { lost, afterMs, beforeMs };
}

const everyProcess = (app: App) => [app.primary.pid as number, ...TITLES.flatMap((title) => app.pids(title))];
const settled = async (scene: Scene) =>
  waitFor(
    'the question is settled',
    async () => {
      const losses = await readPossibleLosses(scene.stores.database, scene.couponId, 10);
      return losses.every(({ confirmed }) => confirmed);
    },
    { withinMs: 40_000 },
  );

test(
  'power cut of everything with everysec: a possible ' + 'loss with its bounds in log, verify and metrics',
  async (t) => {
    const scene = await startScene(t, { stock: STOCK, mysql: {}, redis: { settings: { appendfsync: 'everysec' } } });
    const { afterMs, beforeMs } = await lose40Grants(t, scene, everyProcess);
    const app = await scene.startNode();
    await grantTo(scene, app, 301, 10);
    await waitFor('it is said', () => log(app).length > 0, { withinMs: 40_000 });
    await settled(scene);
    const line = JSON.parse(log(app)[0] as string);
    assert.equal(line.couponId, scene.couponId);
    assert.equal(line.afterSequence, 50, 'what survived: 20 rows and 30 in the outbox');
    assert.ok(line.numbersMax >= 40 && line.numbersMax <= STOCK - 50, `at most ${line.numbersMax}`);
    assert.ok(Date.parse(line.grantedAfter) <= afterMs, 'the lost grants were made after the last that survived');
    assert.ok(Date.parse(line.grantedBefore) >= beforeMs, 'and before Redis began again');
    await waitForEmptyOutbox(scene.stores.redis, scene.couponId);
    assert.equal(await scene.countRows(), 60);
    const verification = await verifyCoupon(scene.stores, scene.couponId, { mode: 'final' });
    assert.ok(verification.ok, 'what survived agrees');
    assert.equal(verification.declaredLoss.reissued, 0, 'nobody knows the numbers');
    const text = describeVerification(verification);
    assert.match(text, /^Possible loss: at most \d+ grants after number 50, made between .*appendfsync is everysec/m);
    assert.match(text, /^Redis and MySQL agree on what survived\.$/m);
    const coupon = String(scene.couponId);
    const counted = async () => (await scrape(app.metricsUrl)).sum('couponrush_coupon_possible_losses', { coupon });
    await waitFor('the metric has it', async () => (await counted()) === 1, { withinMs: 15_000 });
  },
);

test(
  'the same, but the HTTP workers live: exactly ' + 'the lost numbers are declared, and no possible loss',
  async (t) => {
    const scene = await startScene(t, { stock: STOCK, mysql: {}, redis: { settings: { appendfsync: 'everysec' } } });
    await lose40Grants(t, scene, (app) => app.pids('persister'));
    await waitFor(
      'the loss is declared',
      async () => {
        const { declaredLoss } = await verifyCoupon(scene.stores, scene.couponId, { mode: 'live' });
        return declaredLoss.reissued === 40;
      },
      { withinMs: 20_000 },
    );
    await waitFor(
      'Redis is verified',
      async () => {
        const [attempt] = await askAtOnce({ port: scene.app.port, couponId: scene.couponId }, [401]);
        return attempt?.status !== 503;
      },
      { withinMs: 20_000 },
    );
    await settled(scene);
    const { possibleLoss, declaredLoss } = await verifyCoupon(scene.stores, scene.couponId, { mode: 'live' });
    assert.deepEqual(possibleLoss, []);
    assert.deepEqual(declaredLoss.ranges, ['51-90']);
    assert.deepEqual(log(scene.app), []);
  },
);

test('kill -9 of everything with always: nothing can be lost, and nothing is said', async (t) => {
  const scene = await startScene(t, { stock: STOCK, mysql: {} });
  await holdInserts(t, scene.mysql.mysqlUrl, scene.couponId);
  const history = await grantTo(scene, scene.app, 1, 50);
  const pids = everyProcess(scene.app);
  const { server } = scene.stores;
  const dying = Promise.all([server.kill(), scene.mysql.kill()]);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await dying;
  await Promise.all([server.restart(), scene.mysql.restart()]);
  assert.equal(await scene.countRows(), 0, 'only Redis has them');
  const app = await scene.startNode();
  await scene.prove([...history, ...(await grantTo(scene, app, 101, 10))], { url: app.url });
  assert.deepEqual(await readPossibleLosses(scene.stores.database, scene.couponId, 10), []);
  assert.deepEqual(log(app), []);
});
