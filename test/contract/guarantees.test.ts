// docs/guarantees.md against test/fault: each fault has a test, and the document leads to each test.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../src/project.ts';

/** Rows of the table may be joined, and none may be lost by a change of its form. */
const FAULTS_MIN = 50;
const document = readFileSync(join(projectRoot, 'docs/guarantees.md'), 'utf8');

function faultFiles(): string[] {
  return ['', 'slow/'].flatMap((folder) =>
    readdirSync(join(projectRoot, 'test/fault', folder))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `${folder}${name}`),
  );
}

function faultRows(): string[] {
  const [, section = ''] = document.split('## Every fault and its test\n');
  const [table = ''] = section.trimStart().split('\n\n');
  return table.split('\n').slice(2);
}

test('each fault has a test', () => {
  const rows = faultRows();
  assert.ok(rows.length >= FAULTS_MIN, `${rows.length} rows`);
  const untested = rows.filter((row) => !/\]\(\.\.\/test\/[^)]+\)[^|]*\|$/.test(row));
  assert.deepEqual(untested, []);
});

test('a fault is named in words, not by a number', () => {
  const numbered = [...document.matchAll(/\[\d+\]\(\.\.\/test\//g)].map(([link]) => link);
  const files = faultFiles().filter((file) => /^(slow\/)?\d/.test(file));
  assert.deepEqual([...numbered, ...files], []);
});

test('docs/guarantees.md leads to each of them, and nowhere else', () => {
  const linked = [...document.matchAll(/\]\((\.\.\/test\/[^)]+)\)/g)].map(([, path]) => path as string);
  const broken = linked.filter((path) => !existsSync(join(projectRoot, 'docs', path)));
  assert.deepEqual(broken, []);
  const unlinked = faultFiles().filter((file) => !linked.includes(`../test/fault/${file}`));
  assert.deepEqual(unlinked, []);
});

test('docs/guarantees.md says beside each test that does not run every time when it runs', () => {
  const slow = [...document.matchAll(/\]\(\.\.\/test\/fault\/(slow\/)?[^)]+\)( _nightly_)?/g)];
  for (const [text, isSlow, mark] of slow) assert.equal(isSlow !== undefined, mark !== undefined, text);
});
