#!/usr/bin/env node
// @ts-check
// `npm run screenshots`: takes the pictures of the README and docs/console.md, docs/images/*.png, from a server of its own.
// Needs Chromium (CHROMIUM, or /usr/bin/chromium) and a Korean font (on Debian: fonts-nanum).
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { bootstrap, root } from './bootstrap.mjs';

const PHONE = { viewport: { width: 390, height: 590 }, deviceScaleFactor: 1.5 };
const DESK = { viewport: { width: 1280, height: 860 }, locale: 'en', timezoneId: 'Asia/Seoul' };
const TOKEN = 'token-of-the-screenshots';
const READY_WITHIN_MS = 60_000;
/** Compiled by the bootstrap. */
const ports = '../dist/src/local/ports.js';
const images = join(root, 'docs', 'images');

/** @param {string} folder */
async function startServer(folder) {
  const { findFreePort } = await import(ports);
  const [port, adminPort, metricsPort] = [await findFreePort(), await findFreePort(), await findFreePort()];
  const server = spawn(process.execPath, [join(root, 'bin', 'start.mjs')], {
    env: {
      ...process.env,
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
      METRICS_PORT: String(metricsPort),
      WORKERS: '1',
      COUPONRUSH_DATA_DIR: folder,
      COUPONRUSH_LOG_LEVEL: 'warn',
      ADMIN_TOKEN: TOKEN,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  server.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const untilMs = performance.now() + READY_WITHIN_MS;
  while (!output.includes('ready on')) {
    if (server.exitCode !== null || performance.now() > untilMs)
      throw new Error(`the server does not start: ${output}`);
    await sleep(100);
  }
  return { server, url: `http://127.0.0.1:${port}`, adminUrl: `http://127.0.0.1:${adminPort}` };
}

/** @param {string} adminUrl @param {object} coupon @returns {Promise<number>} */
async function createCoupon(adminUrl, coupon) {
  const response = await fetch(`${adminUrl}/admin/v1/coupons`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...coupon, preload: true }),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(body));
  return body.id;
}

/** @param {string} url @param {number} couponId @param {number} first @param {number} last */
async function issueTo(url, couponId, first, last) {
  for (let user = first; user <= last; user++) {
    const headers = { 'Commerce-User-Id': String(user) };
    await fetch(`${url}/api/v2/me/coupons/${couponId}/issue`, { method: 'POST', headers });
  }
}

/** @param {string} adminUrl */
async function createCoupons(adminUrl) {
  const inAnHour = new Date(Date.now() + 3600_000 + 754_000).toISOString();
  const spring = { discountType: 'PERCENT', discountAmount: 15 };
  return {
    soon: await createCoupon(adminUrl, { name: '봄맞이 쿠폰', ...spring, totalStock: 1000, opensAt: inAnHour }),
    open: await createCoupon(adminUrl, { name: 'Spring sale', ...spring, totalStock: 500, openNow: true }),
    gone: await createCoupon(adminUrl, { name: 'Flash deal', ...spring, totalStock: 40, openNow: true }),
    rush: await createCoupon(adminUrl, { name: 'Midnight drop', ...spring, totalStock: 20_000, openNow: true }),
  };
}

/** @typedef {Awaited<ReturnType<typeof createCoupons>>} Coupons */

/** @param {import('playwright-core').Browser} browser @param {string} url @param {Coupons} coupons */
async function takeDemo(browser, url, { soon, open, gone }) {
  await issueTo(url, open, 1, 187);
  await issueTo(url, gone, 1, 40);
  const pictures = [
    { name: 'countdown', locale: 'ko', couponId: soon, press: false, dark: false },
    { name: 'issued', locale: 'en', couponId: open, press: true, dark: false },
    { name: 'sold-out', locale: 'en', couponId: gone, press: true, dark: true },
  ];
  for (const { name, locale, couponId, press, dark } of pictures) {
    const page = await browser.newPage({ ...PHONE, locale, colorScheme: dark ? 'dark' : 'light' });
    await page.addInitScript(() => sessionStorage.setItem('couponrush-demo-user', '20260501'));
    await page.goto(`${url}/demo?coupon=${couponId}`);
    await page.locator('#discount', { hasText: '15%' }).waitFor();
    if (press) {
      await page.locator('#ask').click();
      await page.locator('#result:not(:empty)').waitFor();
      // The view of a moment ago is shown until it is read again.
      await sleep(5000);
    }
    await page.screenshot({ path: join(images, `demo-${name}.png`) });
    await page.close();
  }
}

/** @param {import('playwright-core').Browser} browser @param {{ url: string, adminUrl: string }} server @param {Coupons} coupons */
async function takeConsole(browser, { url, adminUrl }, { gone, rush }) {
  const pictures = [
    { name: 'rush', path: `#/coupons/${rush}`, dark: false },
    { name: 'events', path: '#/', dark: true },
    { name: 'report', path: `#/coupons/${gone}/after`, dark: false },
  ];
  for (const { name, path, dark } of pictures) {
    const context = await browser.newContext({ ...DESK, colorScheme: dark ? 'dark' : 'light' });
    const login = { data: { token: TOKEN } };
    const answer = await context.request.post(`${adminUrl}/admin/v1/session`, login);
    if (!answer.ok()) throw new Error(await answer.text());
    const page = await context.newPage();
    await page.goto(`${adminUrl}/${path}`);
    if (name === 'rush') {
      const crowds = Array.from({ length: 4 }, (_, crowd) => issueTo(url, rush, crowd * 5000 + 1, crowd * 5000 + 2500));
      await Promise.all(crowds);
    }
    // What the page reads has arrived, and the stream has been heard.
    await page.waitForLoadState('load');
    await sleep(4000);
    await page.screenshot({ path: join(images, `console-${name}.png`) });
    await context.close();
  }
}

await bootstrap();
mkdirSync(images, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'couponrush-screenshots-'));
const { server, url, adminUrl } = await startServer(folder);
try {
  const coupons = await createCoupons(adminUrl);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' });
  await takeDemo(browser, url, coupons);
  await takeConsole(browser, { url, adminUrl }, coupons);
  await browser.close();
} finally {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
