// Everything is paused while a draft waits for its automatic preload: the server loads it, its opening comes, and no
// user is issued one until an operator resumes it. The same if MySQL hangs at the pause.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBrakesOf } from '../../../src/coupons/brake.ts';
import { EVERY_COUPON } from '../../../src/redis/keys.ts';
import { readCoupon } from '../../../src/store/tables/coupons.ts';
import { admin } from '../../support/brake.ts';
import { decide, moveWindow, newCoupon } from '../../support/coupon-stores.ts';
import { askAtOnce } from '../../support/rush.ts';
import { startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const AHEAD_MS = 60_000;
const OPENS_IN_MS = 12_000;
const USERS = [1, 2, 3, 4, 5];
const PRELOAD = { PRELOAD_AHEAD_MINUTES: '1' };
const inMs = (ms: number) => new Date(Date.now() + ms);

test('a draft that everything was paused with is loaded paused, and not issued at its opening', async (t) => {
  const scene = await startScene(t, { stock: 100, env: PRELOAD });
  const { app, stores } = scene;
  const draft = await newCoupon(stores.database, 10, { opensAt: inMs(30 * AHEAD_MS) });
  const { status, body } = await admin(app, 'POST', '/pause');
  assert.deepEqual([status, body.inEffect, body.drafts], [200, true, 'held']);
  const opensAt = inMs(OPENS_IN_MS);
  await moveWindow(stores.database, draft, { opensAt });
  const isPaused = async () => (await readCoupon(stores.database, draft))?.state === 'PAUSED';
  await waitFor('the draft is loaded, and its pause recorded', isPaused, { withinMs: 30_000 });
  await waitFor('it would be open', () => Date.now() > opensAt.getTime() + 1000, { withinMs: 30_000 });
  const ask = async (users: readonly number[]) =>
    (await askAtOnce({ port: app.port, couponId: draft }, users)).map((answer) => answer.status);
  assert.ok(!(await ask(USERS)).includes(201));
  assert.equal((await admin(app, 'POST', `/coupons/${draft}/resume`)).status, 200);
  assert.deepEqual(await ask(USERS), Array(USERS.length).fill(201));
});

test('MySQL hangs when everything is paused: a draft that is due then is loaded paused', async (t) => {
  const scene = await startScene(t, { stock: 100, mysql: {}, env: PRELOAD });
  const { app, stores } = scene;
  const draft = await newCoupon(stores.database, 10, { opensAt: inMs(AHEAD_MS + OPENS_IN_MS / 2) });
  await scene.mysql.freeze();
  const { status, body } = await admin(app, 'POST', '/pause');
  assert.deepEqual([status, body.inEffect, body.drafts], [200, true, 'waiting']);
  await new Promise((resolve) => setTimeout(resolve, OPENS_IN_MS));
  await scene.mysql.resume();
  const isPaused = async () => (await readCoupon(stores.database, draft))?.state === 'PAUSED';
  await waitFor('the draft is loaded, and its pause recorded', isPaused, { withinMs: 30_000 });
  assert.deepEqual(await readBrakesOf(stores.redis, EVERY_COUPON), []);
  assert.deepEqual(await decide(stores.redis, draft, [1]), ['decided', 'p']);
});
