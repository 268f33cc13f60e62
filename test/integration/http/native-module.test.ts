// Attack 14: the native file of uWebSockets.js is not the one that couponrush was tested with.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../../src/project.ts';
import { testFolder } from '../../support/folder.ts';

const native = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;

test('a native file with one changed byte is refused before it is loaded', (t) => {
  const folder = testFolder('native');
  t.after(() => rmSync(folder, { recursive: true }));
  const library = dirname(createRequire(import.meta.url).resolve('uWebSockets.js'));
  const copy = join(folder, 'node_modules', 'uWebSockets.js');
  mkdirSync(copy, { recursive: true });
  for (const name of ['package.json', 'uws.js', 'ESM_wrapper.mjs', native])
    copyFileSync(join(library, name), join(copy, name));
  copyFileSync(join(projectRoot, 'dist/src/http/uws.js'), join(folder, 'uws.mjs'));
  const load = () => spawnSync(process.execPath, [join(folder, 'uws.mjs')], { encoding: 'utf8' });

  assert.equal(load().status, 0);
  const bytes = readFileSync(join(copy, native));
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  writeFileSync(join(copy, native), bytes);
  const refused = load();
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /is not the file that couponrush was tested with \(sha256 \w{64}\)/);
  rmSync(join(copy, native));
  assert.match(load().stderr, /is not supported/);
});

test('the start says so in one sentence, before it starts anything', async (t) => {
  const folder = testFolder('native-start');
  t.after(() => rmSync(folder, { recursive: true }));
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(projectRoot, 'node_modules')))
    symlinkSync(join(projectRoot, 'node_modules', name), join(modules, name));
  // In the place of the real one: a library whose native file is another.
  rmSync(join(modules, 'uWebSockets.js'));
  const library = dirname(createRequire(import.meta.url).resolve('uWebSockets.js'));
  mkdirSync(join(modules, 'uWebSockets.js'));
  for (const name of ['package.json', 'uws.js', 'ESM_wrapper.mjs'])
    copyFileSync(join(library, name), join(modules, 'uWebSockets.js', name));
  writeFileSync(join(modules, 'uWebSockets.js', native), 'another');
  for (const name of ['package.json', 'lua', 'sql', 'docs']) symlinkSync(join(projectRoot, name), join(folder, name));
  for (const part of ['src', 'bundle'])
    cpSync(join(projectRoot, 'dist', part), join(folder, 'dist', part), { recursive: true });

  const env = { ...process.env, COUPONRUSH_DATA_DIR: join(folder, 'data') };
  const started = spawnSync(process.execPath, [join(folder, 'dist/src/main.js')], { env, encoding: 'utf8' });
  assert.equal(started.status, 1);
  assert.match(started.stderr, /^couponrush: .+ is not the file that couponrush was tested with .+\n$/);
  assert.equal(started.stdout, '');
});
