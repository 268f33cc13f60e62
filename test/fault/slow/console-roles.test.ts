// Login, logout, and what each role sees and may do on the console; the server decides the same.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { roles } from '../../../src/admin/principal.ts';
import { rolesFor } from '../../../src/admin/roles.ts';
import { whyNoBrowser } from '../../support/browser.ts';
import { type Console, openConsole, type Visit, visitConsole } from '../../support/console.ts';

const skip = whyNoBrowser() ?? false;

/** What is there for a role, on which page, and by which operation. */
const BUTTONS = [
  { page: 'rush', name: 'Pause', operation: 'pauseCoupon' },
  { page: 'rush', name: 'Restock', operation: 'restockCoupon' },
  { page: 'rush', name: 'Close', operation: 'closeCoupon' },
  { page: 'rush', name: 'Stop all', operation: 'pauseAllCoupons' },
  { page: 'rehearsal', name: 'Start the rehearsal', operation: 'rehearseCoupon' },
] as const;
const SECTIONS = [
  { page: 'people', name: 'Operators', operation: 'listOperators' },
  { page: 'system', name: 'Settings in effect', operation: 'listSettings' },
] as const;
const PAGES = [
  { path: '/create', operation: 'createCoupon' },
  { path: '/users/7', operation: 'readUser' },
  { path: '/rehearsal', operation: 'listRehearsals' },
] as const;

test('each of the four roles sees and may do what its row says', { skip }, async (t) => {
  const shown = await openConsole(t, { stock: 100, coupon: { name: 'Sale', rehearsal: true } });
  const paths = {
    rush: `/coupons/${shown.scene.couponId}`,
    rehearsal: `/rehearsal?coupon=${shown.scene.couponId}`,
    people: '/people',
    system: '/system',
  };
  for (const role of roles) {
    await t.test(role, async () => {
      const visit = await shown.logIn(role);
      const { page } = visit;
      const allowed = (operation: string) => rolesFor(operation).includes(role);
      for (const { page: name, name: text, operation } of BUTTONS) {
        if (name === 'rehearsal' && !allowed('listRehearsals')) continue;
        await visit.open(paths[name]);
        const button = page.getByRole('button', { name: text, exact: true });
        await button.waitFor();
        const isOff = (await button.getAttribute('aria-disabled')) === 'true';
        assert.equal(isOff, !allowed(operation), `${role}: ${text}`);
        if (!isOff) continue;
        const reason = await page.locator(`[id="${await button.getAttribute('aria-describedby')}"]`).textContent();
        assert.match(reason ?? '', /^This needs the role (operator|admin)\.$/, 'it says why');
        await button.click({ force: true });
        assert.equal(await page.locator('dialog').count(), 0, 'and does nothing');
      }
      for (const { page: name, name: text, operation } of SECTIONS) {
        await visit.open(paths[name]);
        const heading = page.getByRole('heading', { name: text, exact: true });
        assert.equal(await heading.count(), allowed(operation) ? 1 : 0, `${role}: ${text}`);
      }
      for (const { path, operation } of PAGES) {
        await visit.open(path);
        const refused = await page.getByText('Your role does not allow this.').count();
        assert.equal(refused > 0, !allowed(operation), `${role}: ${path}`);
      }
      await assertServerAgrees(visit, shown.scene.couponId, allowed('pauseCoupon'));
      assert.deepEqual(
        visit.errors.filter((error) => !error.includes('403')),
        [],
      );
      await visit.context.close();
    });
  }
});

/** The page is not what keeps a role from it. */
async function assertServerAgrees({ page }: Visit, couponId: number, allowed: boolean): Promise<void> {
  const status = await page.evaluate<number>(`
    fetch('/admin/v1/coupons/${couponId}/pause', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"dryRun": true}',
    }).then(({ status }) => status)`);
  assert.equal(status, allowed ? 200 : 403);
}

test('a token is needed, stays nowhere in the page, and is of no use after the logout', { skip }, async (t) => {
  const shown = await openConsole(t, { stock: 100 });
  await assertWrongToken(shown);
  const visit = await shown.logIn('operator');
  const { page, context } = visit;
  await visit.open('/people');
  const kept = await page.evaluate<string>(`
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.outerHTML])`);
  const [cookie] = await context.cookies();
  assert.ok(cookie, 'there is a session');
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
  assert.ok(!kept.includes(cookie.value), 'no script can read the session');
  assert.equal(await page.locator('input[type=password]').count(), 0, 'the token is gone');

  await page.getByRole('button', { name: /operator/ }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.locator('input[type=password]').waitFor();
  const status = await fetch(`${shown.scene.app.adminUrl}/admin/v1/session`, {
    headers: { cookie: `${cookie.name}=${cookie.value}` },
  }).then((response) => response.status);
  assert.equal(status, 401, 'the old cookie is worth nothing');
  await page.reload();
  await page.locator('input[type=password]').waitFor();
});

async function assertWrongToken({ browser, scene }: Console): Promise<void> {
  const { page, context } = await visitConsole(browser, scene.app.adminUrl);
  await page.goto(`${scene.app.adminUrl}/#/system`);
  await page.locator('input[type=password]').fill('not-the-token');
  await page.locator('form button[type=submit]').click();
  await page.getByText('This token is not valid.').waitFor();
  assert.equal(await page.locator('header.frame-header').count(), 0);
  await context.close();
}

test('an operator who is removed is out at once, and what was typed stays', { skip }, async (t: TestContext) => {
  const shown = await openConsole(t, { stock: 100 });
  const visit = await shown.logIn('operator');
  const { page } = visit;
  await visit.open('/create');
  await page.getByLabel('Name').fill('half a nam');
  await shown.removeOperator('operator');
  await page.getByText('Your session has ended', { exact: false }).first().waitFor();
  assert.equal(await page.getByLabel('Name', { exact: true }).first().inputValue(), 'half a nam');
});
