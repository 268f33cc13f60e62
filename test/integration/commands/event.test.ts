// A whole event by the command line alone, against a running server: the example of docs/operations.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../support/app.ts';
import { mysqlUrlOfApp, redisUrlOfApp } from '../../support/app-user.ts';
import { runCli } from '../../support/cli.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

const OPENS_AFTER_S = 8;

test('an event from the first command to the last', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl });
  // With the rights of production: nothing in the life of a coupon needs more.
  const env = { REDIS_URL: redisUrlOfApp(redis.url), MYSQL_URL: mysqlUrlOfApp(mysqlUrl) };
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads is what it checks
  const cli = async (...args: string[]): Promise<any> => {
    const { code, stdout, stderr } = await runCli(env, ...args, '--json');
    assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
    return JSON.parse(stdout);
  };
  const issue = async (userId: number): Promise<{ status: number; code?: string; opensAt?: string }> => {
    const response = await fetch(`${app.url}/api/v2/me/coupons/${id}/issue`, {
      method: 'POST',
      headers: { 'Commerce-User-Id': String(userId) },
    });
    return { ...((await response.json()) as object), status: response.status };
  };
  const spike = (users: number, firstUser: number) =>
    cli('spike', '--coupon', id, '--users', String(users), '--first-user', String(firstUser), '--url', app.url);

  const { coupon } = await cli(
    ...['coupon', 'create', '--name', 'Opening sale', '--stock', '200', '--discount', '15%'],
    ...['--opens-at', `+${OPENS_AFTER_S}s`],
  );
  const id = String(coupon.id);

  // It is preloaded by itself; until it opens, everybody is told when, and nothing is consumed.
  await waitFor('it is preloaded', async () => (await cli('coupon', 'show', id)).live !== null);
  const early = await issue(900_001);
  assert.deepEqual([early.status, early.code, early.opensAt], [400, 'NOT_OPEN_COUPON', coupon.opensAt]);
  const before = await cli('coupon', 'show', id);
  assert.deepEqual([before.phase, before.live.holders, before.live.sequence], ['scheduled', 0, 0]);
  assert.equal(before.audit[0].actor, 'auto-preload');

  await waitFor('it opens by itself', async () => (await cli('coupon', 'show', id)).phase === 'open');
  assert.ok(Date.now() >= Date.parse(coupon.opensAt) - 1000);
  const rush = await spike(600, 1);
  assert.deepEqual([rush.users.granted, rush.ok], [200, true]);
  assert.equal((await cli('coupon', 'show', id)).phase, 'sold-out');

  await cli('coupon', 'restock', id, '--add', '100', '--reason', 'the marketing budget was raised');
  const again = await spike(600, 1001);
  assert.deepEqual([again.users.granted, again.ok], [100, true]);

  await cli('coupon', 'restock', id, '--add', '1');
  await cli('coupon', 'pause', id);
  assert.equal((await issue(900_001)).code, 'NOT_OPEN_COUPON');
  await cli('coupon', 'resume', id);
  assert.equal((await issue(900_001)).status, 201);

  const closed = await cli('coupon', 'close', id, '--yes');
  assert.deepEqual([closed.drained, closed.backlog, closed.deadLetters], [true, 0, 0]);
  assert.equal((await issue(900_002)).code, 'EXPIRED_COUPON');
  assert.equal((await issue(900_001)).code, 'ALREADY_ISSUED_COUPON');
  const proof = await cli('verify', id);
  assert.deepEqual([proof.ok, proof.mysql.rows, proof.mysql.stock], [true, 301, 0]);

  const archived = await cli('coupon', 'archive', id, '--yes');
  assert.deepEqual([archived.coupon.state, archived.verification.ok], ['ARCHIVED', true]);
  assert.deepEqual(await redis.cli('EXISTS', `coupon:${id}:stock`, `issue:coupon:${id}`, `coupon:${id}:meta`), 0);
  const { stdout } = await runCli(env, 'coupon', 'winners', id);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 302);
  assert.equal(lines[0], 'sequence,userId,state,issuedAt,persistedAt');
  assert.deepEqual(
    lines.slice(1).map((line) => Number(line.split(',')[0])),
    Array.from({ length: 301 }, (_, index) => index + 1),
  );
  const status = await cli('status');
  assert.deepEqual([status.gate, Object.keys(status.processes)], ['open', ['admin', 'http 1', 'http 2', 'persister']]);
});
