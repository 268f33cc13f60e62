// The package as those who install it get it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { projectRoot } from '../../../src/project.ts';
import { testFolder } from '../../support/folder.ts';

const folder = join(projectRoot, 'client');
const SIZE_MAX = 5 * 1024;

interface Manifest {
  readonly version: string;
  readonly dependencies?: object;
  readonly peerDependencies?: object;
  readonly optionalDependencies?: object;
}
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

const CONSUMER = `
import { CouponClient, type CouponStatus, type IssueResult, RequestRefused } from 'couponrush-client';

const client = new CouponClient({
  baseUrl: new URL('http://127.0.0.1:9'),
  headers: async () => ({ Authorization: 'Bearer x' }),
});
export const show = (status: CouponStatus): string => status.coupon?.name ?? status.state ?? '';
export function say(result: IssueResult): string {
  switch (result.kind) {
    case 'issued':
      return String(result.sequence) + result.issuedAt;
    case 'notOpen':
      return result.opensAt;
    case 'unknown':
      return String(result.mayBeIssued);
    case 'alreadyIssued':
    case 'soldOut':
    case 'paused':
    case 'closed':
    case 'revoked':
      return result.kind;
    default:
      return result satisfies never;
  }
}
// @ts-expect-error: an id is a number
client.issue('1').catch(() => {});
client
  .issue(1, { signal: AbortSignal.timeout(1000), withinMs: 100 })
  .then((result) => console.log(result.kind, say(result), client.clock.isSet))
  .catch((error: unknown) => console.log(error instanceof RequestRefused));
`;

test('the package has no dependencies, and its changelog has its version', () => {
  assert.deepEqual(
    [manifest.dependencies, manifest.peerDependencies, manifest.optionalDependencies],
    [undefined, undefined, undefined],
  );
  const changelog = readFileSync(join(folder, 'CHANGELOG.md'), 'utf8');
  assert.equal(/^## (\d+\.\d+\.\d+)$/m.exec(changelog)?.[1], manifest.version);
});

test(`the package is smaller than ${SIZE_MAX} bytes, compressed by gzip`, (t) => {
  const scripts = readdirSync(join(folder, 'dist')).filter((name) => name.endsWith('.js'));
  const all = scripts.map((name) => readFileSync(join(folder, 'dist', name), 'utf8')).join('');
  const size = gzipSync(all, { level: 9 }).length;
  t.diagnostic(`${size} bytes`);
  assert.ok(scripts.length > 5 && size < SIZE_MAX, `${size} bytes`);
  for (const [, path = ''] of all.matchAll(/\bfrom '([^']+)'/g)) assert.match(path, /^\.\//, 'only its own modules');
});

test('npm pack, installed in another folder: it is imported, and type-checked with and without a browser', () => {
  const elsewhere = testFolder('client-consumer');
  const npm = (args: string[], cwd: string) => execFileSync('npm', args, { cwd, encoding: 'utf8' });
  const [packed] = JSON.parse(npm(['pack', '--json', '--pack-destination', elsewhere], folder)) as [
    { filename: string; files: { path: string }[] },
  ];
  const paths = packed.files.map(({ path }) => path);
  for (const path of ['dist/index.js', 'dist/index.d.ts', 'CHANGELOG.md', 'LICENSE', 'README.md']) {
    assert.ok(paths.includes(path), path);
  }
  assert.deepEqual(
    paths.filter((path) => /^(src|demo)\//.test(path) || path.includes('tsconfig')),
    [],
  );
  writeFileSync(join(elsewhere, 'package.json'), '{ "name": "shop", "private": true, "type": "module" }');
  npm(['install', '--offline', '--no-audit', '--no-fund', join(elsewhere, packed.filename)], elsewhere);
  mkdirSync(join(elsewhere, 'src'));
  writeFileSync(join(elsewhere, 'src/shop.ts'), CONSUMER);
  const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--target', 'ES2022', '--skipLibCheck', 'false'];
  const compile = (...options: string[]) =>
    execFileSync(process.execPath, [tsc, ...strict, ...options, 'src/shop.ts'], { cwd: elsewhere, encoding: 'utf8' });
  compile('--module', 'ES2022', '--moduleResolution', 'bundler', '--lib', 'ES2022,DOM', '--types', '', '--noEmit');
  const nodeTypes = ['--typeRoots', join(projectRoot, 'node_modules/@types'), '--types', 'node'];
  const ofNode = ['--module', 'NodeNext', '--moduleResolution', 'NodeNext', '--lib', 'ES2023', ...nodeTypes];
  compile(...ofNode, '--outDir', 'out');
  const run = execFileSync(process.execPath, ['out/shop.js'], { cwd: elsewhere, encoding: 'utf8' });
  assert.equal(run.trim().split('\n').at(-1), 'unknown true false');
});
