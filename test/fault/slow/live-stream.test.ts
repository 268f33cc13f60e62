// The live stream over time: a rush, the end of a session, and no viewer any more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { history as historySchema } from '../../../src/admin/live-schemas.ts';
import { newOperator } from '../../../src/admin/operators.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { commandsDuring } from '../../support/commands-during.ts';
import { decide, newCoupon, openStores } from '../../support/coupon-stores.ts';
import { serveLive } from '../../support/live-server.ts';
import { waitFor, within } from '../../support/wait.ts';

const alice = newOperator('alice', 'viewer');
const ajv = new Ajv({ allowUnionTypes: true, strict: false });
formats.default(ajv, ['date-time']);

test('in a rush there are four looks a second and a rate; a page that is opened later has the charts', async (t) => {
  const stores = await openStores(t);
  const couponId = await newCoupon(stores.database, 100_000);
  await preloadCoupon(stores, couponId);
  const { watch } = await serveLive(t, stores);
  const viewer = watch();
  await viewer.see('a look at rest', ({ redis, mysql }) => redis === 'ok' && mysql === 'ok');
  let user = 0;
  const timer = setInterval(() => void decide(stores.redis, couponId, [++user, ++user, ++user, ++user, ++user]), 50);
  t.after(async () => clearInterval(timer));
  const begun = await viewer.see('a rate', () => (viewer.coupon(couponId)?.issuedPerSecond ?? 0) > 50);
  await viewer.see('a second of the rush', ({ seenMs }) => seenMs - begun.seenMs > 1000);
  const looks = viewer.looks.filter(({ seenMs }) => seenMs >= begun.seenMs && seenMs < begun.seenMs + 1000);
  assert.ok(looks.length >= 3 && looks.length <= 5, `${looks.length} looks in a second`);
  const lefts = new Set(looks.map(({ coupons }) => coupons[0]?.live?.left));
  assert.ok(lefts.size >= 3, 'each shows how many are left then');
  clearInterval(timer);
  const later = watch();
  await later.see('a look', () => true);
  assert.ok(ajv.validate(historySchema, { samples: later.history }), ajv.errorsText());
  const rates = later.history.map(({ coupons }: { coupons: Record<string, { issuedPerSecond: number | null }> }) =>
    Number(coupons[couponId]?.issuedPerSecond),
  );
  assert.ok(rates.length >= 2 && rates.some((rate: number) => rate > 50), `${rates}`);
});

test('the end of a session or of a token ends its stream, and no other one', async (t) => {
  const stores = await openStores(t);
  const { url, watch, authentication } = await serveLive(t, stores, { lines: alice.line });
  const origin = { origin: url };
  const cookieOf = async (token: string) => {
    const body = JSON.stringify({ token });
    const headers = { 'content-type': 'application/json', ...origin };
    const response = await fetch(`${url}/admin/v1/session`, { method: 'POST', body, headers });
    return { cookie: response.headers.get('set-cookie')?.split(';')[0] as string };
  };
  const [first, second] = [await cookieOf(alice.token), await cookieOf(alice.token)];
  const loggedOut = watch(first);
  const removed = watch(second);
  const bearer = watch();
  for (const viewer of [loggedOut, removed, bearer]) await viewer.see('a look', () => true);
  await fetch(`${url}/admin/v1/session`, { method: 'DELETE', headers: { ...first, ...origin } });
  await waitFor('the logout ends the stream', () => loggedOut.isOver, { withinMs: 4000 });
  assert.deepEqual([removed.isOver, bearer.isOver], [false, false]);
  authentication.replaceOperators([]);
  await waitFor('the removal ends the stream', () => removed.isOver, { withinMs: 4000 });
  assert.equal(bearer.isOver, false);
  authentication.replaceToken('another-token-of-the-tests');
  await waitFor('the new token ends the stream', () => bearer.isOver, { withinMs: 4000 });
  const refused = watch(first);
  await refused.begun;
  assert.equal(refused.status, 401);
});

test('without a viewer nothing is asked, and the end of the server ends the streams', async (t) => {
  const stores = await openStores(t);
  const { app, watch } = await serveLive(t, stores);
  const looks = async () =>
    (await commandsDuring(stores.server, () => new Promise((r) => setTimeout(r, 1500)))).get('time') ?? 0;
  assert.equal(await looks(), 0);
  const viewer = watch();
  await viewer.see('a look', () => true);
  assert.ok((await looks()) >= 1);
  viewer.leave();
  await waitFor('nothing is asked any more', async () => (await looks()) === 0);
  const again = watch();
  await again.see('a look', () => true);
  await within(3000, 'the server ends', app.close());
  await waitFor('the stream is over', () => again.isOver);
});
