// Markup in everything that people and servers write: it is shown as it was written, and never run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { couponKeys } from '../../../src/redis/keys.ts';
import { whyNoBrowser } from '../../support/browser.ts';
import { openConsole } from '../../support/console.ts';
import { ATTACKS, assertHarmless, RAN } from '../../support/markup.ts';
import { waitFor } from '../../support/wait.ts';

const skip = whyNoBrowser() ?? false;
test('stored: names, reasons and actors are texts on every page', { skip }, async (t) => {
  const shown = await openConsole(t, { stock: 10, coupon: { name: ATTACKS[0] } });
  const { couponId } = shown.scene;
  const discount = { discountType: 'PERCENT', discountAmount: 15, totalStock: 10, openNow: true };
  for (const [index, name] of ATTACKS.entries()) {
    const more = index % 2 === 0 ? { rehearsal: true } : {};
    await shown.api('POST', '/coupons', { ...discount, ...more, name, preload: true });
  }
  for (const [index, reason] of ATTACKS.entries()) {
    await shown.api('POST', `/coupons/${couponId}/${index % 2 === 0 ? 'pause' : 'resume'}`, { reason });
  }
  const headers = { 'Commerce-User-Id': '7' };
  await fetch(`${shown.scene.app.url}/api/v2/me/coupons/${couponId}/issue`, { method: 'POST', headers });
  await shown.api('POST', `/coupons/${couponId}/revoke`, { userId: 7, reason: ATTACKS[1] }).catch(() => undefined);

  const visit = await shown.logIn('admin');
  const pages = [
    '/',
    `/coupons/${couponId}`,
    `/coupons/${couponId}/after`,
    '/users/7',
    `/rehearsal?coupon=${couponId}`,
  ];
  for (const path of [...pages, '/rehearsal', `/create?copy=${couponId}`]) {
    await visit.open(path);
    await visit.page.waitForTimeout(500);
    await assertHarmless(visit, path);
  }
  await visit.open(`/coupons/${couponId}`);
  await visit.says(ATTACKS[0]);
  for (const reason of ATTACKS) await visit.says(reason);
  await visit.press('Pause');
  await visit.page.locator('dialog').getByText(ATTACKS[0]).first().waitFor();
  await assertHarmless(visit, 'a dialog');
  assert.deepEqual(visit.errors, []);
});

test('stored by others: markup that someone writes into Redis is a text too', { skip }, async (t) => {
  const shown = await openConsole(t, { stock: 10 });
  const { couponId, stores } = shown.scene;
  const visit = await shown.logIn('admin');
  await visit.open(`/coupons/${couponId}`);
  // What a stranger could put there: the error text of the answer quotes it.
  await stores.redis.sadd(couponKeys(couponId).holders, ATTACKS[0]);
  await stores.redis.hset(couponKeys(couponId).meta, 'state', ATTACKS[1]);
  await visit.page.waitForTimeout(3000);
  await assertHarmless(visit, 'rush');
  await visit.open(`/coupons/${couponId}/after`);
  await visit.page.waitForTimeout(2000);
  await assertHarmless(visit, 'after');
});

test('reflected: addresses, searches and refused fields are texts', { skip }, async (t) => {
  const shown = await openConsole(t, { stock: 10 });
  const visit = await shown.logIn('admin');
  const { page } = visit;
  for (const attack of ATTACKS) {
    const encoded = encodeURIComponent(attack);
    const paths = [`/users/${encoded}`, `/coupons/${encoded}`, `/?q=${encoded}`, `/runbook?alert=${encoded}`];
    for (const path of [...paths, `/rehearsal?coupon=${encoded}`, `/create?copy=${encoded}`, `/${encoded}`]) {
      await page.evaluate(`location.hash = ${JSON.stringify(path)}`);
      await page.waitForTimeout(150);
      await assertHarmless(visit, path);
    }
  }
  await visit.open('/?q=');
  await page.getByRole('searchbox').fill(ATTACKS[0]);
  await visit.says(ATTACKS[0]);
  await assertHarmless(visit, 'search');

  // An answer of the server with markup in each of its texts.
  await page.route('**/admin/v1/coupons**', (route) =>
    route.fulfill({
      status: 422,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        type: 'about:blank',
        title: ATTACKS[1],
        status: 422,
        code: ATTACKS[2],
        detail: ATTACKS[0],
        fields: [{ field: ATTACKS[0], problem: ATTACKS[1] }],
      }),
    }),
  );
  await page.evaluate(`location.hash = '/rehearsal'`);
  await waitFor('the refusal is shown', async () => (await page.getByText(ATTACKS[0]).count()) > 0);
  await assertHarmless(visit, 'an error');
});

test('a page from elsewhere can neither frame the console nor run a script in it', { skip }, async (t) => {
  const shown = await openConsole(t, { stock: 10 });
  const visit = await shown.logIn('admin');
  const { page } = visit;
  await page.evaluate(`
    document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="globalThis.${RAN}=1">');
    const script = document.createElement('script');
    script.textContent = 'globalThis.${RAN}=1';
    document.body.append(script)`);
  await page.waitForTimeout(500);
  assert.equal(await page.evaluate(`globalThis.${RAN} ?? null`), null, 'the policy forbids scripts in the page');
  assert.ok(
    visit.errors.some((error) => error.includes('Content Security Policy')),
    'the browser says so',
  );
  const framed = await visit.context.newPage();
  await framed.setContent(`<iframe src="${shown.scene.app.adminUrl}/"></iframe>`);
  await framed.waitForTimeout(1000);
  const inside = framed.frames()[1];
  assert.equal(
    await inside
      ?.locator('#console')
      .count()
      .catch(() => 0),
    0,
    'no frame shows it',
  );
});
