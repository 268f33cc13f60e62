// What the README and SECURITY.md point at is there.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../src/project.ts';

const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8');

for (const page of ['README.md', 'SECURITY.md', 'ARCHITECTURE.md']) {
  test(`${page}: each file that it links is there`, () => {
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      assert.ok(existsSync(join(projectRoot, target)), target);
    }
  });
}

test('each attack of SECURITY.md has a defence and a test', () => {
  const rows = [...read('SECURITY.md').matchAll(/^\| (\d+) \|(.+)\|(.+)\|(.+)\|$/gm)];
  assert.deepEqual(
    rows.map(([, number]) => Number(number)),
    Array.from({ length: 17 }, (_, index) => index + 1),
  );
  for (const [row, , , , tests = ''] of rows) assert.match(tests, /test\//, row);
});
