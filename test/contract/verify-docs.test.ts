// docs/verify.md explains each gap and each violation, and no other.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { violationNames } from '../../src/history/violations.ts';
import { projectRoot } from '../../src/project.ts';
import { gapNames } from '../../src/verify/gaps.ts';

const docs = readFileSync(join(projectRoot, 'docs/verify.md'), 'utf8');

/** Names in the first column of the table under a heading. */
function documented(heading: string): string[] {
  const [, section = ''] = docs.split(`\n## ${heading}\n`);
  const [body = ''] = section.split('\n## ');
  const rows = body.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) =>
    [...(row.split('|')[1] as string).matchAll(/`(\w+)`/g)].map((match) => match[1] as string),
  );
}

test('docs/verify.md tells what each gap means and what to do about it', () => {
  assert.deepEqual(documented('The gaps of verify').sort(), [...gapNames].sort());
});

test('docs/verify.md tells what each violation means', () => {
  assert.deepEqual(documented('What spike checks').sort(), [...violationNames].sort());
});
