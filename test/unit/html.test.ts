import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { escaped, htmlPage, htmlTable } from '../../src/html.ts';

test('no text gets out of its place in a page', () => {
  assert.equal(escaped(`<a href="x" id='y'>&`), '&#60;a href=&#34;x&#34; id=&#39;y&#39;&#62;&#38;');
  const table = htmlTable([['<i>', 1234], [null]], ['<b>']);
  assert.equal(
    table,
    '<table><tr><th>&#60;b&#62;</th></tr>\n' +
      '<tr><td>&#60;i&#62;</td><td class="number">1,234</td></tr>\n<tr><td></td></tr></table>',
  );
  assert.match(
    htmlPage({ title: '</title><script>', style: '', body: '' }),
    /<title>&#60;\/title&#62;&#60;script&#62;</,
  );
});

test('a page allows itself its own style, and nothing else', () => {
  const page = htmlPage({ title: 'x', style: 'p { color: red }', body: '<p>y</p>' });
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
  const [, style = ''] = /<style>([^<]*)<\/style>/.exec(page) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  assert.equal(policy, `default-src 'none'; style-src 'sha256-${hash}'`);
});
