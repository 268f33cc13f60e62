import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Authentication } from '../../../src/admin/authentication.ts';
import { readConsoleFiles } from '../../../src/admin/console-files.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import type { Stores } from '../../../src/stores.ts';
import { testFolder } from '../../support/folder.ts';
import type { Scope } from '../../support/servers.ts';

const PAGE = '<!doctype html><title>console</title>';

function serve(t: Scope, folder: string) {
  const app = createAdminServer({
    authentication: new Authentication({ token: 'token-of-the-tests', failuresMax: 3 }),
    // Files ask no store.
    servers: {} as Stores,
    openapi: '{}',
    consoleFiles: readConsoleFiles(folder),
  });
  t.after(() => app.close());
  return app;
}

test('the page and its files are served to anyone, with the rules for browsers', async (t) => {
  const folder = testFolder('console');
  const files = { '/': 'index.html', '/console/console.js': 'console.js', '/console/console.css': 'console.css' };
  const others = { '/console/icon.svg': 'icon.svg', '/console/runbook.json': 'runbook.json' };
  for (const file of Object.values({ ...files, ...others })) writeFileSync(join(folder, file), `${PAGE}${file}`);
  const app = serve(t, folder);
  for (const [url, file] of Object.entries({ ...files, ...others })) {
    const { statusCode, headers, body } = await app.inject({ url });
    assert.deepEqual([statusCode, body], [200, `${PAGE}${file}`]);
    assert.equal(
      headers['content-security-policy'],
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    );
    const rules = ['x-content-type-options', 'x-frame-options', 'referrer-policy', 'cross-origin-opener-policy'];
    assert.deepEqual(
      [...rules, 'cache-control'].map((name) => headers[name]),
      ['nosniff', 'DENY', 'no-referrer', 'same-origin', 'no-cache'],
    );
    const unchanged = await app.inject({ url, headers: { 'if-none-match': `W/${headers.etag}, "other"` } });
    assert.deepEqual([unchanged.statusCode, unchanged.body], [304, '']);
    const gzipped = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } });
    assert.equal(gunzipSync(gzipped.rawPayload).toString(), body);
    const head = await app.inject({ method: 'HEAD', url });
    assert.deepEqual([head.statusCode, head.body], [200, '']);
    const post = await app.inject({ method: 'POST', url });
    assert.deepEqual([post.statusCode, post.headers.allow], [405, 'GET, HEAD']);
  }
  assert.match(String((await app.inject({ url: '/' })).headers['content-type']), /^text\/html/);
  for (const url of [
    '/console',
    '/console/',
    '/console/../index.html',
    '/console/%2e%2e/package.json',
    '/index.html',
  ]) {
    assert.equal((await app.inject({ url })).statusCode, 404, url);
  }
});

test('a console that was not built is said to be so, and the API is there', async (t) => {
  const app = serve(t, join(testFolder('console'), 'missing'));
  const page = await app.inject({ url: '/' });
  assert.deepEqual([page.statusCode, page.json().code], [404, 'NOT_FOUND']);
  assert.match(page.json().detail, /npm run build/);
  assert.equal((await app.inject({ url: '/livez' })).statusCode, 200);
});
