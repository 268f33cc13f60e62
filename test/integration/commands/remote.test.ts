// The commands from another folder, with the address of an admin API and a token, and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../../src/store/database.ts';
import { ADMIN_TOKEN, startApp } from '../../support/app.ts';
import { runCliIn } from '../../support/cli.ts';
import { insertRows, numbers } from '../../support/coupon-stores.ts';
import { testFolder } from '../../support/folder.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

test('an event from a laptop that knows no password of a database', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl });
  const folder = testFolder('laptop');
  const env = { COUPONRUSH_ADMIN_URL: `${app.adminUrl}/`, COUPONRUSH_ADMIN_TOKEN: ADMIN_TOKEN };
  const run = (...args: string[]) => runCliIn(folder, env, ...args);
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads is what it checks
  const cli = async (...args: string[]): Promise<any> => {
    const { code, stdout, stderr } = await run(...args, '--json');
    assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
    return JSON.parse(stdout);
  };
  const issue = async (userId: number) => {
    const headers = { 'Commerce-User-Id': String(userId) };
    return (await fetch(`${app.url}/api/v2/me/coupons/${id}/issue`, { method: 'POST', headers })).status;
  };
  const { coupon } = await cli(...['coupon', 'create', '--name', '봄 세일', '--stock', '5', '--discount', '15%']);
  const id = String(coupon.id);
  assert.deepEqual([coupon.state, coupon.name], ['DRAFT', '봄 세일']);
  const later = await cli('coupon', 'edit', id, '--closes-at', '+2h');
  assert.ok(Math.abs(Date.parse(later.coupon.closesAt) - Date.now() - 7_200_000) < 60_000);
  assert.equal((await cli('coupon', 'preload', id)).changed, true);
  await waitFor('a user is issued it', async () => (await issue(1)) === 201);
  assert.equal((await cli('coupon', 'pause', id, '--reason', 'wrong price')).coupon.state, 'PAUSED');
  assert.equal(await issue(2), 400);
  assert.equal((await cli('coupon', 'resume', id)).coupon.state, 'OPEN');
  await waitFor('it is issued again', async () => (await issue(2)) === 201);
  assert.equal((await cli('coupon', 'restock', id, '--add', '2')).coupon.totalStock, 7);
  await waitFor('both rows are there', async () => (await cli('verify', id)).mysql.rows === 2);
  assert.equal((await cli('coupon', 'revoke', id, '2', '--yes')).changed, true);
  assert.equal((await cli('rebuild', id, '--yes')).holders, 1);
  assert.equal((await cli('coupon', 'show', id)).live.revoked, 1);
  assert.equal((await cli('coupon', 'list')).coupons[0].id, coupon.id);
  assert.equal((await cli('status')).gate, 'open');
  assert.deepEqual((await cli('dead', 'list', id)).letters, []);
  assert.deepEqual(await cli('dead', 'redrive', id, '--all'), { ok: true, sent: 0 });
  const winners = (await run('coupon', 'winners', id)).stdout.trimEnd().split('\n');
  assert.equal(winners[0], 'sequence,userId,state,issuedAt,persistedAt');
  assert.deepEqual(
    winners.slice(1).map((line) => line.split(',').slice(0, 3).join()),
    ['1,1,ISSUED', '2,2,REVOKED'],
  );
  assert.equal((await cli('coupon', 'close', id, '--yes')).drained, true);
  assert.equal((await cli('coupon', 'archive', id, '--yes')).verification.ok, true);
  const { records } = await cli('audit', '--coupon', id, '--limit', '50');
  assert.deepEqual(new Set(records.map(({ result }: { result: string }) => result)), new Set(['APPLIED']));
  assert.match(records[0].actor, /^api \S+@\S+ from 127\.0\.0\.1$/);

  // A refusal keeps its code, what is not for here says so, and both leave standard output to JSON.
  const refused = await run('coupon', 'resume', id, '--json');
  assert.deepEqual([refused.code, JSON.parse(refused.stdout).code], [1, 'STATE_CONFLICT']);
  for (const command of [['migrate'], ['spike']]) {
    const { code, stdout, stderr } = await run(...command);
    assert.deepEqual([code, stdout], [2, ''], command.join());
    assert.match(stderr, /^couponrush: [^\n]* does not work with COUPONRUSH_ADMIN_URL[^\n]*\n$/);
  }
});

test('a long list of winners comes whole, and in order', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl });
  const env = { COUPONRUSH_ADMIN_URL: app.adminUrl, COUPONRUSH_ADMIN_TOKEN: ADMIN_TOKEN };
  const COUNT = 60_000;
  const folder = testFolder('laptop');
  const run = (...args: string[]) => runCliIn(folder, env, ...args);
  const created = await run('coupon', 'create', '--name', 'x', '--stock', String(COUNT), '--discount', '5%', '--json');
  const { id } = JSON.parse(created.stdout).coupon;
  const database = openDatabase(mysqlUrl, { connections: 1, timeoutMs: 30_000 });
  await insertRows(database, id, numbers(1, COUNT));
  await database.close();
  const { code, stdout } = await run('coupon', 'winners', String(id), '--json');
  assert.equal(code, 0);
  const sequences = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).sequence);
  assert.deepEqual(sequences, numbers(1, COUNT));
});
