// What is left to do after an event, on the pages After and User: each change is made in a browser and looked up in
// MySQL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { ADMIN_TOKEN } from '../../support/app.ts';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { insertRows } from '../../support/coupon-stores.ts';
import { type Scene, type SceneContext, startScene } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const skip = whyNoBrowser() ?? false;
const PATIENCE_MS = 30_000;
const MARKUP = '<img src=x onerror="globalThis.broken = true">';
/** Rows of other users have these numbers, so MySQL refuses those of users 2 and 3. */
const TAKEN = [2, 3];
const USERS = 6;

async function startEvent(t: SceneContext): Promise<Scene> {
  const scene = await startScene(t, { stock: 50, coupon: { name: `Sale ${MARKUP}` } });
  const { database } = scene.stores;
  for (const sequence of TAKEN) await insertRows(database, scene.couponId, [900 + sequence], sequence);
  for (let user = 1; user <= USERS; user++) {
    const headers = { 'Commerce-User-Id': String(user) };
    const url = `${scene.app.url}/api/v2/me/coupons/${scene.couponId}/issue`;
    assert.equal((await fetch(url, { method: 'POST', headers })).status, 201);
  }
  await waitFor('the others are in MySQL', async () => (await scene.countRows()) === USERS, { withinMs: PATIENCE_MS });
  await waitFor('two dead letters', async () => (await api<Letters>(scene, 'dead-letters')).letters.length === 2, {
    withinMs: PATIENCE_MS,
  });
  await database.execute('DELETE FROM user_coupon WHERE user_id > 900', []);
  await database.execute('UPDATE coupon SET stock = stock + ? WHERE id = ?', [TAKEN.length, scene.couponId]);
  return scene;
}

interface Letters {
  readonly letters: readonly { readonly sequence: number }[];
}

