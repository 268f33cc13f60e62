// The commands of docs/backup.md, run as they stand there: a dump in a rush, restored with an empty Redis and beside
// one that survived.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { projectRoot } from '../../../src/project.ts';
import { connectForCommands } from '../../../src/redis/connections.ts';
import { openDatabase } from '../../../src/store/database.ts';
import type { App, AppOptions } from '../../support/app.ts';
import { mysqlUrlOfApp } from '../../support/app-user.ts';
import { issue } from '../../support/ask.ts';
import { testFolder } from '../../support/folder.ts';
import { type Scene, startScene } from '../../support/scene.ts';
import { dataFolder } from '../../support/second-deployment.ts';
import { type Scope, startMysql, startRedis } from '../../support/servers.ts';
import { query } from '../../support/sql.ts';
import { waitFor } from '../../support/wait.ts';

const PATIENCE_MS = 60_000;
const TIMEOUT_MS = 5000;
/** On a busy machine nothing is refused for its slowness. */
const patient = { COUPONRUSH_QUEUE_DELAY_MAX_MS: '10000', ISSUE_DEADLINE_MS: '10000' };
const run = promisify(execFile);

/** The blocks of shell commands under this heading of docs/backup.md. */
function commandsOf(heading: string): string[] {
  const [, ...sections] = readFileSync(join(projectRoot, 'docs/backup.md'), 'utf8').split(/^## /m);
  const section = sections.find((each) => each.startsWith(`${heading}\n`));
  assert.ok(section, `docs/backup.md has no "${heading}"`);
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands = '']) => commands);
}

/** A shell of the operator who reads the page: with mysql.cnf and couponrush, and the name of his database. */
function operatorShell(coupon: number) {
  const folder = testFolder('backup');
  const program = join(folder, 'couponrush');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(projectRoot, 'dist/src/cli.js')}' "$@"\n`);
  chmodSync(program, 0o755);
  return async (commands: string, mysqlUrl: string, redisUrl = 'redis://127.0.0.1:1'): Promise<string> => {
    const { hostname, port, username, password, pathname } = new URL(mysqlUrl);
    const account = `host=${hostname}\nport=${port}\nuser=${username}\npassword=${decodeURIComponent(password)}\n`;
    writeFileSync(join(folder, 'mysql.cnf'), `[client]\n${account}`, { mode: 0o600 });
    const named = commands.replace(/^database=.*$/m, `database=${pathname.slice(1)}`);
    const env = {
      ...process.env,
      PATH: `${folder}:${process.env.PATH}`,
      REDIS_URL: redisUrl,
      MYSQL_URL: mysqlUrlOfApp(mysqlUrl),
      MYSQL_MIGRATION_URL: mysqlUrl,
      coupon: String(coupon),
    };
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', named], { cwd: folder, env });
    return stdout;
  };
}

type Shell = ReturnType<typeof operatorShell>;

/** Another MySQL with what the dump has. @returns its URL */
async function restore(t: Scope, shell: Shell): Promise<string> {
  const { mysqlUrl } = await startMysql(t);
  await query(mysqlUrl, `DROP DATABASE ${new URL(mysqlUrl).pathname.slice(1)}`);
  const [commands = ''] = commandsOf('Restore MySQL');
  await shell(commands, mysqlUrl);
  return mysqlUrl;
}

/** It builds Redis from MySQL first, or compares them. */
async function startPatiently(scene: Scene, options: Partial<AppOptions>): Promise<App> {
  const node = await scene.startNode({ ...options, impatient: true });
  await waitFor('the node is ready', () => node.output().includes('ready on'), { withinMs: PATIENCE_MS });
  return node;
}

