// Named operators of a running server: added at the command line, known within a second, bounded by their role.
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startApp } from '../../support/app.ts';
import { runCli, runCliIn } from '../../support/cli.ts';
import { testFolder } from '../../support/folder.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

test('an operator is added, works in the own name and role, and is removed, while the server runs', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const file = join(testFolder('operators'), 'operators');
  const env = { COUPONRUSH_OPERATORS_FILE: file };
  writeFileSync(file, '# our operators');
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl, env });
  const add = async (name: string, role: string): Promise<string> => {
    const { code, stdout, stderr } = await runCli(env, 'operator', 'add', name, '--role', role, '--json');
    assert.equal(code, 0, stderr);
    const { token } = JSON.parse(stdout);
    assert.ok(!readFileSync(file, 'utf8').includes(token), 'the token is kept nowhere');
    return token;
  };
  const alice = await add('alice', 'operator');
  const vera = await add('vera', 'viewer');
  const as = (token: string) => (line: string) =>
    runCliIn(
      testFolder('laptop'),
      { COUPONRUSH_ADMIN_URL: app.adminUrl, COUPONRUSH_ADMIN_TOKEN: token },
      ...line.split(' '),
    );
  await waitFor('the server knows both', async () => (await as(vera)('coupon list')).code === 0);
  assert.equal((await as(alice)('coupon create --name Sale --stock 5 --discount 10% --preload')).code, 0);
  const refused = await as(vera)('coupon pause 2 --json');
  assert.deepEqual([refused.code, JSON.parse(refused.stdout).code], [1, 'FORBIDDEN_OPERATOR']);
  assert.match(JSON.parse(refused.stdout).error, /for operator, admin, and you are viewer/);
  const trail = (await as(alice)('audit --limit 2')).stdout;
  assert.match(trail, /REFUSED +vera \(viewer\) from 127\.0\.0\.1/);
  assert.match(trail, /alice \(operator\) from 127\.0\.0\.1/);

  // What the server runs with, and not this shell; its secrets stay there.
  const { stdout } = await as(alice)('config print --json');
  const { from, settings } = JSON.parse(stdout);
  const of = (name: string) => settings.find((setting: { name: string }) => setting.name === name);
  assert.equal(from, 'server');
  const environment = { origin: 'environment' };
  assert.deepEqual(of('PORT'), {
    ...environment,
    name: 'PORT',
    value: String(app.port),
    meaning: 'port of the issue API',
  });
  assert.deepEqual(of('ADMIN_TOKEN'), {
    ...environment,
    name: 'ADMIN_TOKEN',
    value: '***',
    meaning: 'bearer token of the admin API',
  });
  assert.match(of('MYSQL_MIGRATION_URL').value, /^mysql:\/\/\w+(:\*\*\*)?@/);

  assert.equal((await runCli(env, 'operator', 'remove', 'vera')).code, 0);
  await waitFor('the token is wrong', async () => (await as(vera)('coupon list')).code === 1);
  assert.match((await as(vera)('coupon list')).stderr, /does not know the token of COUPONRUSH_ADMIN_TOKEN\n$/);
  // A slip in the file does not shut the others out.
  writeFileSync(file, `${readFileSync(file, 'utf8')}bob boss\n`);
  await waitFor('it is reported', () => /line \d+ of .* must be a name/.test(app.output()));
  assert.equal((await as(alice)('coupon list')).code, 0);
});

test('a bad file of operators keeps the server from starting, by its line', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const file = join(testFolder('operators'), 'operators');
  writeFileSync(file, '# one\nalice boss sha256:00\n');
  const env = { COUPONRUSH_OPERATORS_FILE: file };
  const app = await startApp(t, { redisUrl: redis.url, mysqlUrl, env, impatient: true });
  assert.equal(await app.exited(20_000), 1);
  assert.match(app.output(), /couponrush: line 2 of \S+ has a role that is none of viewer, support, operator, admin/);
});

test('operator add, list and remove refuse what is wrong, and change nothing', async () => {
  const file = join(testFolder('operators'), 'operators');
  const cli = (...args: string[]) => runCli({}, 'operator', ...args);
  const printed = await cli('add', 'alice', '--role', 'viewer');
  assert.match(printed.stdout, /Append this line .*:\nalice viewer sha256:[0-9a-f]{64}\n$/);
  const kept = await cli('add', 'alice', '--role', 'viewer', '--file', file);
  assert.equal(kept.code, 0);
  assert.ok(kept.stdout.endsWith(`\n\nIts hash is in ${file}.\n`), kept.stdout);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const before = readFileSync(file, 'utf8');
  const wrong: readonly (readonly [string[], number, RegExp])[] = [
    [['add', 'alice', '--role', 'admin', '--file', file], 1, /line 2 of \S+ repeats the name of line 1; nothing/],
    [['add', 'al ice', '--role', 'admin', '--file', file], 2, /It must be 1 to 64 letters/],
    [['add', 'bob', '--role', 'boss', '--file', file], 2, /Allowed choices are viewer, support, operator, admin/],
    [['add', 'bob', '--file', file], 2, /required option '--role <role>' not specified/],
    [['remove', 'bob', '--file', file], 1, /there is no operator bob in/],
    [['remove', 'alice'], 2, /give --file, or set COUPONRUSH_OPERATORS_FILE/],
    [['list', '--file', `${file}.none`], 1, /the operators can't be read: ENOENT/],
    [['add', 'bob', '--role', 'viewer', '--file', `${file}/x/y`], 1, /can't be changed: ENOTDIR/],
  ];
  const runs = await Promise.all(wrong.map(([args]) => cli(...args)));
  for (const [index, [args, code, sentence]] of wrong.entries()) {
    const run = runs[index] as (typeof runs)[number];
    assert.deepEqual([run.code, run.stdout], [code, ''], args.join(' '));
    assert.match(run.stderr, sentence);
  }
  assert.equal(readFileSync(file, 'utf8'), before);
  assert.match((await cli('list', '--file', file)).stdout, /^name +role\nalice +viewer\n$/);
});
