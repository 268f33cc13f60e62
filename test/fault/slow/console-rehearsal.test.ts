// A rehearsal from the page alone: a coupon for it, its spike, its proof and the report as a file; and what is refused.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { whyNoBrowser } from '../../support/browser.ts';
import { assertAccessible, openConsole, picture } from '../../support/console.ts';
import { figureOf, figuresOfStores } from '../../support/console-figures.ts';

const skip = whyNoBrowser() ?? false;
const WITHIN_MS = 60_000;

test('a rehearsal is created, run, proven and downloaded on the page', { skip }, async (t) => {
  const shown = await openConsole(t, { stock: 10 });
  const visit = await shown.logIn('operator');
  const { page } = visit;
  await visit.open('/rehearsal');
  await visit.says('There is no rehearsal coupon yet');
  await visit.press('Create a rehearsal coupon');
  await page.getByLabel('Stock').fill('300');
  await visit.press('Create and open');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await visit.says(/^Open$/);
  const couponId = Number(/coupon=(\d+)/.exec(page.url())?.[1]);
  const { rehearsal } = await shown.api<{ rehearsal: boolean }>('GET', `/coupons/${couponId}`);
  assert.equal(rehearsal, true, 'it is marked');

  await page.getByLabel('Users who ask at once').fill('1,000');
  await visit.press('Start the rehearsal');
  await page
    .locator('dialog')
    .getByText(`Users 9000000000000001 to 9000000000001000 ask this node for coupon ${couponId} at once`)
    .waitFor();
  await page.locator('dialog').getByText('These ids are treated as users').waitFor();
  await page.locator('dialog').getByRole('button', { name: 'Start the rehearsal' }).click();
  await visit.says('It runs');
  // A reload does not lose it, and a second one at the same time is refused in words.
  await page.reload();
  await visit.says('PROVEN', WITHIN_MS);
  await visit.says('Every answer was true, and Redis and MySQL agree on the whole coupon.');
  assert.deepEqual([await figureOf(page, 'Granted'), await figureOf(page, 'Refused')], [300, 700]);
  const { issued, rows } = await figuresOfStores(shown.scene, couponId);
  assert.deepEqual([issued, rows], [300, 300]);
  await visit.says('400 OUT_OF_STOCK_COUPON');
  await picture(visit, 'rehearsal-proven');
  await assertAccessible(visit, 'a rehearsal with its result');

  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download the report' }).click();
  const download = await downloading;
  assert.match(download.suggestedFilename(), /^rehearsal-\d+-coupon-\d+\.html$/);
  const report = readFileSync(await download.path(), 'utf8');
  assert.match(report, /PROVEN: every answer was true/);
  await visit.says('Nothing is left, so everyone will be refused.');
  assert.deepEqual(visit.errors, []);
});

test('a coupon that is not for rehearsals can’t be chosen, and every refusal says what to do', { skip }, async (t) => {
  const shown = await openConsole(t, { stock: 10, coupon: { name: 'A real event' } });
  const { couponId } = shown.scene;
  const create = (name: string) =>
    shown.api<{ id: number }>('POST', '/coupons', {
      ...{ name, totalStock: 10, discountType: 'PERCENT', discountAmount: 10 },
      ...{ rehearsal: true, openNow: true, preload: true },
    });
  const { id: rehearsalId } = await create('For rehearsals');
  const visit = await shown.logIn('operator');
  const { page } = visit;
  await visit.open(`/rehearsal?coupon=${couponId}`);
  await visit.says(`Coupon ${couponId} was not made for rehearsals`);
  const listed = await page.getByLabel('Rehearsal coupon').locator('option').allTextContents();
  assert.deepEqual(listed, ['Choose one …', `${rehearsalId} · For rehearsals`]);
  const start = page.getByRole('button', { name: 'Start the rehearsal' });
  assert.equal(await start.getAttribute('aria-disabled'), 'true');

  await page.getByLabel('Rehearsal coupon').selectOption(String(rehearsalId));
  await visit.says(/^Open$/);
  for (const wrong of ['0', '10001', '1.5', 'many', '']) {
    await page.getByLabel('Users who ask at once').fill(wrong);
    await visit.says('A whole number from 1 to 10,000.');
    assert.equal(await start.getAttribute('aria-disabled'), 'true', wrong);
  }
  await page.getByLabel('Users who ask at once').fill('10');

  // Closed by somebody else, while the question is open.
  await start.click();
  await page.locator('dialog').waitFor();
  await shown.api('POST', `/coupons/${rehearsalId}/close`, {});
  await page.locator('dialog').getByRole('button', { name: 'Start the rehearsal' }).click();
  await page.locator('dialog').getByText('A rehearsal needs an open coupon').waitFor();
  await picture(visit, 'rehearsal-refused-dialog');
  await page.locator('dialog').getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await page.getByLabel('Users who ask at once').inputValue(), '10', 'what was typed stays');

  // A rehearsal that is not kept any more.
  await page.evaluate(`location.hash = '/rehearsal?coupon=${rehearsalId}&run=99999'`);
  await visit.says('This rehearsal is not kept any more');
});