/** A coupon in a rush, and a dump of its MySQL from the middle of it. */
async function dumpInARush(t: Parameters<typeof startScene>[0]) {
  const env = { ...patient, COUPONRUSH_DATA_DIR: dataFolder(t) };
  const scene = await startScene(t, { stock: 20_000, mysql: {}, env });
  const shell = operatorShell(scene.couponId);
  const rush = scene.rush({ perSecond: 100, seconds: 120, patienceMs: 15_000 });
  await waitFor('rows are written', async () => (await scene.countRows()) > 200, { withinMs: PATIENCE_MS });
  const [backup = ''] = commandsOf('Take a backup');
  await shell(backup, scene.stores.mysqlUrl);
  const grantedAtDump = rush.granted;
  await waitFor('the rush went on', () => rush.granted > grantedAtDump + 200, { withinMs: PATIENCE_MS });
  return { scene, shell, rush, env };
}

test('a dump of a rush, restored into an empty pair of stores: paused, verify says 0, and it goes on', async (t) => {
  const { scene, shell, rush } = await dumpInARush(t);
  rush.stop();
  await rush.done;
  await scene.app.stop();
  const mysqlUrl = await restore(t, shell);
  const redis = await startRedis(t);
  const [pause = '', verify = '', resume = ''] = commandsOf('Both are lost: start with an empty Redis');
  await shell(pause, mysqlUrl);
  const env = { COUPONRUSH_DATA_DIR: dataFolder(t) };
  const node = await startPatiently(scene, { redisUrl: redis.url, mysqlUrl, env });

  const output = await shell(verify, mysqlUrl, redis.url);
  t.diagnostic(output.split('\n')[0] ?? '');
  const held = await query<{ user: number }>(mysqlUrl, 'SELECT user_id AS user FROM user_coupon WHERE coupon_id = ?', [
    scene.couponId,
  ]);
  assert.ok(held.length > 200 && held.length < rush.granted, `${held.length} rows of ${rush.granted} grants`);
  assert.equal(await redis.cli('SCARD', `issue:coupon:${scene.couponId}`), held.length);
  const newcomer = 9_000_000;
  assert.notEqual((await issue(node.url, scene.couponId, newcomer)).status, 201, 'paused');

  await shell(resume, mysqlUrl, redis.url);
  await waitFor('issued again', async () => (await issue(node.url, scene.couponId, newcomer)).status === 201);
  const holder = (held[0] as { user: number }).user;
  assert.equal((await issue(node.url, scene.couponId, holder)).code, 'ALREADY_ISSUED_COUPON');
  await waitFor('the row is written', async () => {
    const rows = 'SELECT 1 FROM user_coupon WHERE coupon_id = ? AND user_id = ?';
    return (await query(mysqlUrl, rows, [scene.couponId, newcomer])).length === 1;
  });
  await shell(verify, mysqlUrl, redis.url);
});

test(
  'a dump of a rush, restored beside the Redis that ' + 'survived: nobody who was granted a coupon is missing',
  async (t) => {
    const { scene, shell, rush, env } = await dumpInARush(t);
    await scene.mysql.kill();
    const grantedBefore = rush.granted;
    await waitFor('issued without MySQL', () => rush.granted > grantedBefore + 100, { withinMs: PATIENCE_MS });
    rush.stop();
    const history = await rush.done;
    await scene.app.stop();
    const mysqlUrl = await restore(t, shell);
    const redisUrl = scene.stores.server.url;
    const [move = '', verify = ''] = commandsOf('Redis survived: move it to the restored MySQL');
    await shell(move, mysqlUrl, redisUrl);
    const node = await startPatiently(scene, { mysqlUrl, env: { ...env, COUPONRUSH_DATA_DIR: dataFolder(t) } });

    const database = openDatabase(mysqlUrl, { connections: 4, timeoutMs: TIMEOUT_MS });
    const redis = connectForCommands(redisUrl, 'test', TIMEOUT_MS);
    t.after(async () => {
      redis.disconnect();
      await database.close();
    });
    // Redis knows who holds a coupon, and not who had which number.
    const allowed = { violationsAllowed: ['sequenceMismatch'] } as const;
    const { rows, granted } = await scene.prove(history, { url: node.url, stores: { redis, database }, ...allowed });
    assert.ok(rows >= granted && granted > grantedBefore);
    await shell(verify, mysqlUrl, redisUrl);
  },
);
