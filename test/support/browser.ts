// A headless Chromium, driven by playwright-core.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import type { Scope } from './servers.ts';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const program = process.env.CHROMIUM ?? PROGRAMS.find((path) => existsSync(path)) ?? null;

/** The reason for which no page can be opened here; null if one can. In CI it must be possible. */
export function whyNoBrowser(): string | null {
  if (program !== null) return null;
  if (process.env.CI) throw new Error('Chromium is missing: install the package chromium');
  return 'Chromium is missing (apt-get install chromium, or set CHROMIUM)';
}

export async function startBrowser(t: Scope): Promise<Browser> {
  const browser = await chromium.launch({
    ...(program === null ? {} : { executablePath: program }),
    args: ['--no-sandbox'],
  });
  t.after(() => browser.close());
  return browser;
}

export interface OriginPage {
  readonly origin: string;
  /**
   * Opens it.
   * @param script body of an async function in the page
   * @returns what the script returned, or the text of its error
   */
  run<T>(script: string): Promise<T | string>;
}

const PAGE = '<!doctype html><title>page</title><button>coupon</button>';

/** An origin of its own, with one page, which has a button. */
export async function servePage(t: Scope, browser: Browser): Promise<OriginPage> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    async run<T>(script: string) {
      const page = await browser.newPage();
      try {
        await page.goto(`${origin}/`);
        return await page.evaluate<T | string>(`(async () => { ${script} })().catch(String)`);
      } finally {
        await page.close();
      }
    },
  };
}
