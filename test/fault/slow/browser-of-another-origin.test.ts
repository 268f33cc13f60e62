// A page that was served from another origin asks for coupons, in a real browser.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SignJWT } from 'jose';
import { startApp } from '../../support/app.ts';
import { servePage, startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { testFolder } from '../../support/folder.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

const skip = whyNoBrowser() ?? false;

/** What a page sees of an answer; null if its browser does not let it. */
type Seen = {
  readonly status: number;
  readonly code: string;
  readonly retryAfter: string | null;
  readonly replayed: string | null;
  readonly date: string | null;
} | null;

const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** @param corsOrigins null: not set */
async function startShop(t: TestContext, corsOrigins: string | null) {
  const redis = await startRedis(t);
  const file = join(testFolder('jwt'), 'key.pem');
  writeFileSync(file, KEY.publicKey.export({ type: 'spki', format: 'pem' }));
  const jwt = { JWT_KEY_FILE: file, JWT_ALGORITHMS: 'ES256', JWT_ISSUER: 'shop', JWT_AUDIENCE: 'coupons' };
  const app = await startApp(t, {
    redisUrl: redis.url,
    mysqlUrl: await freshDatabase(t),
    env: { WORKERS: '1', IDENTITY_MODE: 'jwt', ...jwt, CORS_ORIGINS: corsOrigins ?? '' },
  });
  await redis.cli('SET', 'coupon:1:stock', 2);
  return { app, redis };
}

function tokenOf(sub: string): Promise<string> {
  return new SignJWT({ sub, iss: 'shop', aud: 'coupons', exp: Math.floor(Date.now() / 1000) + 600 })
    .setProtectedHeader({ alg: 'ES256' })
    .sign(KEY.privateKey);
}

/** What the scripts of these pages share. */
async function shopScript(url: string): Promise<string> {
  return `
    const tokens = ${JSON.stringify(await Promise.all(['1', '2', '3'].map(tokenOf)))};
    const see = async (path, init) => {
      const response = await fetch('${url}/api/v2' + path, init).catch(() => null);
      if (response === null) return null;
      const header = (name) => response.headers.get(name);
      const { code = '' } = await response.json();
      return {
        status: response.status, code,
        retryAfter: header('retry-after'), replayed: header('idempotent-replayed'), date: header('date'),
      };
    };
    const click = (user, key) => new Promise((resolve) => {
      const button = document.querySelector('button');
      const headers = { Authorization: 'Bearer ' + tokens[user], ...(key ? { 'Idempotency-Key': key } : {}) };
      button.onclick = () => resolve(see('/me/coupons/1/issue', { method: 'POST', headers }));
      button.click();
    });`;
}

test('a page of another origin sees its grant, its second click, sold out, and errors', { skip }, async (t) => {
  const browser = await startBrowser(t);
  for (const corsOrigins of [(origin: string) => `https://shop.example,${origin}`, () => '*']) {
    const page = await servePage(t, browser);
    const { app, redis } = await startShop(t, corsOrigins(page.origin));
    const script = await shopScript(app.url);
    const seen = await page.run<Seen[]>(`${script} return [
      await see('/coupons/1'), await click(0, 'first'), await click(0, 'first'), await click(0),
      await click(1), await click(2), await see('/me/coupons/1', { headers: { Authorization: 'none' } }),
    ];`);
    assert.ok(Array.isArray(seen), String(seen));
    assert.deepEqual(
      seen.map((each) => each && [each.status, each.code, each.replayed]),
      [
        [200, '', null],
        [201, '', null],
        [201, '', 'true'],
        [400, 'ALREADY_ISSUED_COUPON', null],
        [201, '', null],
        [400, 'OUT_OF_STOCK_COUPON', null],
        [400, 'BAD_REQUEST', null],
      ],
    );
    assert.ok(seen.every((each) => each?.date));
    await redis.kill();
    const away = await page.run<Seen>(`${script} return click(2);`);
    assert.ok(typeof away === 'object' && away?.status === 503 && Number(away.retryAfter) >= 1, JSON.stringify(away));
  }
});

test('a page that is not allowed sees nothing, and its click issues nothing', { skip }, async (t) => {
  const browser = await startBrowser(t);
  for (const corsOrigins of ['https://shop.example', null]) {
    const page = await servePage(t, browser);
    const { app, redis } = await startShop(t, corsOrigins);
    const seen = await page.run<Seen[]>(
      `${await shopScript(app.url)} return [await see('/coupons/1'), await click(0)];`,
    );
    assert.deepEqual(seen, [null, null]);
    assert.equal(await redis.cli('SCARD', 'issue:coupon:1'), 0);
  }
});
