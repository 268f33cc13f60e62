// docs/guarantees.md against test/fault: each of the 35 faults has a test, and the document leads to it.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../src/project.ts';

const FAULTS = 35;
const document = readFileSync(join(projectRoot, 'docs/guarantees.md'), 'utf8');

function faultFiles(): string[] {
  return ['', 'slow/'].flatMap((folder) =>
    readdirSync(join(projectRoot, 'test/fault', folder))
      .filter((name) => /^\d\d-.*\.test\.ts$/.test(name))
      .map((name) => `${folder}${name}`),
  );
}

test('each fault has a test', () => {
  const numbers = new Set(faultFiles().map((file) => Number(file.replace('slow/', '').slice(0, 2))));
  const missing = Array.from({ length: FAULTS }, (_, index) => index + 1).filter((number) => !numbers.has(number));
  assert.deepEqual(missing, []);
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
