import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ConfigError, explainConfig, loadConfig, withoutSecrets } from '../../src/config.ts';
import { testFolder } from '../support/folder.ts';

const REDIS_URL = 'redis://app:secret@redis:6379';
const MYSQL_URL = 'mysql://app:secret@mysql:3306/couponrush';

function secretFile(t: TestContext, content: string): string {
  const folder = testFolder('secret');
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'redis_url');
  writeFileSync(path, content);
  return path;
}

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('a secret may stand in a file, and its value is never printed', (t) => {
  const env = { MYSQL_URL, REDIS_URL_FILE: secretFile(t, `${REDIS_URL}\n`) };
  assert.equal(loadConfig(env).redisUrl, REDIS_URL);
  const explained = explainConfig(env).find(({ name }) => name === 'REDIS_URL');
  assert.deepEqual(explained, { name: 'REDIS_URL', value: 'redis://app:***@redis:6379', origin: 'file' });
});

test('a secret that is given twice, in no file or in an empty one is a problem', (t) => {
  const file = secretFile(t, REDIS_URL);
  assert.match(
    problemsOf({ REDIS_URL, REDIS_URL_FILE: file }).join(),
    /REDIS_URL and REDIS_URL_FILE must not both be set/,
  );
  assert.match(
    problemsOf({ REDIS_URL_FILE: `${file}.gone` }).join(),
    /REDIS_URL can't be read from REDIS_URL_FILE: ENOENT/,
  );
  assert.match(problemsOf({ REDIS_URL_FILE: secretFile(t, '\n') }).join(), /REDIS_URL is empty in the file/);
});

test('what a file holds does not get into the message about it', (t) => {
  const [problem = ''] = problemsOf({ MYSQL_URL_FILE: secretFile(t, 'hunter2') });
  assert.match(problem, /MYSQL_URL must be a URL/);
  assert.doesNotMatch(problem, /hunter2/);
});

test('a setting that is no secret has no file', () => {
  assert.deepEqual(problemsOf({ COUPONRUSH_LOG_LEVEL_FILE: '/nowhere' }), [
    'COUPONRUSH_LOG_LEVEL_FILE is not a setting of couponrush',
  ]);
});

test('a child process without use for a secret has neither it nor its file, whatever the parent has', () => {
  const env = { PORT: '1', MYSQL_MIGRATION_URL: 'x', MYSQL_MIGRATION_URL_FILE: 'y' };
  const left = { ...env, ...withoutSecrets(['MYSQL_MIGRATION_URL'], env) };
  assert.deepEqual(left, { PORT: '1', MYSQL_MIGRATION_URL: undefined, MYSQL_MIGRATION_URL_FILE: undefined });
});

test('one store given and the other not is refused, unless EMBEDDED says that it is to be our own', () => {
  const refused = (env: NodeJS.ProcessEnv) => problemsOf(env).join('; ');
  assert.match(refused({ REDIS_URL }), /REDIS_URL is set and MYSQL_URL is not: set both, or EMBEDDED=mysql/);
  assert.match(refused({ MYSQL_URL }), /MYSQL_URL is set and REDIS_URL is not: set both, or EMBEDDED=redis/);
  assert.match(refused({ MYSQL_URL, REDIS_URL: '' }), /REDIS_URL is not/);
  assert.match(refused({ REDIS_URL, MYSQL_URI: MYSQL_URL }), /\(MYSQL_URI is no setting of couponrush\)/);
  assert.match(refused({ REDIS_URL, DATABASE_URL: MYSQL_URL }), /\(DATABASE_URL is no setting of couponrush\)/);
  assert.match(refused({ MYSQL_URL, REDIS_HOST: 'redis' }), /\(REDIS_HOST is no setting of couponrush\)/);
  assert.doesNotMatch(refused({ REDIS_URL, MYSQL_URI: MYSQL_URL }), /secret/);

  assert.equal(loadConfig({ REDIS_URL, EMBEDDED: 'mysql' }).mysqlUrl, null);
  assert.equal(loadConfig({ MYSQL_URL, EMBEDDED: 'redis' }).redisUrl, null);
  assert.equal(loadConfig({}).embedded, null);
});

test('EMBEDDED that contradicts the URLs is refused, and so is a migration URL for an own database', () => {
  for (const env of [
    { REDIS_URL, MYSQL_URL, EMBEDDED: 'redis' },
    { REDIS_URL, MYSQL_URL, EMBEDDED: 'mysql' },
    { REDIS_URL, EMBEDDED: 'redis' },
    { MYSQL_URL, EMBEDDED: 'mysql' },
    { EMBEDDED: 'redis' },
    { EMBEDDED: 'mysql' },
  ]) {
    assert.match(problemsOf(env).join('; '), /EMBEDDED=\w+ must not be set unless/, JSON.stringify(env));
  }
  assert.match(problemsOf({ REDIS_URL, MYSQL_URL, EMBEDDED: 'both' }).join(), /EMBEDDED must be one of: redis, mysql/);
  assert.match(problemsOf({ MYSQL_MIGRATION_URL: MYSQL_URL }).join(), /MYSQL_MIGRATION_URL must not be set without/);
});

