import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ConfigError, explainConfig, loadConfig, withoutSecrets } from '../../src/config.ts';
import { testFolder } from '../support/folder.ts';

const REDIS_URL = 'redis://app:secret@redis:6379';

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
  const env = { REDIS_URL_FILE: secretFile(t, `${REDIS_URL}\n`) };
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
