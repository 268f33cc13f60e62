import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { projectRoot } from '../../../src/project.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { testFolder } from '../../support/folder.ts';
import { log } from '../../support/handover.ts';
import { freshDatabase } from '../../support/servers.ts';

const FILES = readdirSync(join(projectRoot, 'sql')).length;

function writeMigrations(t: TestContext, files: Record<string, string>): string {
  const folder = join(testFolder('sql'), 'sql');
  mkdirSync(folder);
  t.after(async () => rmSync(join(folder, '..'), { recursive: true }));
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  return folder;
}

test('the schema is applied once, also when two start at once', async (t) => {
  const url = await freshDatabase(t);
  const applied = await Promise.all([migrate(url, log), migrate(url, log)]);
  assert.deepEqual(applied.toSorted(), [0, FILES]);
  assert.equal(await migrate(url, log), 0);
});

test('a missing database is created', async (t) => {
  const url = new URL(await freshDatabase(t));
  url.pathname = `${url.pathname}_new`;
  const database = openDatabase(url.href, { connections: 1, timeoutMs: 5000 });
  t.after(async () => {
    await database.execute(`DROP DATABASE ${url.pathname.slice(1)}`);
    await database.close();
  });
  assert.equal(await migrate(url.href, log), FILES);
  assert.deepEqual(await database.query('SELECT COUNT(*) AS coupons FROM coupon'), [{ coupons: 0 }]);
});

test('a migration cut short goes on where it stopped, also if its last statement was not recorded', async (t) => {
  const url = await freshDatabase(t);
  const database = openDatabase(url, { connections: 1, timeoutMs: 5000 });
  t.after(() => database.close());
  const good = 'CREATE TABLE one (id INT);\nCREATE TABLE two (id INT);\n';
  const broken = writeMigrations(t, { '001_things.sql': `${good}CREATE TABLE;\n` });
  await assert.rejects(migrate(url, log, { folder: broken, userIds: null }));
  await database.execute('UPDATE schema_migration SET statements_done = 1');
  const repaired = writeMigrations(t, { '001_things.sql': `${good}CREATE TABLE three (id INT);\n` });
  assert.equal(await migrate(url, log, { folder: repaired, userIds: null }), 1);
  assert.deepEqual(await database.query('SELECT * FROM three'), []);
});

test('a version that is older than the schema starts on it: a rollback needs no migration backwards', async (t) => {
  const url = await freshDatabase(t);
  const database = openDatabase(url, { connections: 1, timeoutMs: 5000 });
  t.after(() => database.close());
  const old = { '001_things.sql': 'CREATE TABLE one (id INT);\n' };
  await migrate(url, log, {
    folder: writeMigrations(t, { ...old, '002_more.sql': 'ALTER TABLE one ADD COLUMN name INT NULL;\n' }),
    userIds: null,
  });
  assert.equal(await migrate(url, log, { folder: writeMigrations(t, old), userIds: null }), 0);
  assert.deepEqual(await database.query('SELECT COUNT(*) AS applied FROM schema_migration'), [{ applied: 2 }]);
});

test('a file that was changed after it was applied is refused', async (t) => {
  const url = await freshDatabase(t);
  await migrate(url, log, {
    folder: writeMigrations(t, { '001_things.sql': 'CREATE TABLE one (id INT);\n' }),
    userIds: null,
  });
  const changed = writeMigrations(t, { '001_things.sql': 'CREATE TABLE one (id BIGINT);\n' });
  await assert.rejects(migrate(url, log, { folder: changed, userIds: null }), {
    code: 'MIGRATION_CHANGED',
    message:
      'sql/001_things.sql is not the file that was applied to this ' +
      'database: restore it, and put the change into a new file',
  });
});

test('a database of a version that kept no sums gets them, and applies nothing again', async (t) => {
  const url = await freshDatabase(t);
  const database = openDatabase(url, { connections: 1, timeoutMs: 5000 });
  t.after(() => database.close());
  await migrate(url, log);
  await database.execute('ALTER TABLE schema_migration DROP COLUMN sha256');
  assert.equal(await migrate(url, log), 0);
  const without = 'SELECT COUNT(*) AS files FROM schema_migration WHERE sha256 IS NULL';
  assert.deepEqual(await database.query(without), [{ files: 0 }]);
});
