// Attack 13: what couponrush writes tells no secret, also when it fails on that very secret.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../support/app.ts';
import { runCli } from '../support/cli.ts';
import { freshDatabase, startRedis } from '../support/servers.ts';

const SECRET = 'hunter2hunter2hunter2';

test('a wrong password is in no line of the server', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const wrong = redis.url.replace('redis://', `redis://couponrush_app:${SECRET}@`);
  const env = { COUPONRUSH_LOG_LEVEL: 'debug', ADMIN_TOKEN: SECRET };
  const app = await startApp(t, { redisUrl: wrong, mysqlUrl, env, impatient: true });
  assert.equal(await app.exited(30_000), 1);
  assert.match(app.output(), /couponrush: /);
  assert.doesNotMatch(app.output(), new RegExp(SECRET));
  const { password } = new URL(mysqlUrl);
  assert.ok(password.length > 10 && !app.output().includes(password));
});

test('the settings are printed without secrets, and so is the sentence about a store that is away', async () => {
  const mysqlUrl = `mysql://couponrush_app:${SECRET}@127.0.0.1:1/couponrush`;
  const env = { REDIS_URL: `redis://app:${SECRET}@127.0.0.1:1`, MYSQL_URL: mysqlUrl, ADMIN_TOKEN: SECRET };
  for (const command of [
    ['config', 'print'],
    ['config', 'print', '--json'],
    ['verify', '1'],
    ['verify', '1', '--json'],
  ]) {
    const { stdout, stderr } = await runCli(env, ...command);
    assert.doesNotMatch(stdout + stderr, new RegExp(SECRET), command.join(' '));
  }
});
