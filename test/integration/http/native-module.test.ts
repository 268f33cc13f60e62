// The native file of uWebSockets.js is not the one that couponrush was tested with. And none is there at all.
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
import { type TestContext, test } from 'node:test';
import { projectRoot } from '../../../src/project.ts';
import { testFolder } from '../../support/folder.ts';
import { defaultEngine } from '../../support/http-engine.ts';

const native = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
const library = dirname(createRequire(import.meta.url).resolve('uWebSockets.js'));
/** Of no use where there is nothing to change. */
const skip = defaultEngine.name === 'uws' ? false : 'this machine has no file of uWebSockets.js, or HTTP_ENGINE=node';

interface Copy {
  readonly folder: string;
  /** Where its native file is, if there is one. */
  readonly file: string;
  /** Runs its entry with these settings. */
  run(file: string, env?: Readonly<Record<string, string>>): { status: number | null; stderr: string; stdout: string };
}

/** All of couponrush's compiled code and dependencies, with a library of its own that has no native file. */
function copyOfAll(t: TestContext): Copy {
  const folder = testFolder('native');
  t.after(() => rmSync(folder, { recursive: true }));
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(projectRoot, 'node_modules')))
    symlinkSync(join(projectRoot, 'node_modules', name), join(modules, name));
  const own = join(modules, 'uWebSockets.js');
  rmSync(own);
  mkdirSync(own);
  for (const name of ['package.json', 'uws.js', 'ESM_wrapper.mjs']) copyFileSync(join(library, name), join(own, name));
  for (const name of ['package.json', 'lua', 'sql', 'docs']) symlinkSync(join(projectRoot, name), join(folder, name));
  for (const part of ['src', 'bundle'])
    cpSync(join(projectRoot, 'dist', part), join(folder, 'dist', part), { recursive: true });
  // What was chosen, in a word; the error as the primary says it.
  writeFileSync(
    join(folder, 'choose.mjs'),
    "const { chooseEngine } = await import('./dist/src/http/engine/choose.js');" +
      'try { const { engine, reason } = chooseEngine(process.env.HTTP_ENGINE);' +
      'console.log(engine.name, reason) } catch (error) { console.error(error.message); process.exit(1) }',
  );
  return {
    folder,
    file: join(own, native),
    run(file, env = {}) {
      const all = { ...process.env, COUPONRUSH_DATA_DIR: join(folder, 'data'), ...env };
      return spawnSync(process.execPath, [join(folder, file)], { env: all, encoding: 'utf8' });
    },
  };
}

test('a native file with one changed byte is refused before it is loaded, and never passed over', { skip }, (t) => {
  const { run, file } = copyOfAll(t);
  copyFileSync(join(library, native), file);
  assert.equal(run('choose.mjs', { HTTP_ENGINE: 'auto' }).stdout, 'uws null\n');
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  writeFileSync(file, bytes);
  for (const HTTP_ENGINE of ['auto', 'uws']) {
    const { status, stderr, stdout } = run('choose.mjs', { HTTP_ENGINE });
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /is not the file that couponrush was tested with \(sha256 \w{64}\)/);
  }
});

test('the start says so in one sentence, before it starts anything', { skip }, (t) => {
  const { run, file } = copyOfAll(t);
  writeFileSync(file, 'another');
  const started = run('dist/src/main.js');
  assert.equal(started.status, 1);
  assert.match(started.stderr, /^couponrush: .+ is not the file that couponrush was tested with .+\n$/);
  assert.equal(started.stdout, '');
});

test('without a native file node:http serves, unless HTTP_ENGINE=uws: then the start is refused', (t) => {
  const { run, folder } = copyOfAll(t);
  const missing = /^node uWebSockets\.js has no file for Node v\d+\.\d+\.\d+ on \w+ \w+\n$/;
  assert.match(run('choose.mjs', { HTTP_ENGINE: 'auto' }).stdout, missing);
  assert.equal(run('choose.mjs', { HTTP_ENGINE: 'node' }).stdout, 'node HTTP_ENGINE=node\n');
  const refused = run('dist/src/main.js', { HTTP_ENGINE: 'uws' });
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^couponrush: HTTP_ENGINE=uws: uWebSockets\.js has no file for .+\n$/);
  assert.equal(refused.stdout, '');

  rmSync(join(folder, 'node_modules', 'uWebSockets.js'), { recursive: true });
  assert.match(run('choose.mjs', { HTTP_ENGINE: 'auto' }).stdout, missing, 'nor without the package');
});

test('a native file that this C library can not load is as none', { skip }, (t) => {
  const { run, folder } = copyOfAll(t);
  // The one of another system: the digest is right, and loading it fails as with a C library that is too old.
  const other = native.includes('_x64_') ? native.replace('_x64_', '_arm64_') : native.replace('_arm64_', '_x64_');
  const file = join(folder, 'node_modules', 'uWebSockets.js', other);
  copyFileSync(join(library, other), file);
  writeFileSync(
    join(folder, 'other.mjs'),
    `Object.defineProperty(process, 'arch', { value: '${native === other ? '' : other.split('_')[2]}' });` +
      "await import('./choose.mjs');",
  );
  const { stdout } = run('other.mjs', { HTTP_ENGINE: 'auto' });
  assert.match(stdout, /^node uws_\w+\.node can't be loaded by Node v[\d.]+ with (glibc [\d.]+|a C library .+)\n$/);
});
