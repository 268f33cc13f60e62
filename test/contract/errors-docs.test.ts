// docs/errors.md has each code with its status, and no other.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { problems } from '../../src/errors.ts';
import { projectRoot } from '../../src/project.ts';

test('docs/errors.md tells of each error code, with its status, and of no other', () => {
  const docs = readFileSync(join(projectRoot, 'docs/errors.md'), 'utf8');
  const told = [...docs.matchAll(/^\| `([A-Z_]+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [code, Number(status)]);
  const known = Object.entries(problems).map(([code, { status }]) => [code, status]);
  assert.deepEqual(told.sort(), known.sort());
});
