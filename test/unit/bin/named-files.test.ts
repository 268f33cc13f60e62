// Files that settings name are looked for before anything is installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../../src/project.ts';
import { settings } from '../../../src/settings.ts';
import { testFolder } from '../../support/folder.ts';

const { fileSettings, unreadableFile } = (await import(
  pathToFileURL(join(projectRoot, 'bin/named-files.mjs')).href
)) as { fileSettings: readonly string[]; unreadableFile: (env: NodeJS.ProcessEnv) => string | null };

test('every setting that names a file is checked', () => {
  const named = Object.values(settings).map(({ name }) => name);
  assert.deepEqual([...fileSettings].sort(), named.filter((name) => name.endsWith('_FILE')).sort());
});

test('a file that is missing is named, with how to make that of the operators', () => {
  const file = join(testFolder('named-files'), 'file');
  writeFileSync(file, '');
  for (const name of fileSettings) {
    assert.equal(unreadableFile({ [name]: file }), null);
    assert.equal(unreadableFile({ [name]: '' }), null);
    const mode = name.startsWith('JWT') ? 'jwt' : name.startsWith('HMAC') ? 'hmac' : 'trust';
    const problem = unreadableFile({ IDENTITY_MODE: mode, [name]: `${file}.none` }) ?? '';
    if (mode !== 'trust') assert.equal(unreadableFile({ [name]: `${file}.none` }), null, 'it is not read');
    assert.ok(problem.startsWith(`${name} can't be read: ENOENT`), problem);
    assert.equal(problem.endsWith('operator add NAME --role admin`'), name === 'COUPONRUSH_OPERATORS_FILE');
  }
});

test('a start reports it before it installs anything', () => {
  const folder = testFolder('bare-clone');
  mkdirSync(join(folder, 'bin'));
  for (const name of ['start.mjs', 'bootstrap.mjs', 'platform.mjs', 'named-files.mjs', 'compile-cache.mjs']) {
    copyFileSync(join(projectRoot, 'bin', name), join(folder, 'bin', name));
  }
  const env = { ...process.env, COUPONRUSH_OPERATORS_FILE: join(folder, 'none') };
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'bin/start.mjs')], { env, encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /^couponrush: COUPONRUSH_OPERATORS_FILE can't be read: ENOENT/);
});
