// On IPv6 alone: what is printed at the start can be pasted, and the commands find the server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { startApp } from '../../support/app.ts';
import { request } from '../../support/ask.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

test('a server on ::1 prints addresses that work as they are', async (t) => {
  const redis = await startRedis(t, { settings: { bind: '127.0.0.1 ::1' } });
  const app = await startApp(t, {
    redisUrl: redis.url.replace('127.0.0.1', '[::1]'),
    mysqlUrl: await freshDatabase(t),
    env: { HOST: '::1', ADMIN_HOST: '::1', METRICS_HOST: '::1', WORKERS: '1' },
  });
  const output = app.output();
  const printed = (pattern: RegExp) => pattern.exec(output)?.[1] ?? assert.fail(`${pattern} in ${output}`);
  const address = printed(/ready on (\S+)/);
  assert.equal(address, `http://[::1]:${app.port}`);
  assert.equal((await request(address, '/readyz')).status, 200);
  const [command = '', ...args] = printed(/(curl .*)/).match(/'[^']*'|\S+/g) ?? [];
  const answer = execFileSync(
    command,
    args.map((arg) => arg.replaceAll("'", '')),
    { encoding: 'utf8', stdio: 'pipe' },
  );
  assert.match(answer, /^HTTP\/1\.1 201 /);
  assert.equal((await fetch(printed(/(http:\S+openapi\.json)/))).status, 200);
  const [cli = '', ...cliArgs] = printed(/(redis-cli .*)/).split(' ');
  assert.equal(execFileSync(cli, cliArgs, { encoding: 'utf8' }).trim(), '1000');
});
