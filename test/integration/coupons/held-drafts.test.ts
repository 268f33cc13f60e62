// A pause of everything also stops what would open by itself: a draft with an opening time is loaded paused, and an
// operator's resume is what lets it open.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archiveCoupon } from '../../../src/coupons/archive.ts';
import { readBrakes, readBrakesOf } from '../../../src/coupons/brake.ts';
import { BrakeKeeper } from '../../../src/coupons/brake-keeper.ts';
import { BrakeMemory } from '../../../src/coupons/brake-memory.ts';
import { editCoupon } from '../../../src/coupons/edit.ts';
import { MoveRefused } from '../../../src/coupons/move.ts';
import { pauseCoupon, resumeCoupon } from '../../../src/coupons/pause.ts';
import { pauseAll, previewPauseAll } from '../../../src/coupons/pause-all.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { Reconciler } from '../../../src/coupons/reconciler.ts';
import { settleBrake } from '../../../src/coupons/record-brake.ts';
import { Installation } from '../../../src/gate/installation.ts';
import { readOverview } from '../../../src/overview/either-store.ts';
import { readStatus } from '../../../src/overview/status.ts';
import { couponKeys, EVERY_COUPON } from '../../../src/redis/keys.ts';
import { listAudit } from '../../../src/store/tables/audit.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import { withoutMysql } from '../../support/brake.ts';
import { runCli } from '../../support/cli.ts';
import { type CouponStores, decide, moveWindow, newCoupon, openStores } from '../../support/coupon-stores.ts';
import { testFolder } from '../../support/folder.ts';
import type { Scope } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const ORDER = { actor: 'alice', reason: 'wrong prices' };
const MINUTE_MS = 60_000;
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS);
const opensSoon = (stores: CouponStores) => newCoupon(stores.database, 5, { opensAt: inMinutes(15) });

/** As time does: the automatic preload is late, and the coupon opens at once. */
const timePasses = (stores: CouponStores, couponId: number) =>
  moveWindow(stores.database, couponId, { opensAt: inMinutes(-1) });

/** The two loops of a persister that move drafts and marks. */
function persister(t: Scope, stores: CouponStores, memory = new BrakeMemory(null)): BrakeKeeper {
  const shared = { ...stores, isRedisVerified: () => true };
  const keeper = new BrakeKeeper({ ...shared, memory });
  const reconciler = new Reconciler({ ...shared, preloadAheadMs: 1000, onUnloaded: () => {}, everyMs: 50 });
  keeper.start();
  reconciler.start();
  t.after(async () => {
    await Promise.all([keeper.stop(), reconciler.stop()]);
  });
  return keeper;
}

const stateOf = async ({ database }: CouponStores, couponId: number) => (await readCoupon(database, couponId))?.state;

const refusedAs = (code: string) => (error: unknown) => error instanceof MoveRefused && error.code === code;

test('a draft that would open by itself is loaded paused, and opens after its resume', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const draft = await opensSoon(stores);
  const withEnd = await newCoupon(database, 5, { opensAt: inMinutes(15), closesAt: inMinutes(30) });
  const manual = await newCoupon(database, 5);
  const over = await newCoupon(database, 5, { opensAt: inMinutes(1), closesAt: inMinutes(2) });
  await moveWindow(database, over, { opensAt: inMinutes(-60), closesAt: inMinutes(-30) });
  const { coupons, drafts } = await pauseAll(stores, ORDER);
  const outcome = { changed: true, inEffect: true, recorded: false, held: true, coupon: null };
  assert.deepEqual(coupons, [
    { couponId: draft, ...outcome },
    { couponId: withEnd, ...outcome },
  ]);
  assert.equal(drafts, 'held');
  assert.deepEqual(
    (await pauseAll(stores, ORDER)).coupons.map(({ changed, held }) => [changed, held]),
    [
      [false, true],
      [false, true],
    ],
  );
  assert.equal(await stateOf(stores, draft), 'DRAFT');
  assert.deepEqual((await readBrakesOf(redis, manual)).length, 0);

  persister(t, stores);
  await timePasses(stores, draft);
  await waitFor('the draft is loaded and its pause recorded', async () => (await stateOf(stores, draft)) === 'PAUSED');
  await waitFor('the marks are released', async () => (await readBrakesOf(redis, draft)).length === 0);
  assert.deepEqual(await decide(redis, draft, [1]), ['decided', 'p']);
  const pauses = (await listAudit(database, { couponId: draft, limit: 9 })).filter(({ action }) => action === 'pause');
  assert.deepEqual(
    pauses.map(({ actor, detail, after }) => [actor, detail, after?.state]),
    Array(2).fill(['alice', 'wrong prices', 'PAUSED']),
  );
  await resumeCoupon(stores, { couponId: draft, actor: 'bob' });
  assert.deepEqual(await decide(redis, draft, [1]), ['decided', 'i']);
  assert.equal(await stateOf(stores, withEnd), 'DRAFT');
});

