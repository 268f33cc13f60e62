// The start asks both stores before it changes anything, waits for one that is down, and says what it waits for.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import mysql from 'mysql2/promise';
import { loadConfig } from '../../../src/config.ts';
import { openClaimMemory } from '../../../src/gate/claim-memory.ts';
import { redisConnections } from '../../../src/redis/connection-budget.ts';
import { INSTALLATION, VERIFIED_RUN_ID } from '../../../src/redis/keys.ts';
import { mysqlConnections } from '../../../src/store/connection-budget.ts';
import { type App, startApp } from '../../support/app.ts';
import { issue, request } from '../../support/ask.ts';
import { startFakeRedis } from '../../support/fake-redis.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { testFolder } from '../../support/folder.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { query } from '../../support/sql.ts';
import { waitFor } from '../../support/wait.ts';

function start(t: TestContext, redisUrl: string, mysqlUrl: string, env: Record<string, string> = {}): Promise<App> {
  return startApp(t, { redisUrl, mysqlUrl, env, impatient: true });
}

async function tablesIn(mysqlUrl: string): Promise<number> {
  const connection = await mysql.createConnection(mysqlUrl);
  const [rows] = await connection.query('SHOW TABLES');
  await connection.end();
  return (rows as unknown[]).length;
}

/** All that is on standard error: the start has failed with one sentence. */
function lastLine(app: App): string {
  return app.output().trimEnd().split('\n').at(-1) ?? '';
}

test(
  'a Redis that is too old, or that has no such user, ' + 'ends the start at once and leaves MySQL as it was',
  async (t) => {
    const mysqlUrl = await freshDatabase(t);
    const old = await startFakeRedis(t, { AUTH: 'OK', PING: 'PONG', INFO: 'redis_version:6.2.14\r\nrun_id:0\r\n' });
    const redis = await startRedis(t);
    const cases: [string, RegExp][] = [
      [
        old.url,
        /^couponrush: Redis at 127\.0\.0\.1:\d+ \(6\.2\.14\) is too old: couponrush needs Redis 7\.0 or later$/,
      ],
      [redis.url.replace('//', '//nobody:hush@'), /^couponrush: Redis at \S+ refuses user "nobody": the password in/],
    ];
    for (const [url, expected] of cases) {
      const app = await start(t, url.replace('//', url.includes('@') ? '//' : '//:x@'), mysqlUrl);
      assert.equal(await app.exited(10_000), 1);
      assert.match(lastLine(app), expected);
      assert.doesNotMatch(app.output(), /hush|waiting/);
      assert.equal(await tablesIn(mysqlUrl), 0, 'nothing was migrated');
    }
  },
);

test('what is wrong with both stores is one sentence, and a limit of 0 waits for neither', async (t) => {
  const nowhere = 'redis://:hush@127.0.0.1:1';
  const app = await start(t, nowhere, 'mysql://a:hush@127.0.0.1:2/x', { START_WAIT_MS: '0', MYSQL_MIGRATION_URL: '' });
  assert.equal(await app.exited(10_000), 1);
  assert.match(
    lastLine(app),
    /^couponrush: Redis at 127\.0\.0\.1:1 can't be reached: [^;]+; [^;]+; MySQL at 127\.0\.0\.1:2 can't be reached: /,
  );
  assert.doesNotMatch(app.output(), /hush|waiting/);
  const unnamed = await start(t, nowhere, 'mysql://a:hush@127.0.0.1:2', { MYSQL_MIGRATION_URL: '' });
  assert.equal(await unnamed.exited(10_000), 1, 'a missing database name is not waited for');
  assert.match(lastLine(unnamed), /^couponrush: MySQL at 127\.0\.0\.1:2 is named without a database/);
});

test(
  'a store that is down is waited for with a line each ' + 'five seconds, and the time is over at START_WAIT_MS',
  async (t) => {
    const mysqlUrl = await freshDatabase(t);
    const startedMs = performance.now();
    const app = await start(t, 'redis://:hush@127.0.0.1:1', mysqlUrl, { START_WAIT_MS: '5800' });
    assert.equal(await app.exited(15_000), 1);
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs > 5800, `${tookMs}`);
    const lines = app.output().match(/^couponrush: waiting, .+$/gm) ?? [];
    assert.equal(lines.length, 2, app.output());
    for (const [index, line] of lines.entries()) {
      const expected =
        `waiting, ${index * 5} s so far, until \\d\\d:\\d\\d:\\d\\d ` +
        `UTC \\(START_WAIT_MS\\): Redis at 127\\.0\\.0\\.1:1 can't`;
      assert.match(line, new RegExp(expected));
    }
    assert.match(lastLine(app), /^couponrush: Redis at .* can't be reached: .*; waited 6 s \(START_WAIT_MS\)$/);
    assert.equal(await tablesIn(mysqlUrl), 0, 'nothing was migrated');
  },
);

