// The runbook as the console shows it: every section of the file, every link leads to one, nothing becomes HTML.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  anchorOf,
  type Block,
  type Inline,
  parseInline,
  parseRunbook,
} from '../../../console/src/pages/runbook/parse.ts';
import { projectRoot } from '../../../src/project.ts';

const text = readFileSync(join(projectRoot, 'docs', 'runbook.md'), 'utf8');

function inlinesOf(block: Block): Inline[] {
  if (block.kind === 'paragraph') return [...block.content];
  if (block.kind === 'list') return block.items.flat();
  return block.kind === 'table' ? block.rows.flat(2) : [];
}

test('each section of the runbook has its blocks, and each word of the file is in one', () => {
  const [introduction, ...sections] = parseRunbook(text);
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  assert.deepEqual(
    sections.map(({ title }) => title),
    headings,
  );
  assert.ok(introduction?.blocks.some(({ kind }) => kind === 'table'));
  const all = [introduction, ...sections].flatMap((section) => section?.blocks ?? []);
  const shown = all.map((block) =>
    block.kind === 'code'
      ? block.text
      : inlinesOf(block)
          .map((each) => each.text)
          .join(' '),
  );
  const words = (given: string) => given.match(/[A-Za-z]{4,}/g) ?? [];
  const known = new Set(shown.flatMap(words));
  // Targets of links to other files are not shown; headings are.
  const expected = words(text.replaceAll(/\]\([^)]*\)/g, '] ').replaceAll(/^#+ .*$/gm, ''));
  assert.deepEqual(
    expected.filter((word) => !known.has(word)),
    [],
  );
  for (const { title, blocks } of sections) {
    const first = blocks[0];
    assert.equal(first?.kind, 'list', title);
    assert.ok(first?.kind === 'list' && first.items.length >= 6, `${title}: Means to Over when`);
  }
});

test('each section that the server names exists', () => {
  const anchors = parseRunbook(text).map(({ anchor }) => anchor);
  for (const anchor of ['couponrushunsafesettings', 'couponrushgateshut', 'couponrushredisdown']) {
    assert.ok(anchors.includes(anchor), anchor);
  }
  assert.equal(anchorOf('A title, with: signs'), 'a-title-with-signs');
});

test('code, bold and links are found, and anything else stays a text', () => {
  assert.deepEqual(parseInline('a `**b**` **c** [d](e.md#f) <b>&amp;</b>'), [
    { kind: 'text', text: 'a ' },
    { kind: 'code', text: '**b**' },
    { kind: 'text', text: ' ' },
    { kind: 'bold', text: 'c' },
    { kind: 'text', text: ' ' },
    { kind: 'link', text: 'd', target: 'e.md#f' },
    { kind: 'text', text: ' <b>&amp;</b>' },
  ]);
});
