// The console while something is down in a rush: it says what, goes on with the rest, and finds back by itself.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { whyNoBrowser } from '../../support/browser.ts';
import { type Console, openConsole, picture, type Visit } from '../../support/console.ts';
import { figureOf, figuresOfStores } from '../../support/console-figures.ts';
import type { SceneOptions } from '../../support/scene.ts';
import { waitFor } from '../../support/wait.ts';

const skip = whyNoBrowser() ?? false;
const STOCK = 100_000;
const WITHIN_MS = 30_000;

async function watchRush(t: TestContext, options: Partial<SceneOptions> = {}) {
  const shown = await openConsole(t, { stock: STOCK, coupon: { name: 'Sale' }, ...options });
  const visit = await shown.logIn('operator');
  await visit.open(`/coupons/${shown.scene.couponId}`);
  await waitFor('the figures are there', async () => (await figureOf(visit.page, 'Left')) === STOCK);
  const rush = shown.scene.rush({ perSecond: 150, seconds: 120 });
  await waitFor('the page counts down', async () => ((await figureOf(visit.page, 'Left')) ?? STOCK) < STOCK - 50, {
    withinMs: WITHIN_MS,
  });
  return { shown, visit, rush };
}

async function assertAtRest({ scene }: Console, { page }: Visit): Promise<void> {
  await waitFor(
    'the page says what the stores say',
    async () => {
      const { left, issued, rows } = await figuresOfStores(scene, scene.couponId);
      return rows === issued && (await figureOf(page, 'Left')) === left;
    },
    { withinMs: WITHIN_MS },
  );
}

/** The primary may have ended it already, because it hung. */
function signalOne(pid: number, signal: 'SIGSTOP' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

test('MySQL stands still: the page says so, counts on, and recovers', { skip }, async (t) => {
  const { shown, visit, rush } = await watchRush(t, { mysql: {} });
  const { page } = visit;
  await shown.scene.mysql.freeze();
  await visit.says('MySQL is unreachable');
  const left = (await figureOf(page, 'Left')) ?? 0;
  await waitFor('the page counts on', async () => ((await figureOf(page, 'Left')) ?? left) < left - 100, {
    withinMs: WITHIN_MS,
  });
  await waitFor('what waits for MySQL grows', async () => ((await figureOf(page, 'On the way to MySQL')) ?? 0) > 100);
  assert.equal(await page.getByText('No live data').count(), 0, 'the stream goes on');
  await picture(visit, 'fault-mysql');
  await visit.open('/system');
  await page.locator('.panel', { hasText: 'MySQL' }).getByText('Unreachable').first().waitFor();
  await visit.open(`/coupons/${shown.scene.couponId}`);
  await shown.scene.mysql.resume();
  await page.locator('main').getByText('MySQL is unreachable').first().waitFor({ state: 'detached' });
  rush.stop();
  await shown.scene.prove(await rush.done);
  await assertAtRest(shown, visit);
});

test('Redis is killed: the page says so, fades what is old, and recovers', { skip }, async (t) => {
  const { shown, visit, rush } = await watchRush(t);
  const { page } = visit;
  const { server } = shown.scene.stores as typeof shown.scene.stores;
  await server.kill();
  await visit.says('Redis is unreachable');
  await visit.says('not up to date');
  assert.ok((await page.locator('.figure.huge.stale').count()) === 1, 'an old figure does not look like a new one');
  await picture(visit, 'fault-redis');
  await server.restart();
  await page.locator('main').getByText('Redis is unreachable').first().waitFor({ state: 'detached' });
  await page.locator('.figure.huge.stale').waitFor({ state: 'detached' });
  const asked = rush.asked;
  await waitFor('coupons are issued again', () => rush.attempts.slice(asked).some(({ status }) => status === 201), {
    withinMs: WITHIN_MS,
  });
  rush.stop();
  await rush.done;
  await assertAtRest(shown, visit);
});

test('the admin process is killed: the page says that it shows old figures, and connects again', {
  skip,
}, async (t) => {
  const { shown, visit, rush } = await watchRush(t);
  const { page } = visit;
  const admins = () => shown.scene.app.pids('admin');
  const [pid = 0] = admins();
  // A frozen one is replaced after 2 s, which is before its figures count as old: its successors are frozen as well.
  const freezing = setInterval(() => {
    for (const each of admins()) signalOne(each, 'SIGSTOP');
  }, 50);
  t.after(() => clearInterval(freezing));
  await visit.says('No live data');
  const before = await figureOf(page, 'Left');
  clearInterval(freezing);
  for (const each of admins()) signalOne(each, 'SIGKILL');
  await waitFor('another admin process runs', () => admins().some((each) => each !== pid), { withinMs: WITHIN_MS });
  await page.locator('main').getByText('No live data').first().waitFor({ state: 'detached' });
  await waitFor('the page counts on', async () => ((await figureOf(page, 'Left')) ?? STOCK) < (before ?? 0), {
    withinMs: WITHIN_MS,
  });
  assert.equal(await page.locator('input[type=password]').count(), 0, 'the session goes on');
  rush.stop();
  await shown.scene.prove(await rush.done);
  await assertAtRest(shown, visit);
});

test('two operators at once: the second is told, and keeps what was typed', { skip }, async (t) => {
  const shown = await openConsole(t, { stock: 100, coupon: { name: 'Sale' } });
  const { couponId } = shown.scene;
  const first = await shown.logIn('operator');
  const second = await shown.logIn('admin');
  for (const visit of [first, second]) {
    await visit.open(`/coupons/${couponId}`);
    await waitFor('the figures are there', async () => (await figureOf(visit.page, 'Left')) === 100);
  }
  const { page } = second;
  await page.locator('main').getByRole('button', { name: 'Restock', exact: true }).click();
  await page.getByLabel('How many more').fill('50');
  await page.getByLabel('Reason').fill('more for everyone');
  await page.locator('dialog').getByText('The total goes from 100 to 150').waitFor();

  await first.page.locator('main').getByRole('button', { name: 'Restock', exact: true }).click();
  await first.page.getByLabel('How many more').fill('7');
  await first.page.locator('dialog').getByText('The total goes from 100 to 107').waitFor();
  await first.page.locator('dialog').getByRole('button', { name: 'Restock', exact: true }).click();
  await first.page.locator('dialog').waitFor({ state: 'detached' });

  await page.locator('dialog').getByRole('button', { name: 'Restock', exact: true }).click();
  await page.locator('dialog').getByText('Someone else changed this coupon meanwhile').waitFor();
  assert.equal(await page.getByLabel('How many more').inputValue(), '50');
  assert.equal(await page.getByLabel('Reason').inputValue(), 'more for everyone');
  await picture(second, 'conflict');
  const { totalStock } = await shown.api<{ totalStock: number }>('GET', `/coupons/${couponId}`);
  assert.equal(totalStock, 107, 'nothing was changed by the second');

  await page.locator('dialog').getByRole('button', { name: 'Look at it as it is now' }).first().click();
  await page.locator('dialog').getByText('The total goes from 107 to 157').waitFor();
  await page.locator('dialog').getByRole('button', { name: 'Restock', exact: true }).click();
  await page.locator('dialog').waitFor({ state: 'detached' });
  assert.equal((await shown.api<{ totalStock: number }>('GET', `/coupons/${couponId}`)).totalStock, 157);
});
