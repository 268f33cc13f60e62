// What this machine must be able to run is checked before anything is installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../../src/project.ts';
import { testFolder } from '../../support/folder.ts';

interface Platform {
  readonly node: string;
  readonly platform: string;
}
const { platformProblem, thisPlatform, testedNodes } = (await import(
  pathToFileURL(join(projectRoot, 'bin/platform.mjs')).href
)) as {
  platformProblem: (platform: Platform) => string | null;
  thisPlatform: () => Platform;
  testedNodes: readonly number[];
};

test('machines with a Node that is not too old are let through, also with one that came later', () => {
  for (const node of ['20.0.0', '20.20.2', '22.1.0', '23.0.0', '24.0.0', '26.10.0', '28.0.0']) {
    assert.equal(platformProblem({ node, platform: 'linux' }), null, node);
  }
  assert.equal(platformProblem({ node: '22.1.0', platform: 'darwin' }), null);
  assert.equal(platformProblem(thisPlatform()), null);
});

test('others are told what is missing, and what would fit', () => {
  for (const node of ['18.20.0', '19.9.0', '8.0.0']) {
    const expected = `Node ${node} is not supported: use one of Node 20, 22, 24, 26 (https://nodejs.org)`;
    assert.equal(platformProblem({ node, platform: 'linux' }), expected);
  }
  assert.match(platformProblem({ node: '22.12.0', platform: 'win32' }) ?? '', /^win32 is not supported/);
});

test('the Nodes that are named are those that each change is tested on, and those of the README', () => {
  const workflow = readFileSync(join(projectRoot, '.github/workflows/ci.yml'), 'utf8');
  assert.ok(workflow.includes(`node: [${testedNodes.join(', ')}]`));
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
  assert.ok(readme.includes(`Node ${testedNodes.slice(0, -1).join(', ')} or ${testedNodes.at(-1)}`));
});

test('npm start on a machine that does not fit installs nothing', (t) => {
  const folder = testFolder('platform');
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'bin'));
  const files = ['start.mjs', 'bootstrap.mjs', 'platform.mjs', 'named-files.mjs', 'compile-cache.mjs'].map((name) =>
    join('bin', name),
  );
  for (const file of ['package.json', 'package-lock.json', ...files])
    copyFileSync(join(projectRoot, file), join(folder, file));
  // In the place of npm: says that it was run.
  const npm = join(folder, 'npm.js');
  writeFileSync(npm, "import { writeFileSync } from 'node:fs'; writeFileSync('npm-was-run', ''); process.exit(1);");
  const start = (node: string) => {
    const preload = join(folder, 'preload.cjs');
    const versions = `{ ...process.versions, node: '${node}' }`;
    writeFileSync(preload, `Object.defineProperty(process, 'versions', { value: ${versions} });`);
    const args = ['--require', preload, join(folder, 'bin/start.mjs')];
    return spawnSync(process.execPath, args, { env: { ...process.env, npm_execpath: npm }, encoding: 'utf8' });
  };
  const wasRun = () => spawnSync('test', ['-e', join(folder, 'npm-was-run')]).status === 0;

  for (const node of ['18.20.8', '16.0.0']) {
    const { status, stderr } = start(node);
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`^couponrush: Node ${node.replaceAll('.', '\\.')} is not supported: .+\n$`));
    assert.equal(wasRun(), false);
  }
  assert.match(start('99.0.0').stderr, /`npm ci` failed/);
  assert.equal(wasRun(), true, 'a machine that fits gets as far as npm');
});
