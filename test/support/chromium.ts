// A headless Chromium, driven by playwright-core.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import type { Scope } from './servers.ts';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const program = process.env.CHROMIUM ?? PROGRAMS.find((path) => existsSync(path)) ?? null;

/** The reason for which no page can be opened here; null if one can. In CI it must be possible. */
export function whyNoChromium(): string | null {
  if (program !== null) return null;
  if (process.env.CI) throw new Error('Chromium is missing: install the package chromium');
  return 'Chromium is missing (apt-get install chromium, or set CHROMIUM)';
}

export async function startChromium(t: Scope): Promise<Browser> {
  const browser = await chromium.launch({
    ...(program === null ? {} : { executablePath: program }),
    args: ['--no-sandbox'],
  });
  t.after(() => browser.close());
  return browser;
}
