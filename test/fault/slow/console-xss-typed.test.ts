// Markup that operators type into dialogs, that other programs write into records, and in user ids that are texts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newBrake, placeBrake } from '../../../src/coupons/brake.ts';
import { recordAudit } from '../../../src/store/tables/audit.ts';
import { ADMIN_TOKEN, startApp } from '../../support/app.ts';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { openConsole, type Visit, visitConsole } from '../../support/console.ts';
import { ATTACKS, assertHarmless, RAN } from '../../support/markup.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

const skip = whyNoBrowser() ?? false;

interface Typed {
  readonly button: string;
  readonly reason: string;
  /** What else the dialog asks for. */
  readonly field?: { readonly label: string; readonly text: string };
  /** It shows what it did, and is closed by this. */
  readonly result?: string;
}

/** A move by its dialog, with a reason. */
async function type(visit: Visit, { button, reason, field, result }: Typed): Promise<void> {
  const { page } = visit;
  await page.getByRole('button', { name: button, exact: true }).first().click();
  const dialog = page.locator('dialog');
  if (field) await dialog.getByLabel(field.label).fill(field.text);
  await dialog.getByLabel(/^Reason/).fill(reason);
  await assertHarmless(visit, `typed: ${button}`);
  await dialog.getByRole('button', { name: button, exact: true }).click();
  if (result) await dialog.getByRole('button', { name: result, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await assertHarmless(visit, `done: ${button}`);
}

test('typed: a reason is a text in its dialog, the timeline, the audit and at the user', { skip }, async (t) => {
  const shown = await openConsole(t, { stock: 10, coupon: { name: 'Sale' } });
  const { couponId, app } = shown.scene;
  const headers = { 'Commerce-User-Id': '7' };
  await fetch(`${app.url}/api/v2/me/coupons/${couponId}/issue`, { method: 'POST', headers });
  const visit = await shown.logIn('admin');
  await visit.open('/users/7');
  await visit.says('Issued');
  await type(visit, { button: 'Revoke', reason: ATTACKS[0] });
  await visit.says(ATTACKS[0]);
  await visit.open(`/coupons/${couponId}`);
  await type(visit, { button: 'Pause', reason: ATTACKS[1] });
  await type(visit, { button: 'Resume', reason: ATTACKS[2] });
  await type(visit, { button: 'Restock', reason: ATTACKS[3], field: { label: 'How many more', text: '5' } });
  await type(visit, { button: 'Stop all', reason: ATTACKS[4], result: 'Close' });
  // A move is for the version that the page shows.
  await visit.page.getByRole('button', { name: 'Resume', exact: true }).first().waitFor();
  await type(visit, { button: 'Close', reason: ATTACKS[5] });
  for (const reason of ATTACKS) await visit.says(reason);
  await visit.open(`/coupons/${couponId}/after`);
  for (const reason of ATTACKS) await visit.says(reason);
  await assertHarmless(visit, 'the audit');
  assert.deepEqual(visit.errors, []);
});

test('names of operators: one with markup is refused, and one in a record is a text', { skip }, async (t) => {
  const shown = await openConsole(t, { stock: 10 });
  const { couponId, app, stores } = shown.scene;
  for (const name of ATTACKS) {
    const refused = await fetch(`${app.adminUrl}/admin/v1/coupons/${couponId}/pause`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-operator': name },
    });
    assert.equal(refused.status, 400, name);
  }
  // What other software may write into the stores.
  const [before, after] = [{ [ATTACKS[2]]: ATTACKS[3] }, { [ATTACKS[2]]: ATTACKS[5] }];
  const entry = { couponId, result: 'APPLIED', before, after };
  for (const actor of ATTACKS) {
    await recordAudit(stores.database, { ...entry, actor, action: '<b onload=1>x', detail: actor } as never);
  }
  await placeBrake(stores.redis, newBrake(couponId, ATTACKS[0], ATTACKS[1]));

  const guest = await visitConsole(shown.browser, app.adminUrl);
  await guest.page.goto(`${app.adminUrl}/`);
  await guest.page.locator('input[type=password]').fill(ADMIN_TOKEN);
  await guest.page.getByLabel('Your name').fill(ATTACKS[0]);
  await guest.page.getByText('Latin letters, digits').waitFor();
  await assertHarmless(guest, 'the login');

  const visit = await shown.logIn('admin');
  await visit.open(`/coupons/${couponId}`);
  for (const actor of ATTACKS) await visit.says(actor);
  await assertHarmless(visit, 'the timeline');
  await visit.open(`/coupons/${couponId}/after`);
  for (const actor of ATTACKS) await visit.says(actor);
  await assertHarmless(visit, 'the audit');
  assert.deepEqual(visit.errors, []);
});

/** Each is a valid id. The first would run as an address, the others lead elsewhere in a path. */
const TEXT_IDS = [
  `javascript:globalThis.${RAN}=1`,
  'data:text/html=x',
  '//evil.example/x',
  '../../people',
  '__proto__',
];

test('user ids that are texts lead to their user, whatever they would mean in an address', { skip }, async (t) => {
  const [server, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const app = await startApp(t, { redisUrl: server.url, mysqlUrl, env: { USER_ID_TYPE: 'text' } });
  const created = await fetch(`${app.adminUrl}/admin/v1/coupons`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ name: 'Text', totalStock: 100, discountType: 'PERCENT', discountAmount: 15 },
      ...{ openNow: true, preload: true },
    }),
  });
  const { id: couponId } = (await created.json()) as { id: number };
  for (const userId of TEXT_IDS) {
    const headers = { 'Commerce-User-Id': userId };
    const answer = await fetch(`${app.url}/api/v2/me/coupons/${couponId}/issue`, { method: 'POST', headers });
    assert.equal(answer.status, 201, userId);
  }
  const visit = await visitConsole(await startBrowser(t), app.adminUrl);
  const { page } = visit;
  await page.goto(`${app.adminUrl}/`);
  await page.locator('input[type=password]').fill(ADMIN_TOKEN);
  await page.locator('form button[type=submit]').click();
  await page.locator('header.frame-header').waitFor();
  for (const userId of TEXT_IDS) {
    await visit.open(`/coupons/${couponId}/after`);
    await page.getByRole('link', { name: userId, exact: true }).first().click();
    await page.getByRole('heading', { name: `User ${userId}`, exact: true }).waitFor();
    assert.equal(new URL(page.url()).origin, app.adminUrl, 'the page is still ours');
    await visit.says('Text');
    await assertHarmless(visit, `the user ${userId}`);
    await visit.open('/users');
    await page.getByLabel('User id').fill(userId);
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('heading', { name: `User ${userId}`, exact: true }).waitFor();
  }
  assert.deepEqual(visit.errors, []);
});