test('stores that come up meanwhile are used, and a start that waits ends at once when it is asked to', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const proxy = await FaultProxy.start(t, Number(new URL(mysqlUrl).port));
  await redis.kill();
  proxy.down();
  const app = await start(t, redis.url, proxy.urlOf(mysqlUrl));
  const leaving = await start(t, redis.url, proxy.urlOf(mysqlUrl));
  await waitFor('both wait', () => [app, leaving].every((each) => each.output().includes('waiting, 0 s so far')));
  const askedMs = performance.now();
  assert.equal(await leaving.stop(), 0);
  assert.ok(performance.now() - askedMs < 2000, 'it does not wait for the stores first');
  assert.doesNotMatch(leaving.output(), /can't be reached: .*\(START_WAIT_MS\)$/m);
  await redis.restart();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.doesNotMatch(app.output(), /ready on/, 'an empty Redis that is not verified needs MySQL');
  await proxy.heal();
  await waitFor('it is ready', () => app.output().includes('ready on'), { withinMs: 15_000 });
});

test('a second start serves before its persister and admin process run, and is ready after that', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  // In which it has seen that this Redis belongs to this MySQL.
  const env = { WORKERS: '3', COUPONRUSH_DATA_DIR: testFolder('data') };
  const first = await startApp(t, { redisUrl: redis.url, mysqlUrl, env });
  assert.equal(await first.stop(), 0);
  const app = await start(t, redis.url, mysqlUrl, env);
  const answer = await waitFor('a user is answered', () => issue(app.url, 1, 1).catch(() => null), { everyMs: 2 });
  const readiness = await request(app.url, '/readyz');
  const others = ['persister', 'admin'].flatMap((title) => app.pids(title));
  assert.equal(answer.status, 201, answer.code);
  assert.deepEqual(others, [], 'neither has been started');
  assert.equal(readiness.status, 503);
  assert.equal((readiness.body.checks as Record<string, string>).server, 'starts');
  await waitFor('a balancer may send requests', async () => (await request(app.url, '/readyz')).status === 200);
  assert.deepEqual(
    ['http', 'persister', 'admin'].map((title) => app.pids(title).length),
    [3, 1, 1],
  );
  const rows = () => query(mysqlUrl, 'SELECT user_id FROM user_coupon');
  await waitFor('what was granted before has its row', async () => (await rows()).length === 1);
});

test('a verified Redis is served without MySQL, unless strict durability finds it unsafe', async (t) => {
  const redis = await startRedis(t, { settings: { appendfsync: 'everysec' } });
  const runId = /run_id:(\w+)/.exec(String(await redis.cli('INFO', 'server')))?.[1] as string;
  await redis.cli('SET', VERIFIED_RUN_ID, runId);
  await redis.cli('HSET', INSTALLATION, 'id', 'an-installation', 'claim', 'a-claim', 'server', 'a-server');
  const nowhere = 'mysql://couponrush:hush@127.0.0.1:2/x';
  const COUPONRUSH_DATA_DIR = testFolder('data');
  const stranger = await start(t, redis.url, nowhere, { COUPONRUSH_DATA_DIR, START_WAIT_MS: '0' });
  assert.equal(await stranger.exited(10_000), 1, 'this node has never seen that Redis belongs to this MySQL');
  openClaimMemory(COUPONRUSH_DATA_DIR, nowhere).keep('a-claim');
  const strict = await start(t, redis.url, nowhere, { COUPONRUSH_DATA_DIR, STRICT_DURABILITY: 'true' });
  assert.equal(await strict.exited(10_000), 1);
  assert.match(lastLine(strict), /^couponrush: STRICT_DURABILITY is set, and Redis has appendfsync = everysec/);
  const app = await start(t, redis.url, nowhere, { COUPONRUSH_DATA_DIR, START_WAIT_MS: '0' });
  await waitFor('it is ready', () => app.output().includes('ready on'), { withinMs: 15_000 });
  const { checks } = (await (await fetch(`${app.url}/readyz`)).json()) as { checks: Record<string, string> };
  assert.match(checks.mysql ?? '', /^unreachable/);
  assert.equal(await app.stop(), 0);
});

test('a running server opens no more connections than the check asks for', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const env = { WORKERS: '3', COUPONRUSH_READ_CONNECTIONS: '4', COUPONRUSH_REDIS_CONNECTIONS: '3' };
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl, env });
  const config = loadConfig(env);
  const ask = (user: number) =>
    fetch(`${app.url}/api/v2/me/coupons`, { headers: { 'Commerce-User-Id': String(user) } }).then((reply) =>
      reply.text(),
    );
  await Promise.all(Array.from({ length: 200 }, (_, index) => ask(index + 1)));
  const clients = String(await redis.cli('CLIENT', 'LIST')).match(/name=couponrush-/g)?.length;
  assert.equal(clients, redisConnections(config));
  const connection = await mysql.createConnection(mysqlUrl);
  t.after(() => connection.destroy());
  const sql = 'SELECT COUNT(*) AS n FROM information_schema.processlist WHERE user = ? AND db = DATABASE()';
  const [rows] = await connection.query(sql, ['couponrush_app']);
  const { n } = (rows as { n: number }[])[0] as { n: number };
  // Two for reads and issuing in each HTTP worker, and two insert threads, are the least that were asked for.
  assert.ok(n >= 8 && n <= mysqlConnections(config), `${n} of ${mysqlConnections(config)}`);
});