async function api<T>({ app, couponId }: Scene, path: string): Promise<T> {
  const response = await fetch(`${app.adminUrl}/admin/v1/coupons/${couponId}/${path}`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  return (await response.json()) as T;
}

async function openConsole(t: SceneContext, { app }: Scene): Promise<Page> {
  const browser = await startBrowser(t);
  const page = await browser.newPage({ locale: 'en-GB', acceptDownloads: true });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${app.adminUrl}/`);
  await page.locator('input[type=password]').fill(ADMIN_TOKEN);
  await page.locator('form button[type=submit]').click();
  await page.locator('header.frame-header').waitFor();
  return page;
}

async function statusOf({ stores, couponId }: Scene, sequence: number): Promise<string | undefined> {
  const [row] = await stores.database.query<{ status: string }>(
    'SELECT status FROM user_coupon WHERE coupon_id = ? AND sequence = ?',
    [couponId, sequence],
  );
  return row?.status;
}

const says = (page: Page, text: string) => page.locator('main').getByText(text).first().waitFor();
const panel = (page: Page, title: string) => page.getByRole('region', { name: title, exact: true }).first();

/** The dialog must say this before its button is pressed. */
async function confirm(page: Page, said: string, verb: string, reason?: string): Promise<void> {
  const dialog = page.locator('dialog');
  await dialog.getByText(said).first().waitFor();
  const button = dialog.getByRole('button', { name: verb, exact: true });
  if (reason !== undefined) {
    assert.equal(await button.getAttribute('aria-disabled'), 'true', 'not without a reason');
    await dialog.getByLabel('Reason').fill(reason);
  }
  await button.click();
  await dialog.waitFor({ state: 'detached' });
}

test('what an event leaves behind is done on its page, to its archive', { skip }, async (t) => {
  const scene = await startEvent(t);
  const { couponId } = scene;
  const page = await openConsole(t, scene);
  await page.goto(`${scene.app.adminUrl}/#/coupons/${couponId}/after`);
  await says(page, 'Redis and MySQL agree, and 2 granted coupons wait in dead letters.');
  assert.ok((await page.locator('h1').textContent())?.includes(MARKUP), 'a name is text');

  await t.test('dead letters: one is given up, the other sent back', async () => {
    await page.getByLabel('Select number 2').check();
    await panel(page, 'Dead letters').getByRole('button', { name: 'Resolve selected (1)' }).click();
    await confirm(page, '1 dead letter is given up.', 'Resolve', `twice ${MARKUP}`);
    await says(page, '1 dead letter was resolved.');
    await panel(page, 'Dead letters').getByRole('button', { name: 'Redrive all' }).click();
    await confirm(page, '1 dead letter is sent to MySQL again.', 'Redrive');
    await waitFor('its row is there', async () => (await statusOf(scene, 3)) === 'ISSUED');
    assert.equal(await statusOf(scene, 2), undefined);
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await says(page, 'Redis and MySQL agree.');
  });

  await t.test('a file of users: tried first, which changes nothing', async () => {
    const revoke = panel(page, 'Revoke from a file');
    const file = (text: string) => ({ name: `${MARKUP}.txt`, mimeType: 'text/plain', buffer: Buffer.from(text) });
    await revoke.locator('input[type=file]').setInputFiles(file(`4\n${MARKUP}`));
    await revoke.getByText('1 line is not a user id').waitFor();
    await revoke.locator('input[type=file]').setInputFiles(file('# ring\r\n4\r\n77\r\n'));
    await revoke.getByLabel('Reason').fill(`ring ${MARKUP}`);
    const stop = revoke.locator('.button.stop');
    assert.equal(await stop.getAttribute('aria-disabled'), 'true', 'not before it was tried');
    await revoke.getByRole('button', { name: 'Try it: change nothing' }).click();
    await revoke.getByText('Of 2 users, 1 would lose their coupon.').waitFor();
    await revoke.getByText('1 does not hold it: 77').waitFor();
    assert.equal(await statusOf(scene, 4), 'ISSUED');
    await stop.click();
    await revoke.getByText('Of 2 users, 1 lost their coupon.').waitFor();
    assert.equal(await statusOf(scene, 4), 'REVOKED');
  });

  await t.test('one winner is found, and has lost their coupon after Revoke', async () => {
    const search = panel(page, 'Winners');
    await search.getByLabel('User id').fill(' 5 ');
    await search.getByRole('button', { name: 'Search' }).click();
    await says(page, 'The user holds this coupon.');
    assert.ok(page.url().endsWith(`/after?user=5`), 'the search can be pasted into a chat');
    await page.locator('article').getByRole('button', { name: 'Revoke' }).click();
    await confirm(page, 'Its unit is in stock again.', 'Revoke', `asked for it ${MARKUP}`);
    await says(page, `Reason: asked for it ${MARKUP}`);
    assert.equal(await statusOf(scene, 5), 'REVOKED');
  });

  await t.test('an erasure says what it means, and needs the id', () => erase(page, scene));

  await t.test('it is closed, and archived', async () => {
    await page.goto(`${scene.app.adminUrl}/#/coupons/${couponId}/after`);
    await page.getByRole('button', { name: 'Close …' }).click();
    await confirm(page, 'No coupon of it is issued any more.', 'Close');
    await says(page, 'Closed. MySQL has every coupon that was issued.');
    await page.getByRole('button', { name: 'Archive …' }).click();
    await confirm(page, 'MySQL keeps all of it.', 'Archive');
    await page.locator('.page-sub').getByText('Archived').waitFor();
  });
  assert.equal(await page.evaluate('globalThis.broken'), undefined, 'no text became markup');
});

async function erase(page: Page, scene: Scene): Promise<void> {
  await page.goto(`${scene.app.adminUrl}/#/users/6`);
  await page.getByRole('button', { name: 'Erase …' }).click();
  const dialog = page.locator('dialog');
  await dialog.getByText('A coupon of this user can still be issued').waitFor();
  await dialog.getByText('can get the same coupon a second time').first().waitFor();
  const button = dialog.getByRole('button', { name: 'Erase', exact: true });
  await dialog.getByLabel('Reason').fill('letter of May 2');
  await dialog.getByLabel('Type 6 to confirm').fill('6');
  assert.equal(await button.getAttribute('aria-disabled'), 'true', 'not while a coupon could be had twice');
  await dialog.getByRole('checkbox').check();
  await dialog.getByText('The user is in 1 coupon').waitFor();
  await dialog.getByLabel('Type 6 to confirm').fill('5');
  assert.equal(await button.getAttribute('aria-disabled'), 'true', 'not with the id of another user');
  await dialog.getByLabel('Type 6 to confirm').fill('6');
  await button.click();
  await says(page, 'The user is erased, in 1 coupon');
  const rows = await scene.stores.database.query('SELECT 1 FROM user_coupon WHERE user_id = ?', [6]);
  assert.equal(rows.length, 0);
}
