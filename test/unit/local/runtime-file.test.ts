import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startOf } from '../../../src/local/process-identity.ts';
import { readRuntime, writeRuntime } from '../../../src/local/runtime-file.ts';

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'couponrush-runtime-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const runtime = {
  redisUrl: 'redis://127.0.0.1:7001',
  mysqlUrl: 'mysql://u:p@127.0.0.1:7002/c',
  mysqlMigrationUrl: null,
  url: 'https://[::1]:8080',
};

test('the runtime file is read back, belongs to its owner alone, and leaves no draft behind', (t) => {
  const folder = freshFolder(t);
  writeRuntime(folder, { ...runtime, url: 'http://127.0.0.1:8080' });
  writeRuntime(folder, runtime);
  assert.deepEqual(readRuntime(folder), runtime);
  for (const metricsUrl of ['http://127.0.0.1:9464/metrics', null]) {
    writeRuntime(folder, { ...runtime, metricsUrl });
    assert.deepEqual(readRuntime(folder), { ...runtime, metricsUrl });
  }
  assert.deepEqual(readdirSync(folder), ['runtime.json']);
  assert.equal(statSync(join(folder, 'runtime.json')).mode & 0o777, 0o600);
});

test('an absent or damaged runtime file is none', (t) => {
  const folder = freshFolder(t);
  assert.equal(readRuntime(folder), null);
  const written = { ...runtime, pid: process.pid, start: startOf(process.pid) };
  for (const damaged of ['', '{"redisUrl":', 'null', '[]', JSON.stringify({ ...written, url: 8080 })]) {
    writeFileSync(join(folder, 'runtime.json'), damaged);
    assert.equal(readRuntime(folder), null, damaged);
  }
});

test('the runtime file of a server that has ended is none, also if another process has its pid', (t) => {
  const folder = freshFolder(t);
  const ended = spawnSync(process.execPath, ['--version']).pid;
  const start = startOf(process.pid);
  for (const dead of [{ pid: ended, start }, { pid: process.pid, start: '1' }, { pid: process.pid }, { start }]) {
    writeFileSync(join(folder, 'runtime.json'), JSON.stringify({ ...runtime, ...dead }));
    assert.equal(readRuntime(folder), null, JSON.stringify(dead));
  }
});
