// The commands as a shell sees them: what is on standard output, what on standard error, and the exit code.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeRuntime } from '../../../src/local/runtime-file.ts';
import { createLogger } from '../../../src/log.ts';
import { projectRoot } from '../../../src/project.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function cli(env: Record<string, string>, ...args: string[]): Promise<Run> {
  const { REDIS_URL: _, MYSQL_URL: __, ...rest } = process.env;
  return new Promise((resolve) => {
    const entry = join(projectRoot, 'dist/src/cli.js');
    execFile(process.execPath, [entry, ...args], { env: { ...rest, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'couponrush-cli-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('help is on each level, on standard output, with exit code 0', async () => {
  for (const args of [['--help'], ['help'], ['verify', '--help'], ['help', 'spike'], ['spike', '-h']]) {
    const { code, stdout, stderr } = await cli({}, ...args);
    assert.equal(code, 0, args.join(' '));
    assert.match(stdout, /^Usage: couponrush /);
    assert.equal(stderr, '');
  }
});

test('a wrong command line is named on standard error, with exit code 2', async () => {
  const wrong: [string[], RegExp][] = [
    [[], /Usage: couponrush/],
    [['nope'], /unknown command 'nope'/],
    [['verify'], /missing required argument 'couponId'/],
    [['verify', '0x1'], /It must be an integer from 1 to/],
    [['verify', '1', '2'], /too many arguments/],
    [['verify', '1', '--fast'], /unknown option '--fast'/],
    [['spike', '--users', '1e3'], /It must be an integer from 1 to/],
    [['spike', '--url', 'ftp://x'], /It must begin with http/],
  ];
  for (const [args, expected] of wrong) {
    const { code, stdout, stderr } = await cli({}, ...args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, expected);
  }
});

test('a wrong configuration is exit code 2', async () => {
  const { code, stderr } = await cli({ COUPONRUSH_NO_SUCH: '1' }, 'verify', '1');
  assert.equal(code, 2);
  assert.match(stderr, /COUPONRUSH_NO_SUCH is not a setting of couponrush/);
});

test('a result that can not be written is exit code 1, and a reader that has seen enough is none', async () => {
  const run = (line: string) =>
    new Promise<{ code: number; stderr: string }>((resolve) => {
      const command = line.replace('couponrush', `'${process.execPath}' '${join(projectRoot, 'dist/src/cli.js')}'`);
      execFile('bash', ['-c', `set -o pipefail; ${command}`], (error, _, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stderr }),
      );
    });
  const full = await run('couponrush config print > /dev/full');
  assert.equal(full.code, 1);
  assert.match(full.stderr, /the result could not be written: ENOSPC/);
  assert.deepEqual(await run('couponrush config print | head -c 1'), { code: 0, stderr: '' });
});

test(
  'stores that are unknown or away are one sentence ' + 'with exit code 1, and one JSON object with --json',
  async (t) => {
    const nowhere = { COUPONRUSH_DATA_DIR: freshFolder(t) };
    const unknown = await cli(nowhere, 'verify', '1');
    assert.equal(unknown.code, 1);
    assert.equal(unknown.stdout, '');
    assert.match(
      unknown.stderr,
      /^couponrush: there is no Redis to ask: start the server here with npm start[^\n]*\n$/,
    );

    const away = { REDIS_URL: 'redis://:secret@127.0.0.1:1', MYSQL_URL: 'mysql://root:secret@127.0.0.1:1/x' };
    for (const command of [['verify', '1'], ['spike']]) {
      const { code, stdout, stderr } = await cli(away, ...command, '--json');
      assert.equal(code, 1);
      const { ok, error } = JSON.parse(stdout);
      assert.equal(ok, false);
      assert.match(error, /^Redis at 127\.0\.0\.1:1 can't be reached: /);
      assert.doesNotMatch(stdout + stderr, /secret/);
    }
  },
);

test('stores that can not be used are one sentence that says what to do, as at the start', async (t) => {
  const [redis, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const wrong = (url: string) => url.replace(/\/\/.*@|\/\//, '//nobody:secret@');
  const cases: [Record<string, string>, string, RegExp][] = [
    [
      { REDIS_URL: wrong(redis.url), MYSQL_URL: mysqlUrl },
      'verify',
      /Redis at \S+ refuses user "nobody": the password/,
    ],
    [
      { REDIS_URL: redis.url, MYSQL_URL: wrong(mysqlUrl) },
      'verify',
      /MySQL at \S+ refuses user "nobody": the password/,
    ],
    [
      { REDIS_URL: redis.url, MYSQL_URL: mysqlUrl },
      'verify',
      /MySQL at .* has no tables of couponrush .*couponrush mig/,
    ],
    [{ REDIS_URL: redis.url, MYSQL_URL: new URL('/', mysqlUrl).href }, 'verify', /is named without a database/],
    [{ MYSQL_URL: wrong(mysqlUrl) }, 'migrate', /MySQL at \S+ refuses user "nobody": the password/],
  ];
  for (const [env, command, expected] of cases) {
    const { code, stdout, stderr } = await cli(env, command, ...(command === 'verify' ? ['1'] : []));
    assert.equal(code, 1, command);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`^couponrush: [^\n]*${expected.source}[^\n]*\n$`));
    assert.doesNotMatch(stderr, /secret/);
  }
});

test('verify finds the stores of the running server, and its exit code is the verdict', async (t) => {
  const redis = await startRedis(t);
  const mysqlUrl = await freshDatabase(t);
  await migrate(mysqlUrl, createLogger('test', 'silent'));
  const database = openDatabase(mysqlUrl, { connections: 1, timeoutMs: 10_000 });
  await database.execute(
    `INSERT INTO coupon (id, name, total_stock, stock, discount_type, discount_amount, state, created_at)
     VALUES (7, 'Test', 5, 5, 'FIXED', 100, 'OPEN', UTC_TIMESTAMP(3))`,
  );
  await database.close();
  await redis.cli('SET', 'coupon:7:stock', 5);
  const folder = freshFolder(t);
  writeRuntime(folder, { redisUrl: redis.url, mysqlUrl, mysqlMigrationUrl: null, url: 'http://127.0.0.1:1' });
  const env = { COUPONRUSH_DATA_DIR: folder };

  const agreeing = await cli(env, 'verify', '7');
  assert.equal(agreeing.code, 0, agreeing.stderr);
  assert.match(agreeing.stdout, /Redis and MySQL agree\.\n$/);
  assert.ok(!agreeing.stdout.includes('\u001b'), 'no colours where nobody sees them');

  await redis.cli('SADD', 'issue:coupon:7', 1, 2, 3);
  const gap = await cli(env, 'verify', '7');
  assert.equal(gap.code, 1);
  assert.match(gap.stdout, /holdersWithoutRow +3 .* 1-3\n/);

  const json = await cli(env, 'verify', '7', '--live', '--json', '--examples', '2');
  assert.equal(json.code, 1);
  const verification = JSON.parse(json.stdout);
  assert.equal(verification.ok, false);
  assert.equal(verification.mode, 'live');
  const [found] = verification.gaps.filter((each: { count: number }) => each.count > 0);
  assert.deepEqual([found.name, found.count, found.examples.length], ['holdersWithoutRow', 3, 2]);

  // A grant that waits in dead letters is no gap, and not the end either.
  const letter = { at: 1, user: 1, sequence: 1, issuedAt: 1, code: 'X', reason: 'r', attempts: 3 };
  await redis.cli('SREM', 'issue:coupon:7', 2, 3);
  await redis.cli('HSET', 'coupon:7:meta', 'sequence', 1);
  await redis.cli('XADD', 'coupon:7:dead', '*', ...Object.entries(letter).flat());
  const waits = await cli(env, 'verify', '7');
  assert.equal(waits.code, 1, waits.stdout);
  assert.match(waits.stdout, /agree, and 1 granted coupons wait in dead letters/);
  assert.equal((await cli(env, 'verify', '7', '--live')).code, 0);

  const unknown = await cli(env, 'verify', '8');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /there is no coupon 8/);
  const noServer = await cli(env, 'spike', '--coupon', '7', '--url', 'http://127.0.0.1:1');
  assert.equal(noServer.code, 1);
  assert.match(noServer.stderr, /no server answers at http:\/\/127\.0\.0\.1:1/);
});
