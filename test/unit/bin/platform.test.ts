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
  readonly arch: string;
  readonly glibc: string | null;
}
const { platformProblem, thisPlatform, glibcNeeded, systems } = (await import(
  pathToFileURL(join(projectRoot, 'bin/platform.mjs')).href
)) as {
  platformProblem: (platform: Platform) => string | null;
  thisPlatform: () => Platform;
  glibcNeeded: Readonly<Record<string, string>>;
  systems: readonly string[];
};

const linux = { platform: 'linux', arch: 'x64' };

test('machines that can load the native HTTP library are let through', () => {
  for (const [node, glibc] of [
    ['20.20.2', '2.27'],
    ['20.20.2', '2.36'],
    ['22.1.0', '2.38'],
    ['24.0.0', '2.41'],
    ['24.0.0', '3.0'],
  ] as const) {
    assert.equal(platformProblem({ ...linux, node, glibc }), null, `${node} ${glibc}`);
  }
  assert.equal(platformProblem({ node: '22.1.0', platform: 'darwin', arch: 'arm64', glibc: null }), null);
  assert.equal(platformProblem(thisPlatform()), null);
});

test('others are told what is missing, and what would fit', () => {
  const cases: [Partial<Platform>, RegExp][] = [
    [{ node: '22.12.0', glibc: '2.36' }, /^Node 22\.12\.0 needs glibc 2\.38 .* has 2\.36: .*Debian 13.*, or Node 20$/],
    [{ node: '24.1.0', glibc: '2.34' }, /^Node 24\.1\.0 needs glibc 2\.38 .* has 2\.34: .*, or Node 20$/],
    [{ node: '24.1.0', glibc: '2.9' }, /has 2\.9: use Debian 13 or Ubuntu 24\.04$/],
    [{ node: '20.0.0', glibc: '2.17' }, /needs glibc 2\.27 .* has 2\.17/],
    [{ node: '22.12.0', glibc: null }, /no glibc \(Alpine has musl\)/],
    [{ node: '18.20.0', glibc: '2.38' }, /^Node 18\.20\.0 is not supported: use one of Node 20, 22, 24/],
    [{ node: '23.0.0', glibc: '2.38' }, /^Node 23\.0\.0 is not supported/],
    [{ node: '22.12.0', platform: 'win32', glibc: null }, /^win32 on x64 is not supported/],
    [{ node: '22.12.0', arch: 'riscv64', glibc: '2.41' }, /^linux on riscv64 is not supported/],
  ];
  for (const [platform, expected] of cases) {
    assert.match(platformProblem({ ...linux, node: '20.0.0', glibc: '2.38', ...platform }) ?? '', expected);
  }
});

test('the machines that are let through are those whose native file is supported', () => {
  const source = readFileSync(join(projectRoot, 'src/http/uws.ts'), 'utf8');
  const moduleVersions = { 20: 115, 22: 127, 24: 137 } as Record<string, number>;
  const expected = Object.keys(glibcNeeded).flatMap((major) =>
    systems.map((system) => `uws_${system.replace(' ', '_')}_${moduleVersions[major]}.node`),
  );
  const listed = [...source.matchAll(/'(uws_\w+\.node)':/g)].map(([, name]) => name);
  assert.deepEqual(listed.toSorted(), expected.toSorted());
});

test('npm start on a machine that does not fit installs nothing', (t) => {
  const folder = testFolder('platform');
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'bin'));
  for (const file of ['package.json', 'package-lock.json', 'bin/start.mjs', 'bin/bootstrap.mjs', 'bin/platform.mjs'])
    copyFileSync(join(projectRoot, file), join(folder, file));
  // In the place of npm: says that it was run.
  const npm = join(folder, 'npm.js');
  writeFileSync(npm, "import { writeFileSync } from 'node:fs'; writeFileSync('npm-was-run', ''); process.exit(1);");
  const start = (glibc: string) => {
    const header = JSON.stringify({ header: { glibcVersionRuntime: glibc } });
    const preload = join(folder, 'preload.cjs');
    writeFileSync(preload, `process.report.getReport = () => (${header});`);
    const args = ['--require', preload, join(folder, 'bin/start.mjs')];
    return spawnSync(process.execPath, args, { env: { ...process.env, npm_execpath: npm }, encoding: 'utf8' });
  };
  const wasRun = () => spawnSync('test', ['-e', join(folder, 'npm-was-run')]).status === 0;

  for (const glibc of ['2.26', '2.17']) {
    const { status, stderr } = start(glibc);
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`^couponrush: Node .+ needs glibc .+ has ${glibc.replace('.', '\\.')}: .+\n$`));
    assert.equal(wasRun(), false);
  }
  assert.match(start('9.0').stderr, /`npm ci` failed/);
  assert.equal(wasRun(), true, 'a machine that fits gets as far as npm');
});
