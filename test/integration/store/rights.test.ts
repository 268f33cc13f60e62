// Attack 6: a database user with rights on these tables only. The owner of the database migrates and grants.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import mysql from 'mysql2/promise';
import { resolve } from '../../../src/outbox/dead-letters.ts';
import { connectForCommands } from '../../../src/redis/connections.ts';
import { couponKeys } from '../../../src/redis/keys.ts';
import { databaseName } from '../../../src/store/connection.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { migrateSchema } from '../../../src/store/migrate-schema.ts';
import { mysqlUrlOfApp } from '../../support/app-user.ts';
import { log } from '../../support/handover.ts';
import { freshDatabase, type Scope, startRedis } from '../../support/servers.ts';

async function connect(t: Scope, url: string): Promise<mysql.Connection> {
  const connection = await mysql.createConnection(url);
  t.after(async () => connection.destroy());
  return connection;
}

test('the user that couponrush runs as can neither change the schema nor see anything beside it', async (t) => {
  const [ownerUrl, otherUrl] = await Promise.all([freshDatabase(t), freshDatabase(t)]);
  const owner = await connect(t, ownerUrl);
  await owner.query(`CREATE TABLE ${databaseName(otherUrl)}.account (password TEXT)`);
  await owner.query('CREATE TABLE invoice (total INT)');
  assert.ok((await migrateSchema(mysqlUrlOfApp(ownerUrl), ownerUrl, log)) > 0);

  const app = await connect(t, mysqlUrlOfApp(ownerUrl));
  const refused = [
    'DROP TABLE user_coupon',
    'TRUNCATE TABLE user_coupon',
    'ALTER TABLE user_coupon DROP COLUMN user_id',
    'CREATE TABLE mine (id INT)',
    'CREATE INDEX mine ON coupon (name)',
    `DROP DATABASE ${databaseName(ownerUrl)}`,
    'DELETE FROM coupon',
    'DELETE FROM user_coupon',
    'DELETE FROM coupon_audit',
    "UPDATE coupon_audit SET actor = 'nobody'",
    'UPDATE declared_loss SET last_sequence = 9',
    'DELETE FROM schema_migration',
    'SELECT * FROM invoice',
    `SELECT * FROM ${databaseName(otherUrl)}.account`,
    'SELECT * FROM mysql.user',
    "SELECT 'x' INTO OUTFILE '/tmp/couponrush-x'",
    "SELECT LOAD_FILE('/etc/passwd') FROM mysql.db",
    "CREATE USER 'mine'@'%'",
    "GRANT SELECT ON coupon TO 'couponrush_app'@'%'",
    'SET GLOBAL innodb_flush_log_at_trx_commit = 0',
    'SHUTDOWN',
  ];
  for (const sql of refused) {
    await assert.rejects(app.query(sql), /denied|not allowed|is not allowed|need .*privilege/i, sql);
  }
  await app.query('SELECT * FROM coupon');
});

test('the user that couponrush runs as may give a dead letter up, and do so twice', async (t) => {
  const [server, ownerUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  await migrateSchema(mysqlUrlOfApp(ownerUrl), ownerUrl, log);
  const database = openDatabase(mysqlUrlOfApp(ownerUrl), { connections: 1, timeoutMs: 5000 });
  const redis = connectForCommands(server.url, 'test', 5000);
  t.after(async () => {
    redis.disconnect();
    await database.close();
  });
  const letter = ['at', 1, 'user', 7, 'sequence', 1, 'issuedAt', 1, 'code', 'X', 'reason', 'r', 'attempts', 3];
  const id = (await redis.xadd(couponKeys(1).dead, '5-1', ...letter)) as string;
  assert.equal(await resolve(redis, database, 1, [id], 'given up'), 1);
  // A crash between MySQL and Redis leaves both.
  await redis.del(couponKeys(1).dead);
  await redis.xadd(couponKeys(1).dead, '5-1', ...letter);
  assert.equal(await resolve(redis, database, 1, [id], 'given up'), 1);
  assert.equal((await database.query('SELECT 1 FROM dead_letter_resolution')).length, 1);
});

test(
  'a schema that is done is left alone by the user that ' + 'runs; one that is not is a sentence for the operator',
  async (t) => {
    const ownerUrl = await freshDatabase(t);
    await assert.rejects(migrate(mysqlUrlOfApp(ownerUrl), log), /MYSQL_MIGRATION_URL/);
    await migrateSchema(mysqlUrlOfApp(ownerUrl), ownerUrl, log);
    assert.equal(await migrate(mysqlUrlOfApp(ownerUrl), log), 0);
    const owner = await connect(t, ownerUrl);
    await owner.query('DELETE FROM schema_migration WHERE version = 1');
    await assert.rejects(migrate(mysqlUrlOfApp(ownerUrl), log), /MYSQL_MIGRATION_URL/);
  },
);
