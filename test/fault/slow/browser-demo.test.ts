// The client package in a real browser, on a page of another origin, with a bad network in between.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { newCoupon } from '../../support/coupon-stores.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { type Scene, startScene } from '../../support/scene.ts';
import { serveShop } from '../../support/shop-page.ts';
import { waitFor } from '../../support/wait.ts';

const skip = whyNoBrowser() ?? false;
const PHONE = { width: 320, height: 640 };
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Each rule that axe-core knows, in the state in which the page is now. */
async function assertAccessible(page: Page, state: string): Promise<void> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: object[]; passes: object[] }> } };
    const { violations, passes } = await axe.run();
    return { violations: violations.map((each) => JSON.stringify(each).slice(0, 400)), passes: passes.length };
  });
  assert.deepEqual(found.violations, [], state);
  assert.ok(found.passes > 10, 'axe has looked at something');
  const root = 'document.documentElement';
  const overflow = await page.evaluate<number>(`${root}.scrollWidth - ${root}.clientWidth`);
  assert.equal(overflow, 0, `${state}: nothing is wider than the screen`);
}

async function startShop(t: TestContext) {
  const { origin, useApi } = await serveShop(t);
  const scene = await startScene(t, { stock: 1, redisProxy: true, env: { CORS_ORIGINS: origin } });
  const proxy = await FaultProxy.start(t, scene.app.port);
  useApi(new URL(proxy.urlOf(scene.app.url)).origin);
  return { origin, scene, proxy, browser: await startBrowser(t) };
}

async function load({ stores }: Scene, stock: number, opensAt?: Date): Promise<number> {
  const couponId = await newCoupon(stores.database, stock, opensAt ? { opensAt } : {});
  await preloadCoupon(stores, couponId);
  return couponId;
}

interface Visit {
  readonly page: Page;
  /** e.g. `POST 201`, of the requests for the user's coupon. */
  readonly requests: string[];
  text(selector: string): Promise<string>;
  says(text: RegExp): Promise<void>;
}

async function visit(browser: Browser, url: string, options: { locale?: string; dark?: boolean } = {}): Promise<Visit> {
  const { locale = 'en', dark = false } = options;
  const page = await browser.newPage({ viewport: PHONE, locale, colorScheme: dark ? 'dark' : 'light' });
  page.setDefaultTimeout(60_000);
  const requests: string[] = [];
  const isSettling = (to: string) => to.includes('/me/');
  page.on('response', (response) => {
    const method = response.request().method();
    if (isSettling(response.url()) && method !== 'OPTIONS') requests.push(`${method} ${response.status()}`);
  });
  page.on('requestfailed', (request) => {
    if (isSettling(request.url())) requests.push(`${request.method()} -`);
  });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(url);
  const text = async (selector: string) => (await page.locator(selector).textContent()) ?? '';
  return {
    page,
    requests,
    text,
    async says(expected) {
      await waitFor(`the result is ${expected}`, async () => expected.test(await text('#result')), {
        withinMs: 60_000,
      });
      assert.deepEqual(errors, []);
    },
  };
}

test('a page of another origin: countdown, button, 201, second click, sold out', { skip }, async (t) => {
  const { origin, scene, browser } = await startShop(t);
  const couponId = await load(scene, 1, new Date(Date.now() + 30_000));
  const { page, requests, text, says } = await visit(browser, `${origin}/demo?coupon=${couponId}`);
  await waitFor('the countdown', async () => /^00:00:\d\d$/.test(await text('#countdown')), { withinMs: 60_000 });
  assert.equal(await text('#left'), '1 of 1 left');
  await assertAccessible(page, 'countdown');
  // By keyboard alone: two languages, then the button.
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press('Tab');
  assert.equal(await page.evaluate('document.activeElement?.id'), 'ask');
  await page.keyboard.press('Enter');
  await assertAccessible(page, 'waiting');
  await says(/^The coupon is yours: number 1\.$/);
  assert.deepEqual(requests, ['POST 201'], 'asked once, at the opening');
  await assertAccessible(page, 'issued');
  await page.keyboard.press('Enter');
  await says(/^You already have this coupon\.$/);
  const other = await visit(browser, `${origin}/demo?coupon=${couponId}`, { locale: 'ko-KR', dark: true });
  await other.page.locator('#ask').click();
  await other.says(/^쿠폰이 모두 소진되었습니다\.$/);
  await waitFor('the page shows it', async () => (await other.text('#state')) === '소진', { withinMs: 60_000 });
  assert.equal(await other.page.evaluate('document.documentElement.lang'), 'ko');
  await assertAccessible(other.page, 'sold out, in Korean, dark');
  await other.page.getByRole('button', { name: 'English' }).click();
  assert.equal(await other.text('#state'), 'Sold out');
});

test('a 504 and a lost answer are settled, and shown as what they are', { skip }, async (t) => {
  const { origin, scene, proxy, browser } = await startShop(t);
  const couponId = await load(scene, 10);
  const isHolder = (user: string) => scene.stores.redis.sismember(couponKeys(couponId).holders, user);
  const { page, requests, says } = await visit(browser, `${origin}/demo?coupon=${couponId}`);
  await page.locator('#discount', { hasText: '100' }).waitFor();
  scene.redisProxy.latency(400);
  await page.locator('#ask').click();
  const first = await page.locator('#user').inputValue();
  // Granted, and the reply is still on its way back.
  await waitFor('Redis has decided', async () => (await isHolder(first)) === 1, { everyMs: 5 });
  scene.redisProxy.blackhole();
  await waitFor('the 504', () => requests.includes('POST 504'), { withinMs: 30_000 });
  await scene.redisProxy.heal();
  await says(/^The coupon is yours: number 1\.$/);
  t.diagnostic(requests.join(', '));
  assert.equal(await isHolder(first), 1);

  await page.locator('#other').click();
  const user = await page.locator('#user').inputValue();
  requests.length = 0;
  proxy.latency(1000);
  await page.locator('#ask').click();
  await waitFor('it is granted', async () => (await isHolder(user)) === 1, { withinMs: 30_000 });
  proxy.reset();
  await proxy.heal();
  await says(/^The coupon is yours: number 2\.$/);
  t.diagnostic(requests.join(', '));
  // Chromium itself may have sent it again on a new connection: then the same grant is replayed.
  assert.equal(await scene.stores.redis.scard(couponKeys(couponId).holders), 2);
  await assertAccessible(page, 'settled');
});