test('a resume of a held draft releases it: it opens by itself, and the audit table has both', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await opensSoon(stores);
  const order = { couponId, actor: 'bob', reason: 'prices are right' };
  await assert.rejects(resumeCoupon(stores, order), refusedAs('STATE_CONFLICT'));
  await pauseAll(stores, ORDER);
  await pauseAll(stores, ORDER);
  const isHeld = async () => (await readBrakesOf(redis, couponId)).length > 0;
  await assert.rejects(resumeCoupon(stores, { ...order, ifVersion: 77 }), refusedAs('VERSION_CONFLICT'));
  const preview = await resumeCoupon(stores, { ...order, dryRun: true });
  assert.deepEqual([preview.dryRun, preview.changed, preview.coupon.state], [true, true, 'DRAFT']);
  await assert.rejects(resumeCoupon(await withoutMysql(t, stores), order), { name: 'OperationalError' });
  assert.equal(await isHeld(), true);

  const memory = new BrakeMemory(null);
  memory.keep([...(await readBrakes(redis)).values()].flat(), await new Installation(database).id());
  const released = await resumeCoupon(stores, order);
  assert.deepEqual([released.changed, released.inEffect, released.coupon.state], [true, true, 'DRAFT']);
  assert.equal(await isHeld(), false);
  const records = await listAudit(database, { couponId, limit: 9 });
  assert.deepEqual(
    records.map(({ action, actor, result, detail }) => [action, actor, result, detail?.slice(0, 16)]),
    [
      ['resume', 'bob', 'APPLIED', 'prices are right'],
      ['pause', 'alice', 'APPLIED', 'wrong prices'],
      ['pause', 'alice', 'APPLIED', 'wrong prices'],
      ['resume', 'bob', 'REFUSED', 'VERSION_CONFLICT'],
      ['resume', 'bob', 'REFUSED', 'STATE_CONFLICT: '],
      ['create', 'couponrush', 'APPLIED', undefined],
    ],
  );
  // Another node that still remembers the pauses does not put them back.
  await new BrakeKeeper({ ...stores, memory, isRedisVerified: () => true }).putBack(redis);
  assert.equal(await isHeld(), false);
  persister(t, stores);
  await timePasses(stores, couponId);
  await waitFor('it is loaded', async () => (await decide(redis, couponId, [1]))[0] === 'decided');
  assert.deepEqual(await decide(redis, couponId, [2]), ['decided', 'i']);
});

test('a held draft that is preloaded while its resume ends does not stay paused', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const couponId = await opensSoon(stores);
  await timePasses(stores, couponId);
  await pauseAll(stores, ORDER);
  const [brake] = await readBrakesOf(redis, couponId);
  const before = await readCoupon(database, couponId);
  assert.ok(brake && before);
  await preloadCoupon(stores, couponId);
  // As the resume has read it: a draft. Redis has another version by now.
  assert.equal(await settleBrake(stores, brake, before), false);
  assert.equal((await readBrakesOf(redis, couponId)).length, 1);
  assert.equal((await resumeCoupon(stores, { couponId, actor: 'bob' })).inEffect, true);
  assert.deepEqual(await decide(redis, couponId, [1]), ['decided', 'i']);
});

test('operators see that a draft is held; it can be edited and archived', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const [edited, archived, free] = [await opensSoon(stores), await opensSoon(stores), await newCoupon(database, 5)];
  await pauseAll(stores, ORDER);
  const heldOf = async (couponId: number) => (await readOverview(stores, couponId))?.overview.held;
  const held = await heldOf(edited);
  assert.deepEqual([held?.actor, held?.reason], ['alice', 'wrong prices']);
  assert.equal(await heldOf(free), null);
  assert.deepEqual((await readStatus(redis, database)).heldDrafts, [edited, archived]);

  await editCoupon(stores, { couponId: edited, actor: 'bob' }, { totalStock: 7 });
  await archiveCoupon(stores, { couponId: archived, actor: 'bob' });
  persister(t, stores);
  await waitFor('the mark of the archived draft is gone', async () => (await readBrakes(redis)).size === 1);
  assert.deepEqual((await readStatus(redis, database)).heldDrafts, [edited]);
  await preloadCoupon(stores, edited, { actor: 'bob' });
  await waitFor('the pause is recorded', async () => (await stateOf(stores, edited)) === 'PAUSED');
  assert.equal(await redis.hget(couponKeys(edited).meta, 'state'), 'paused');
});

test('a hold survives a Redis that lost everything, and a restart of the node', async (t) => {
  const stores = await openStores(t);
  const { redis, database, server } = stores;
  const couponId = await opensSoon(stores);
  const folder = testFolder('held');
  await new Installation(database).claim(redis, null);
  await pauseAll(stores, ORDER);
  const watching = new BrakeKeeper({ ...stores, memory: new BrakeMemory(folder), isRedisVerified: () => true });
  watching.start();
  await waitFor('it is remembered', () => !new BrakeMemory(folder).isEmpty);
  await watching.stop();
  await server.cli('FLUSHALL');
  const memory = new BrakeMemory(folder);
  await new BrakeKeeper({ ...stores, memory, isRedisVerified: () => true }).putBack(redis);
  await timePasses(stores, couponId);
  await preloadCoupon(stores, couponId);
  assert.deepEqual(await decide(redis, couponId, [1]), ['decided', 'p']);
});

