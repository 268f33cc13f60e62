import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import { loadConfig } from '../../../src/config.ts';
import { DataFolderInUseError } from '../../../src/local/data-lock.ts';
import { type LocalServers, startLocalServers } from '../../../src/local/local-servers.ts';
import { readRuntime } from '../../../src/local/runtime-file.ts';
import { createLogger } from '../../../src/log.ts';
import { startApp } from '../../support/app.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { runCli } from '../../support/cli.ts';
import { testFolder } from '../../support/folder.ts';
import { startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const log = createLogger('test', 'silent');

function dataFolder(t: TestContext): string {
  const folder = testFolder('data');
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function start(t: TestContext, dataDir: string): Promise<LocalServers> {
  const servers = await startLocalServers({ dataDir, log, mode: loadConfig().localServers });
  t.after(() => servers.stop());
  return servers;
}

/** As whoever sits at the machine: with all rights, and without a password. */
const redisOwner = ({ redisPort }: LocalServers): string => `redis://127.0.0.1:${redisPort}`;
const mysqlOwner = ({ mysqlMigrationUrl }: LocalServers): string => mysqlMigrationUrl as string;

async function redisCommand(url: string, ...command: [string, ...string[]]): Promise<unknown> {
  const redis = new Redis(url, { retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    return await redis.call(...command);
  } finally {
    redis.disconnect();
  }
}

async function query(url: string, sql: string): Promise<Record<string, unknown>> {
  const connection = await mysql.createConnection(url);
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[]>(sql);
    return rows[0] ?? {};
  } finally {
    await connection.end();
  }
}

test('the own servers run with the settings that the promises need', async (t) => {
  const servers = await start(t, dataFolder(t));
  const { redisUrl } = servers;
  assert.deepEqual(await redisCommand(redisUrl, 'CONFIG', 'GET', 'appendfsync'), ['appendfsync', 'always']);
  assert.deepEqual(await redisCommand(redisUrl, 'CONFIG', 'GET', 'appendonly'), ['appendonly', 'yes']);
  assert.deepEqual(await redisCommand(redisUrl, 'CONFIG', 'GET', 'maxmemory-policy'), [
    'maxmemory-policy',
    'noeviction',
  ]);
  const settings = await query(
    mysqlOwner(servers),
    `SELECT @@innodb_flush_log_at_trx_commit AS flush_log, @@time_zone AS zone, @@max_connections AS connections,
       @@character_set_server AS charset, DATABASE() AS name`,
  );
  assert.deepEqual(
    { ...settings },
    { flush_log: 1, zone: '+00:00', connections: 250, charset: 'utf8mb4', name: 'couponrush' },
  );
});

test('data and ports survive a stop and a start', async (t) => {
  const dataDir = dataFolder(t);
  const first = await start(t, dataDir);
  await redisCommand(redisOwner(first), 'SET', 'kept', 'yes');
  await query(mysqlOwner(first), 'CREATE TABLE kept (answer INT)');
  await query(mysqlOwner(first), 'INSERT INTO kept VALUES (42)');
  await first.stop();

  const second = await start(t, dataDir);
  assert.equal(second.redisUrl, first.redisUrl);
  assert.equal(second.mysqlUrl, first.mysqlUrl);
  assert.equal(await redisCommand(redisOwner(second), 'GET', 'kept'), 'yes');
  assert.equal((await query(mysqlOwner(second), 'SELECT answer FROM kept')).answer, 42);
});

test('a second start on the same data is refused and names the owner', async (t) => {
  const dataDir = dataFolder(t);
  const servers = await start(t, dataDir);
  await assert.rejects(startLocalServers({ dataDir, log }), (error) => {
    assert.ok(error instanceof DataFolderInUseError);
    assert.equal(error.pid, process.pid);
    return true;
  });
  assert.equal(await redisCommand(servers.redisUrl, 'PING'), 'PONG');
});

test('a port that another program took is replaced', async (t) => {
  const dataDir = dataFolder(t);
  const first = await start(t, dataDir);
  await first.stop();
  const squatter = createServer().listen(first.redisPort as number, '127.0.0.1');
  t.after(() => squatter.close());
  const second = await start(t, dataDir);
  assert.notEqual(second.redisPort, first.redisPort);
  assert.equal(second.mysqlPort, first.mysqlPort);
  assert.equal(await redisCommand(second.redisUrl, 'PING'), 'PONG');
});

test('a server whose URL is given is not started', async (t) => {
  const servers = await startLocalServers({
    dataDir: dataFolder(t),
    log,
    mode: loadConfig().localServers,
    mysqlUrl: 'mysql://elsewhere:1/db',
  });
  t.after(() => servers.stop());
  assert.equal(servers.mysqlUrl, 'mysql://elsewhere:1/db');
  assert.equal(servers.mysqlPort, null);
  assert.equal(await redisCommand(servers.redisUrl, 'PING'), 'PONG');
});

test('a Redis and a MySQL that are killed come back on their ports with their data', async (t) => {
  const dataDir = dataFolder(t);
  const servers = await start(t, dataDir);
  const { redisUrl } = servers;
  await redisCommand(redisOwner(servers), 'SET', 'kept', 'yes');
  await query(mysqlOwner(servers), 'CREATE TABLE kept (answer INT)');
  const runIdBefore = /run_id:(\w+)/.exec(String(await redisCommand(redisUrl, 'INFO', 'server')))?.[1];
  for (const file of [join('redis', 'redis.pid'), join('mysql', 'mysql.pid')]) {
    process.kill(Number(readFileSync(join(dataDir, file), 'utf8')), 'SIGKILL');
  }
  await waitFor('another Redis process answers', async () => {
    const runId = /run_id:(\w+)/.exec(String(await redisCommand(redisUrl, 'INFO', 'server')))?.[1];
    return runId !== runIdBefore;
  });
  assert.equal(await redisCommand(redisOwner(servers), 'GET', 'kept'), 'yes');
  await waitFor('MySQL answers again', () => query(mysqlOwner(servers), 'SELECT COUNT(*) AS n FROM kept'));
});

test('a server with a Redis of yours and a MySQL of its own tells commands where that one is', async (t) => {
  const dataDir = dataFolder(t);
  const redis = await startRedis(t);
  const { certFile, keyFile } = makeCertificates();
  const tls = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile };
  const env = { MYSQL_URL: '', MYSQL_MIGRATION_URL: '', EMBEDDED: 'mysql', COUPONRUSH_DATA_DIR: dataDir, ...tls };
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl: 'mysql://root@127.0.0.1:1/unused', env });
  const runtime = readRuntime(dataDir);
  assert.equal(runtime?.url, `https://127.0.0.1:${app.port}`);
  assert.deepEqual(await query(runtime?.mysqlUrl as string, 'SELECT COUNT(*) > 0 AS found FROM coupon'), { found: 1 });
  // Neither the port nor the scheme is known to the command by its own settings.
  const spike = await runCli(
    { COUPONRUSH_DATA_DIR: dataDir, REDIS_URL: redis.url, EMBEDDED: 'mysql', PORT: '1' },
    'spike',
    '--users',
    '50',
  );
  assert.equal(spike.code, 0, spike.stderr);
  assert.match(spike.stdout, /^50 requests .* to https:.*PROVEN/s);
  assert.equal(await app.stop(), 0);
});
