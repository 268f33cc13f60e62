// Each page of the console: accessible in both themes, in both languages, from a phone's width to a screen's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNoBrowser } from '../../support/browser.ts';
import {
  assertAccessible,
  assertNotWider,
  type Console,
  type Look,
  openConsole,
  picture,
  type Visit,
} from '../../support/console.ts';

const skip = whyNoBrowser() ?? false;

/** Each has something to show. */
async function fill({ scene, api }: Console): Promise<{ closed: number; rehearsal: number }> {
  const discount = { discountType: 'PERCENT', discountAmount: 15 };
  const create = (more: object) =>
    api<{ id: number }>('POST', '/coupons', { ...discount, totalStock: 100, preload: true, ...more });
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  await create({ name: '봄맞이 쿠폰 선착순', opensAt: inAnHour });
  await create({
    name: 'A coupon with a name that is as long as the server lets a name be, which is long',
    openNow: true,
  });
  const { id: closed } = await create({ name: 'Yesterday’s event', openNow: true });
  const { id: rehearsal } = await create({ name: 'Rehearsal', openNow: true, rehearsal: true });
  for (let user = 1; user <= 40; user++) {
    for (const id of [scene.couponId, closed]) {
      const headers = { 'Commerce-User-Id': String(user) };
      await fetch(`${scene.app.url}/api/v2/me/coupons/${id}/issue`, { method: 'POST', headers });
    }
  }
  await api('POST', `/coupons/${closed}/close`, {});
  await api('POST', `/coupons/${scene.couponId}/pause`, { reason: 'a look at it' });
  return { closed, rehearsal };
}

const LOOKS: readonly Required<Look>[] = (['en', 'ko'] as const).flatMap((language) =>
  (['light', 'dark'] as const).flatMap((theme) =>
    [
      { width: 1440, height: 900 },
      { width: 360, height: 740 },
    ].map((size) => ({ language, theme, ...size })),
  ),
);

test('every page is accessible in both themes and languages, and no wider than a phone', { skip }, async (t) => {
  const shown = await openConsole(t, { stock: 200, coupon: { name: 'Spring sale' } });
  const { closed, rehearsal } = await fill(shown);
  const { couponId } = shown.scene;
  const pages: Readonly<Record<string, string>> = {
    events: '/',
    create: '/create',
    rush: `/coupons/${couponId}`,
    after: `/coupons/${closed}/after`,
    user: '/users/7',
    people: '/people',
    system: '/system',
    rehearsal: '/rehearsal',
    'rehearsal-chosen': `/rehearsal?coupon=${rehearsal}`,
    'rehearsal-refused': `/rehearsal?coupon=${couponId}`,
    runbook: '/runbook',
    'runbook-section': '/runbook?alert=couponrushunsafesettings',
    'no-page': '/nothing/here',
  };
  const titles = new Map<string, Set<string>>();
  for (const look of LOOKS) {
    const visit = await shown.logIn('admin', look);
    for (const [name, path] of Object.entries(pages)) {
      const state = `${name} ${look.language} ${look.theme} ${look.width}`;
      await t.test(state, () => inspect(visit, name, path, state));
      const title = (await visit.page.locator('main h1').first().textContent()) ?? '';
      titles.set(name, (titles.get(name) ?? new Set()).add(title));
    }
    assert.deepEqual(visit.errors, [], 'the browser has nothing to complain about');
    await visit.context.close();
  }
  for (const name of ['people', 'system', 'rehearsal', 'runbook', 'events', 'create']) {
    assert.equal(titles.get(name)?.size, 2, `${name} has a title in each language: ${[...(titles.get(name) ?? [])]}`);
  }
});

async function inspect(visit: Visit, name: string, path: string, state: string): Promise<void> {
  if (name === 'no-page') await visit.page.evaluate(`location.hash = '${path}'`);
  else await visit.open(path);
  await visit.page.waitForTimeout(300);
  await picture(visit, state.replaceAll(' ', '-'));
  await assertNotWider(visit, state);
  await assertAccessible(visit, state);
}
