// The console of a running couponrush, in a headless Chromium: operators of each role, pages as they see them.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newOperator } from '../../src/admin/operators.ts';
import { type Role, roles } from '../../src/admin/principal.ts';
import { ADMIN_TOKEN } from './app.ts';
import { startBrowser } from './browser.ts';
import { testFolder } from './folder.ts';
import { type Scene, type SceneOptions, startScene } from './scene.ts';

export type Theme = 'light' | 'dark';
export type Language = 'en' | 'ko';

export interface Look {
  readonly language?: Language;
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
}

export interface Console {
  readonly scene: Scene;
  readonly browser: Browser;
  /** Logged in by the form, with the token of an operator of this role. */
  logIn(role: Role, look?: Look): Promise<Visit>;
  /** From the file of operators: their token and their sessions end. */
  removeOperator(role: Role): Promise<void>;
  /** The admin API by the shared token. @returns the body of a success */
  api<T>(method: string, path: string, body?: object): Promise<T>;
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page has written to the browser's console as an error, and what it threw. */
  readonly errors: string[];
  /** Shows a page of the console, and waits for its title and its first data. */
  open(path: string): Promise<void>;
  /** Presses a button, by what it says. */
  press(name: string | RegExp): Promise<void>;
  /** Waits until the page's main part has this text. */
  says(text: string | RegExp, withinMs?: number): Promise<void>;
}

/** A browser on a busy machine. */
const PATIENCE_MS = 30_000;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** If set, pictures go there, to be looked at. */
const PICTURES = process.env.CONSOLE_PICTURES;

export async function openConsole(t: TestContext, options: SceneOptions): Promise<Console> {
  const made = roles.map((role) => ({ role, ...newOperator(role, role) }));
  const file = join(testFolder('operators'), 'operators');
  writeFileSync(file, `${made.map(({ line }) => line).join('\n')}\n`, { mode: 0o600 });
  const scene = await startScene(t, { ...options, env: { COUPONRUSH_OPERATORS_FILE: file, ...options.env } });
  const browser = await startBrowser(t);
  return {
    scene,
    browser,
    async logIn(role, look = {}) {
      const visit = await visitConsole(browser, scene.app.adminUrl, look);
      const token = made.find((each) => each.role === role)?.token ?? '';
      await visit.page.goto(`${scene.app.adminUrl}/`);
      await visit.page.locator('input[type=password]').fill(token);
      await visit.page.locator('form button[type=submit]').click();
      await visit.page.locator('header.frame-header').waitFor();
      return visit;
    },
    async removeOperator(role) {
      const rest = made.filter((each) => each.role !== role).map(({ line }) => line);
      writeFileSync(file, `${rest.join('\n')}\n`);
    },
    async api<T>(method: string, path: string, body?: object) {
      const response = await fetch(`${scene.app.adminUrl}/admin/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await response.text();
      assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
      return JSON.parse(text) as T;
    },
  };
}

/** Not logged in. */
export async function visitConsole(browser: Browser, adminUrl: string, look: Look = {}): Promise<Visit> {
  const { language = 'en', theme = 'light', width = 1440, height = 900 } = look;
  const context = await browser.newContext({
    viewport: { width, height },
    locale: language === 'ko' ? 'ko-KR' : 'en-GB',
    colorScheme: theme,
    timezoneId: 'Asia/Seoul',
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    // Before the login the page asks whether there is a session: the browser writes that it was answered 401.
    if (message.type() === 'error' && !message.location().url.endsWith('/session'))
      errors.push(`${message.text()} ${message.location().url}`);
  });
  return {
    page,
    context,
    errors,
    async open(path) {
      await page.goto(`${adminUrl}/#${path}`);
      await page.locator('main h1').first().waitFor();
      await page.locator('main .loading').first().waitFor({ state: 'hidden' });
    },
    press: (name) => page.getByRole('button', { name }).click(),
    says: (text, withinMs = PATIENCE_MS) => page.locator('main').getByText(text).first().waitFor({ timeout: withinMs }),
  };
}

/** Every rule that axe-core knows, in the state in which the page is now, and nothing wider than the screen. */
export async function assertAccessible({ page }: Pick<Visit, 'page'>, state: string): Promise<void> {
  const loaded = await page.evaluate(() => 'axe' in globalThis);
  // Evaluated by the debugger, which the page's own policy does not forbid.
  if (!loaded) await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    interface Rule {
      readonly id: string;
      readonly help: string;
      readonly nodes: readonly { readonly target: readonly string[] }[];
    }
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Rule[]; passes: Rule[] }> } };
    const { violations, passes } = await axe.run();
    const said = ({ id, help, nodes }: Rule) => `${id}: ${help}: ${nodes.map(({ target }) => target).join(', ')}`;
    return { violations: violations.map(said), passes: passes.length };
  });
  assert.deepEqual(found.violations, [], `axe: ${state}`);
  assert.ok(found.passes > 10, 'axe has looked at something');
}

export async function assertNotWider({ page }: Pick<Visit, 'page'>, state: string): Promise<void> {
  const wide = await page.evaluate(() => {
    const root = globalThis as unknown as {
      document: {
        documentElement: { scrollWidth: number; clientWidth: number };
        querySelectorAll(all: string): Iterable<{ className: unknown; getBoundingClientRect(): { right: number } }>;
      };
    };
    const { scrollWidth, clientWidth } = root.document.documentElement;
    const outside = [...root.document.querySelectorAll('main *')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .map(({ className }) => String(className));
    return { overflow: Math.max(0, scrollWidth - clientWidth), outside: outside.slice(0, 5) };
  });
  assert.equal(wide.overflow, 0, `${state}: wider than the screen: ${wide.outside.join(', ')}`);
}

/** For people to look at: only with CONSOLE_PICTURES. */
export async function picture({ page }: Pick<Visit, 'page'>, name: string): Promise<void> {
  if (!PICTURES) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}
