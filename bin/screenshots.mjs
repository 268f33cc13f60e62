#!/usr/bin/env node
// @ts-check
// `npm run screenshots`: takes the pictures of the README, docs/images/demo-*.png, from a server of its own. Needs Chromium
// (CHROMIUM, or /usr/bin/chromium) and a Korean font (on Debian: fonts-nanum).
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { bootstrap, root } from './bootstrap.mjs';

const PHONE = { viewport: { width: 390, height: 590 }, deviceScaleFactor: 1.5 };
const TOKEN = 'token-of-the-screenshots';
const READY_WITHIN_MS = 60_000;
const images = join(root, 'docs', 'images');

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** @param {string} folder */
async function startServer(folder) {
  const [port, adminPort] = [await freePort(), await freePort()];
  const server = spawn(process.execPath, [join(root, 'bin', 'start.mjs')], {
    env: {
      ...process.env,
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
      METRICS_PORT: '0',
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

/** @param {string} url @param {number} couponId @param {number} count */
async function issueTo(url, couponId, count) {
  for (let user = 1; user <= count; user++) {
    const headers = { 'Commerce-User-Id': String(user) };
    await fetch(`${url}/api/v2/me/coupons/${couponId}/issue`, { method: 'POST', headers });
  }
}

/** @param {string} url @param {string} adminUrl */
async function takeAll(url, adminUrl) {
  const inAnHour = new Date(Date.now() + 3600_000 + 754_000).toISOString();
  const spring = { discountType: 'PERCENT', discountAmount: 15 };
  const soon = await createCoupon(adminUrl, { name: '봄맞이 쿠폰', ...spring, totalStock: 1000, opensAt: inAnHour });
  const open = await createCoupon(adminUrl, { name: 'Spring sale', ...spring, totalStock: 500, openNow: true });
  const gone = await createCoupon(adminUrl, { name: 'Flash deal', ...spring, totalStock: 40, openNow: true });
  await issueTo(url, open, 187);
  await issueTo(url, gone, 40);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' });
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
  await browser.close();
}

await bootstrap();
mkdirSync(images, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'couponrush-screenshots-'));
const { server, url, adminUrl } = await startServer(folder);
try {
  await takeAll(url, adminUrl);
} finally {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
