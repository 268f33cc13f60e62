import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoPages } from '../../../src/http/routes/demo.ts';
import { startApp } from '../../support/app.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

const references = (text: string) =>
  [...text.matchAll(/(?:src|href)="([^"]+)"|\bfrom '([^']+)'/g)].map(([, of, from]) => (of ?? from) as string);

test('the demo page loads nothing but its own files, each of which is served', async (t) => {
  const [server, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const { url } = await startApp(t, { redisUrl: server.url, mysqlUrl, env: { WORKERS: '1' } });
  const seen = new Map<string, string>();
  const open = [`${url}/demo`];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { pathname } = new URL(next);
    if (seen.has(pathname)) continue;
    const response = await fetch(next);
    assert.equal(response.status, 200, pathname);
    const text = await response.text();
    seen.set(pathname, text);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; .*frame-ancestors 'none'$/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    for (const path of references(text)) {
      const to = new URL(path, next);
      assert.equal(to.origin, url, `${pathname} refers to ${path}`);
      open.push(to.href);
    }
  }
  for (const path of ['/demo', '/demo/page.js', '/demo/texts.js', '/demo/page.css', '/demo/client/index.js']) {
    assert.ok(seen.has(path), path);
  }
  const page = seen.get('/demo') ?? '';
  assert.doesNotMatch(page, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/, 'nothing inline');

  for (const path of ['/demo/', '/demo/../package.json', '/demo/client/', '/demo/page.ts', '/demo/%2e%2e/LICENSE']) {
    const response = await fetch(url + path);
    assert.equal(response.status, 404, path);
    await response.text();
  }
  const post = await fetch(`${url}/demo`, { method: 'POST' });
  assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD']);
  const head = await fetch(`${url}/demo`, { method: 'HEAD' });
  assert.deepEqual([head.status, await head.text()], [200, '']);
});

test('there is a demo page only with the demo on, and if users say themselves who they are', () => {
  assert.ok(demoPages({ demo: 'on', identityMode: 'trust' }).has('/demo'));
  for (const [demo, identityMode] of [
    ['off', 'trust'],
    ['auto', 'trust'],
    ['on', 'jwt'],
    ['on', 'hmac'],
  ] as const) {
    assert.equal(demoPages({ demo, identityMode }).size, 0, `${demo}, ${identityMode}`);
  }
});
