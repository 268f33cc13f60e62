// The check of MySQL before a start, against a real server.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import mysql from 'mysql2/promise';
import { createLogger } from '../../../src/log.ts';
import { checkMysql, checkMysqlForStart, type MysqlUse } from '../../../src/store/check.ts';
import { databaseName } from '../../../src/store/connection.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { migrateSchema } from '../../../src/store/migrate-schema.ts';
import { UnusableStore } from '../../../src/unusable-store.ts';
import { mysqlUrlOfApp } from '../../support/app-user.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { freshDatabase, startMysql, type TestMysql } from '../../support/servers.ts';

const silent = createLogger('test', 'silent');
const write: MysqlUse = { connections: 23, access: 'write' };
const read: MysqlUse = { connections: 4, access: 'read' };

async function refused(check: Promise<void>, expected: RegExp, curable: boolean): Promise<void> {
  await assert.rejects(check, (error) => {
    assert.ok(error instanceof UnusableStore, String(error));
    assert.match(error.message, expected);
    assert.equal(error.curable, curable, error.message);
    assert.match(error.message, /^MySQL at \S+:\d+ /);
    assert.doesNotMatch(error.message, /hush|\n/);
    return true;
  });
}

async function asOwner(t: TestContext, url: string): Promise<(sql: string) => Promise<unknown>> {
  const connection = await mysql.createConnection(url);
  connection.on('error', () => {});
  t.after(() => connection.destroy());
  return (sql) => connection.query(sql);
}

function changed(url: string, change: (url: URL) => void): string {
  const parsed = new URL(url);
  change(parsed);
  return parsed.href;
}

function withDatabase(url: string, name: string): string {
  return changed(url, (parsed) => {
    parsed.pathname = `/${name}`;
  });
}

function urlAs(url: string, user: string, password = 'hush'): string {
  return changed(url, (parsed) => {
    parsed.username = user;
    parsed.password = password;
  });
}

