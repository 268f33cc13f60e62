// A headless Chromium that opens one page. It is driven by the page's own script, which sends what it saw to the server
// that it came from.
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { testFolder } from './folder.ts';
import type { Scope } from './servers.ts';
import { waitFor } from './wait.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];
const REPORT_WITHIN_MS = 60_000;

const program = PROGRAMS.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);

/** The reason for which no page can be opened here; null if one can. In CI it must be possible. */
export function whyNoBrowser(): string | null {
  if (program !== undefined) return null;
  if (process.env.CI) throw new Error('Chromium is missing: install the package chromium');
  return 'Chromium is missing (apt-get install chromium)';
}

export interface Page {
  readonly origin: string;
  /**
   * Opens it.
   * @param script body of an async function in the page
   * @returns what the script returned, or the text of its error
   */
  run<T>(script: string): Promise<T | string>;
}

/** An origin of its own, with one page, which has a button. */
export async function servePage(t: Scope): Promise<Page> {
  const reports: { value: unknown }[] = [];
  let page = '';
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      if (request.method === 'POST') reports.push(JSON.parse(text) as { value: unknown });
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(request.url === '/' ? page : '');
    });
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
      page = `<!doctype html><title>page</title><button>coupon</button><script type="module">
        const run = async () => { ${script} };
        const value = await run().catch((error) => String(error));
        await fetch('/', { method: 'POST', body: JSON.stringify({ value }) });
      </script>`;
      open(t, `${origin}/`);
      const report = await waitFor('the page reports', () => reports.shift(), { withinMs: REPORT_WITHIN_MS });
      return report.value as T | string;
    },
  };
}

function open(t: Scope, url: string): void {
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const profile = `--user-data-dir=${testFolder('browser')}`;
  // A process group of its own, so that all its processes can be ended.
  const browser = spawn(program as string, [...flags, profile, url], { stdio: 'ignore', detached: true });
  const ended = new Promise((resolve) => browser.once('exit', resolve));
  t.after(async () => {
    if (browser.exitCode === null) process.kill(-(browser.pid as number), 'SIGKILL');
    await ended;
  });
}