test('a command that has no use for Redis needs no REDIS_URL', () => {
  assert.equal(loadConfig({ MYSQL_URL }, { mysqlOnly: true }).mysqlUrl, MYSQL_URL);
});

test('the file of an authority becomes part of a TLS URL, and of no other', () => {
  const env = {
    REDIS_URL,
    MYSQL_URL: 'mysqls://mysql/c',
    MYSQL_MIGRATION_URL: 'mysql://mysql/c',
    MYSQL_CA_FILE: '/ca.pem',
  };
  const { mysqlUrl, mysqlMigrationUrl } = loadConfig(env);
  assert.equal(mysqlUrl, 'mysqls://mysql/c?ca=%2Fca.pem');
  assert.equal(mysqlMigrationUrl, 'mysql://mysql/c');
  // A child process is given the URL with the authority, beside the file itself.
  assert.equal(loadConfig({ ...env, MYSQL_URL: mysqlUrl as string }).mysqlUrl, mysqlUrl);
});

const WEBHOOK = {
  WEBHOOK_URL: 'https://shop.example/hooks/T0K3N?key=hunter2',
  WEBHOOK_SECRET: 'whsec_0123456789abcdef',
};

test('a webhook has an address of the web and a secret, or two', () => {
  const { webhookUrl, webhookSecret } = loadConfig(WEBHOOK);
  assert.deepEqual([webhookUrl, webhookSecret], [WEBHOOK.WEBHOOK_URL, [WEBHOOK.WEBHOOK_SECRET]]);
  const two = `${WEBHOOK.WEBHOOK_SECRET},another-secret-0123`;
  assert.equal(loadConfig({ ...WEBHOOK, WEBHOOK_SECRET: two }).webhookSecret?.length, 2);
  for (const url of [
    'shop.example/hook',
    'ftp://shop.example/',
    'https://a:b@shop.example/',
    'https://shop.example/#a',
  ]) {
    const [problem = '', ...more] = problemsOf({ ...WEBHOOK, WEBHOOK_URL: url });
    assert.match(problem, /^WEBHOOK_URL must be http:\/\/… or https:\/\/…, without user and fragment$/);
    assert.deepEqual(more, ['WEBHOOK_SECRET must not be set without WEBHOOK_URL']);
  }
  assert.match(problemsOf({ WEBHOOK_URL: WEBHOOK.WEBHOOK_URL }).join(), /WEBHOOK_SECRET must be set for WEBHOOK_URL/);
  assert.match(problemsOf({ ...WEBHOOK, WEBHOOK_SECRET: 'short' }).join(), /WEBHOOK_SECRET must be 16 to 512/);
  assert.match(problemsOf({ ...WEBHOOK, WEBHOOK_SECRET: `${two},${two}` }).join(), /must be one or two secrets/);
});

test('the path and query of a webhook, which may be what keeps it secret, are not shown', () => {
  const shown = explainConfig(WEBHOOK);
  const value = (setting: string) => shown.find(({ name }) => name === setting)?.value;
  assert.deepEqual([value('WEBHOOK_URL'), value('WEBHOOK_SECRET')], ['https://shop.example/***', '***']);
});

test('a Prometheus may have a user and password, which are not shown, and is no more than a place', () => {
  const env = { PROMETHEUS_URL: 'https://scraper:hunter2@prometheus.example/prometheus' };
  assert.equal(loadConfig(env).prometheusUrl, env.PROMETHEUS_URL);
  assert.equal(loadConfig({}).prometheusUrl, null);
  assert.doesNotMatch(JSON.stringify(explainConfig(env)), /hunter2/);
  for (const url of ['prometheus:9090', 'ftp://prometheus/', 'http://p/?a=1', 'http://p/#a', 'http://%ff:x@p/']) {
    assert.match(problemsOf({ PROMETHEUS_URL: url }).join(), /^PROMETHEUS_URL must be http/, url);
  }
});

test('an event is given up before it is removed', () => {
  const env = { COUPONRUSH_EVENTS_KEEP_DAYS: '3', COUPONRUSH_WEBHOOK_DEAD_DAYS: '3' };
  assert.match(problemsOf(env).join(), /WEBHOOK_DEAD_DAYS must be below COUPONRUSH_EVENTS_KEEP_DAYS/);
  assert.deepEqual(problemsOf({ ...env, COUPONRUSH_EVENTS_KEEP_DAYS: '4' }), []);
});