test('an empty database, a missing one that we may create, and a schema that is done', async (t) => {
  const url = await freshDatabase(t);
  await checkMysql(url, write);
  await refused(checkMysql(url, read), /has no tables of couponrush in database "test_/, false);
  const missing = withDatabase(url, 'not_there');
  await checkMysql(missing, write);
  await refused(checkMysql(missing, read), /has no (database "not_there"|tables)/, false);
  await checkMysqlForStart({ mysqlUrl: mysqlUrlOfApp(url), mysqlMigrationUrl: url }, { connections: 23 });
  await migrateSchema(mysqlUrlOfApp(url), url, silent);
  await checkMysqlForStart({ mysqlUrl: mysqlUrlOfApp(url), mysqlMigrationUrl: url }, { connections: 23 });
  await checkMysql(mysqlUrlOfApp(url), write);
  await checkMysql(mysqlUrlOfApp(url), read);
});

test('a MySQL that is not there, by port, by name, silent, or named without a database', async (t) => {
  await refused(checkMysql('mysql://a:hush@127.0.0.1:1/x', write), /127\.0\.0\.1:1 can't be reached: the conn/, true);
  await refused(checkMysql('mysql://a:hush@no-such-host.invalid/x', write), /:3306 .*host name is not known/, true);
  for (const path of ['', '/']) {
    const reason = /is named without a database: add it to MYSQL_URL as the path/;
    await refused(checkMysql(`mysql://a:hush@127.0.0.1:1${path}`, write), reason, false);
  }
  const server = await startMysql(t);
  await server.freeze();
  await refused(checkMysql(server.mysqlUrl, write), /did not answer in time/, true);
  await server.resume();
});

test('users: wrong password, none, unknown, and without rights', async (t) => {
  const url = await freshDatabase(t);
  const owner = await asOwner(t, url);
  const name = `u${process.pid}`;
  await owner(`CREATE USER '${name}'@'%' IDENTIFIED BY 'hush'`);
  t.after(async () => {
    // The database is dropped already.
    const again = await mysql.createConnection(withDatabase(url, ''));
    await again.query(`DROP USER '${name}'@'%'`);
    await again.end();
  });
  await refused(checkMysql(urlAs(url, name, 'wrong'), write), /refuses user "u\d+": the password in MYSQL_URL/, false);
  await refused(checkMysql(urlAs(url, name, ''), write), /refuses user "u\d+" without a password/, false);
  await refused(checkMysql(urlAs(url, 'unknown'), write), /refuses user "unknown"/, false);
  await refused(checkMysql(urlAs(url, name), write), /too few rights on database "test_.*MYSQL_MIGRATION_URL/, false);
  await refused(checkMysql(urlAs(url, name), read), /too few rights on database/, false);
  const both = { mysqlUrl: url, mysqlMigrationUrl: urlAs(url, name, 'wrong') };
  await refused(checkMysqlForStart(both, { connections: 1 }), /the password in MYSQL_MIGRATION_URL is wrong/, false);

  await migrate(url, silent);
  await owner(`GRANT ALL ON ${databaseName(url)}.* TO '${name}'@'%'`);
  const ungranting = migrateSchema(mysqlUrlOfApp(url), urlAs(url, name), silent).then(() => {});
  await refused(ungranting, /does not let user "u\d+" grant rights .*GRANT OPTION/, false);
  await owner(`REVOKE ALL ON ${databaseName(url)}.* FROM '${name}'@'%'`);
  await owner(`GRANT SELECT ON ${databaseName(url)}.* TO '${name}'@'%'`);
  await refused(checkMysql(urlAs(url, name), write), /too few rights/, false);
  await checkMysql(urlAs(url, name), read);
  // Global rights on rows, and none to create a database.
  await owner(`GRANT SELECT, INSERT, UPDATE ON *.* TO '${name}'@'%'`);
  const missing = withDatabase(urlAs(url, name), 'not_there');
  await assert.rejects(
    migrate(missing, silent),
    /^UnusableStore: MySQL at .* has no database "not_there", and this user/,
  );
});

test('a server that is read-only is waited for, and read from', async (t) => {
  const server = await startMysql(t);
  await migrateSchema(mysqlUrlOfApp(server.mysqlUrl), server.mysqlUrl, silent);
  const owner = await asOwner(t, server.mysqlUrl);
  await owner('SET GLOBAL read_only = ON');
  const app = mysqlUrlOfApp(server.mysqlUrl);
  await refused(checkMysql(app, write), /is read-only: MYSQL_URL must lead to the writer/, true);
  await checkMysql(app, read);
  const empty = withDatabase(server.mysqlUrl, 'not_there');
  await refused(checkMysql(empty, write), /is read-only/, true);
  await owner('SET GLOBAL read_only = OFF');
  await checkMysql(app, write);
});

test(
  'a server or a user with too few connections for ' + 'the pools is refused, with the number that is needed',
  async (t) => {
    const server = await startMysql(t, { settings: ['--max-connections=22'] });
    const few = /allows 22 connections .* may open 23: raise them, or lower WORKERS or COUPONRUSH_READ_CONNECTIONS/;
    await refused(checkMysql(server.mysqlUrl, write), few, false);
    await checkMysql(server.mysqlUrl, { ...write, connections: 22 });
    const owner = await asOwner(t, server.mysqlUrl);
    await owner("CREATE USER 'few'@'%' IDENTIFIED BY 'hush' WITH MAX_USER_CONNECTIONS 7");
    await owner("GRANT ALL ON *.* TO 'few'@'%'");
    await refused(
      checkMysql(urlAs(server.mysqlUrl, 'few'), { ...write, connections: 8 }),
      /allows 7 connections/,
      false,
    );
    const url = urlAs(server.mysqlUrl, 'few');
    const held = await Promise.all(Array.from({ length: 7 }, () => mysql.createConnection(url)));
    await refused(checkMysql(url, { ...write, connections: 7 }), /has no connection left/, true);
    for (const connection of held) connection.destroy();
  },
);

function tlsUrl(server: TestMysql, ca?: string): string {
  return changed(server.mysqlUrl.replace('mysql:', 'mysqls:'), (parsed) => {
    if (ca !== undefined) parsed.searchParams.set('ca', ca);
  });
}

test('TLS to a plain server and the reverse, an unknown authority, another name', async (t) => {
  const { certFile, otherNameCertFile, keyFile, caFile, otherCaFile } = makeCertificates();
  const files = (cert: string) => [`--ssl-ca=${caFile}`, `--ssl-cert=${cert}`, `--ssl-key=${keyFile}`];
  const server = await startMysql(t, { settings: files(certFile) });
  await checkMysql(tlsUrl(server, caFile), write);
  await refused(checkMysql(tlsUrl(server), write), /authority that is not known here .* set MYSQL_CA_FILE/, false);
  await refused(checkMysql(tlsUrl(server, otherCaFile), write), /authority that is not known here/, false);
  await refused(
    checkMysql(tlsUrl(server, '/no/such.pem'), write),
    /MYSQL_CA_FILE \/no\/such\.pem can't be read/,
    false,
  );
  const owner = await asOwner(t, server.mysqlUrl);
  await owner("CREATE USER 'tls'@'%' IDENTIFIED BY 'hush' REQUIRE SSL");
  await refused(checkMysql(urlAs(server.mysqlUrl, 'tls'), write), /must connect by TLS \(mysqls:\/\/\)/, false);
  await server.restart({ settings: files(otherNameCertFile) });
  await refused(checkMysql(tlsUrl(server, caFile), write), /has a certificate for another name/, false);
  await server.restart({ settings: ['--skip-ssl'] });
  await refused(checkMysql(tlsUrl(server), write), /does not speak TLS: begin MYSQL_URL with mysql:\/\//, false);
});
