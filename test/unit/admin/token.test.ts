import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readAdminToken, TokenError } from '../../../src/admin/token.ts';

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'couponrush-token-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const nothing = { adminToken: null, adminTokenFile: null };

test('the first start generates a token that only its owner can read, and later starts keep it', (t) => {
  const dataDir = join(freshFolder(t), 'new', 'data');
  const { token, source } = readAdminToken({ ...nothing, dataDir });
  assert.equal(source, join(dataDir, 'admin-token'));
  assert.match(token, /^[\w-]{43}$/);
  assert.equal(statSync(source).mode & 0o777, 0o600);
  assert.equal(statSync(dataDir).mode & 0o777, 0o700);
  assert.equal(readAdminToken({ ...nothing, dataDir }).token, token);
  assert.equal(readFileSync(source, 'utf8'), `${token}\n`);
});

test('a token is taken from the variable, or from its file', (t) => {
  const dataDir = freshFolder(t);
  assert.equal(readAdminToken({ ...nothing, adminToken: 'x'.repeat(16), dataDir }).token, 'x'.repeat(16));
  const adminTokenFile = join(dataDir, 'token');
  writeFileSync(adminTokenFile, `  ${'y'.repeat(20)}\n`);
  assert.equal(readAdminToken({ ...nothing, adminTokenFile, dataDir }).token, 'y'.repeat(20));
});

test('a file without a token, or none at all, is told', (t) => {
  const dataDir = freshFolder(t);
  const adminTokenFile = join(dataDir, 'token');
  assert.throws(() => readAdminToken({ ...nothing, adminTokenFile, dataDir }), TokenError);
  writeFileSync(adminTokenFile, 'short');
  assert.throws(() => readAdminToken({ ...nothing, adminTokenFile, dataDir }), /16 to 512/);
  writeFileSync(join(dataDir, 'file'), '');
  assert.throws(() => readAdminToken({ ...nothing, dataDir: join(dataDir, 'file') }), TokenError);
});