test('without MySQL drafts are not listed: they are held as soon as it answers, before one is preloaded', async (t) => {
  const stores = await openStores(t);
  const { redis } = stores;
  const [draft, resumed] = [await opensSoon(stores), await opensSoon(stores)];
  const unloaded = await newCoupon(stores.database, 5);
  await preloadCoupon(stores, unloaded);
  // MySQL says that it is open, and Redis has nothing of it.
  const { stock, meta } = couponKeys(unloaded);
  await redis.del(stock, meta);
  await redis.srem('couponrush:coupons', unloaded);
  const away = await withoutMysql(t, stores);
  assert.deepEqual(await pauseAll(away, ORDER), { coupons: [], drafts: 'waiting' });
  const [all] = await readBrakesOf(redis, EVERY_COUPON);
  assert.ok(all);

  await timePasses(stores, draft);
  persister(t, stores);
  await waitFor('MySQL has the pause', async () => (await stateOf(stores, draft)) === 'PAUSED');
  assert.deepEqual(await decide(redis, draft, [1]), ['decided', 'p']);
  await waitFor('the mark is replaced', async () => (await readBrakesOf(redis, EVERY_COUPON)).length === 0);
  await waitFor('MySQL has the other pause', async () => (await stateOf(stores, unloaded)) === 'PAUSED');

  // Another persister that had read the mark before places the same ones again, and not what was resumed since.
  await resumeCoupon(stores, { couponId: resumed, actor: 'bob' });
  await redis.hset(couponKeys(EVERY_COUPON).brake, all.id, `${all.atMs} {"actor":"alice","reason":null}`);
  await waitFor('the mark is replaced again', async () => (await readBrakesOf(redis, EVERY_COUPON)).length === 0);
  assert.deepEqual(await readBrakesOf(redis, resumed), []);
  const { length } = (await listAudit(stores.database, { couponId: draft, limit: 9 })).filter(
    ({ action }) => action === 'pause',
  );
  assert.equal(length, 1);
});

test('without Redis a draft is not held, and the answer says so', async (t) => {
  const stores = await openStores(t);
  const couponId = await opensSoon(stores);
  stores.redis.disconnect();
  const { coupons } = await pauseAll(stores, ORDER);
  assert.deepEqual(
    coupons.map(({ changed, inEffect, recorded, held }) => [changed, inEffect, recorded, held]),
    [[false, false, false, undefined]],
  );
  assert.match(coupons[0]?.problem ?? '', /not held/);
  assert.equal(await stateOf(stores, couponId), 'DRAFT');
  await assert.rejects(resumeCoupon(stores, { couponId, actor: 'bob' }), { code: 'NO_STORE' });
});

test('the command line names what is held, and how to resume it', async (t) => {
  const stores = await openStores(t);
  await new Installation(stores.database).claim(stores.redis, null);
  const open = await newCoupon(stores.database, 5);
  await preloadCoupon(stores, open);
  const held = await opensSoon(stores);
  const env = { REDIS_URL: stores.server.url, MYSQL_URL: stores.mysqlUrl, COUPONRUSH_DATA_DIR: testFolder('held-cli') };
  const coupon = (...args: (string | number)[]) => runCli(env, 'coupon', ...args.map(String));
  const paused = await coupon('pause', '--all', '--yes');
  assert.deepEqual(paused, {
    code: 0,
    stdout: [
      `Paused: ${open}.`,
      `Drafts that are held, and will be loaded paused: ${held}.`,
      'To resume:',
      `  couponrush coupon resume ${open}`,
      `  couponrush coupon resume ${held}`,
      '',
    ].join('\n'),
    stderr: '',
  });
  const show = await coupon('show', held);
  assert.match(show.stdout, /draft, held/, show.stderr);
  assert.match(show.stdout, new RegExp(`Held by cli .*\\n.*couponrush coupon resume ${held}`));
});

test('a dry run of a pause of everything names what would be stopped, and changes nothing', async (t) => {
  const stores = await openStores(t);
  const { redis, database } = stores;
  const [open, paused, draft] = [await newCoupon(database, 5), await newCoupon(database, 5), await opensSoon(stores)];
  for (const id of [open, paused]) await preloadCoupon(stores, id);
  await pauseCoupon(stores, { ...ORDER, couponId: paused });
  const coupons = [{ couponId: open }, { couponId: draft, held: true }];
  assert.deepEqual(await previewPauseAll(stores), { dryRun: true, drafts: 'held', coupons });
  const away = await withoutMysql(t, stores);
  assert.deepEqual(await previewPauseAll(away), { dryRun: true, drafts: 'waiting', coupons: [{ couponId: open }] });
  assert.equal((await readBrakes(redis)).size, 0);
  assert.equal(await redis.hget(couponKeys(open).meta, 'state'), 'open');
});
