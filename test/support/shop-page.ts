// The demo page as a shop would have it: on an origin of its own, with the issue port elsewhere.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { projectRoot } from '../../src/project.ts';
import type { Scope } from './servers.ts';

const TYPES: Readonly<Record<string, string>> = {
  '/demo': 'text/html; charset=utf-8',
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
};

function fileOf(path: string): string {
  if (path === '/demo') return 'client/demo/index.html';
  if (path.startsWith('/demo/client/')) return path.replace('/demo/client/', 'client/dist/');
  return path.endsWith('.js') ? path.replace('/demo/', 'dist/demo/') : path.replace('/demo/', 'client/demo/');
}

/** @returns its origin, and a function that says where the issue port is */
export async function serveShop(t: Scope): Promise<{ origin: string; useApi(url: string): void }> {
  let api = '';
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://shop').pathname;
    try {
      const text = readFileSync(join(projectRoot, fileOf(path)), 'utf8');
      response.setHeader('Content-Type', TYPES[path] ?? TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'text/plain');
      response.end(text.replace('name="couponrush-api" content=""', `name="couponrush-api" content="${api}"`));
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    useApi: (url) => {
      api = url;
    },
  };
}
