// The commands of operators, where they refuse, and what they say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../../src/log.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { runCli } from '../../support/cli.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

test('config print tells where each setting comes from, and masks what is secret', async () => {
  const env = {
    REDIS_URL: 'redis://cache:6379',
    MYSQL_URL: 'mysql://app:hunter2hunter2@db:3306/c',
    ADMIN_TOKEN: 'hunter2hunter2hunter2',
    WORKERS: '3',
  };
  const { code, stdout } = await runCli(env, 'config', 'print', '--json');
  assert.equal(code, 0);
  assert.ok(!stdout.includes('hunter2'));
  const { settings } = JSON.parse(stdout) as { settings: { name: string; value: string; origin: string }[] };
  const of = (name: string) => settings.find((setting) => setting.name === name);
  assert.deepEqual(of('MYSQL_URL'), { name: 'MYSQL_URL', value: 'mysql://app:***@db:3306/c', origin: 'environment' });
  assert.deepEqual(of('ADMIN_TOKEN'), { name: 'ADMIN_TOKEN', value: '***', origin: 'environment' });
  assert.deepEqual(of('WORKERS'), { name: 'WORKERS', value: '3', origin: 'environment' });
  assert.deepEqual(of('PRELOAD_AHEAD_MINUTES'), { name: 'PRELOAD_AHEAD_MINUTES', value: '10', origin: 'default' });
  const wrong = await runCli({ WORKERS: '0', COUPONRUSH_TYPO: '1' }, 'config', 'print');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /WORKERS[\s\S]*COUPONRUSH_TYPO/);
});

test('what can not be undone wants --yes, refusals have a code, and nothing is coloured', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const env = { REDIS_URL: redis.url, MYSQL_URL: mysqlUrl };
  const cli = (line: string) => runCli(env, ...line.split(' '));
  const migrated = await cli('migrate --json');
  assert.ok(JSON.parse(migrated.stdout).applied >= 4);
  assert.equal(await migrate(mysqlUrl, createLogger('test', 'silent')), 0);

  assert.equal((await cli('coupon list')).stdout, 'There is no coupon yet.\n');
  assert.match((await cli('coupon create --name Sale --stock 5 --discount 10%')).stdout, /^Coupon 1 is created, DRAFT/);
  const pausing = await cli('coupon pause 1 --json');
  assert.deepEqual([pausing.code, JSON.parse(pausing.stdout).code], [1, 'STATE_CONFLICT']);
  assert.match((await cli('coupon preload 1')).stdout, /^Coupon 1 is loaded/);
  assert.match((await cli('coupon preload 1')).stdout, /loaded already/);

  for (const line of ['coupon close 1', 'coupon revoke 1 7', 'rebuild 1']) {
    const { code, stdout, stderr } = await cli(line);
    assert.deepEqual([code, stdout], [2, ''], line);
    assert.match(stderr, /--yes/);
    if (line === 'coupon close 1') assert.match(stderr, /Coupon 1 "Sale" \(open, 5 of 5 left\): It is closed for good/);
  }
  assert.equal((await cli('coupon restock 1')).code, 2);
  assert.match((await cli('coupon restock 1 --add 5 --if-version 9')).stderr, /has version 1, not 9/);
  assert.match((await cli('coupon restock 1 --add 5')).stdout, /stock of 10/);
  assert.match((await cli('coupon revoke 1 7 --yes')).stderr, /does not hold/);
  assert.match((await cli('rebuild 1 --yes')).stdout, /0 holders/);
  assert.match((await cli('dead list 1')).stdout, /no dead letters/);
  assert.equal((await cli('dead show 1 1-1')).code, 1);
  assert.equal((await cli('dead redrive 1 x')).code, 2);

  // No server runs: the gate is shut, which is what the exit code tells.
  const status = await cli('status');
  assert.equal(status.code, 1);
  assert.match(status.stdout, /nothing is issued[\s\S]*No process of a server/);
  const show = await cli('coupon show 1');
  assert.match(show.stdout, /Coupon 1\n\s+name\s+Sale[\s\S]*restock\s+APPLIED[\s\S]*preload\s+APPLIED/);
  assert.match((await cli('audit --coupon 1 --limit 20')).stdout, /totalStock 5 → 10/);
  for (const { stdout } of [show, status]) assert.ok(!stdout.includes('\u001b'));
  for (const line of ['coupon show 404', 'coupon pause 404', 'coupon winners 404']) {
    assert.equal((await cli(line)).code, 1, line);
  }
});
