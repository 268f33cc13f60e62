// What REDIS_URL, MYSQL_URL and MYSQL_MIGRATION_URL may say: each refusal names the variable and what is wrong, and no
// secret.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, loadConfig } from '../../src/config.ts';

const PASSWORD = 'hunter2';
const REDIS = `redis://app:${PASSWORD}@redis:6379`;
const MYSQL = `mysql://app:${PASSWORD}@mysql:3306/couponrush`;

function problemsOf(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig({ REDIS_URL: REDIS, MYSQL_URL: MYSQL, ...env });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('; ');
    throw error;
  }
  return '';
}

function refuses(variable: string, url: string, reason: RegExp): void {
  const problems = problemsOf({ [variable]: url });
  assert.match(problems, new RegExp(`^${variable} `), url);
  assert.match(problems, reason, url);
  assert.doesNotMatch(problems, /hunter2/, url);
}

test('addresses as they are usual are taken as they are', () => {
  const redis = [REDIS, `${REDIS}/`, `${REDIS}/0`, 'redis://[::1]:6379', 'rediss://redis', 'rediss://redis?ca=/ca.pem'];
  for (const url of redis) assert.equal(problemsOf({ REDIS_URL: url }), '', url);
  const mysql = [MYSQL, 'mysql://u:p%25%40%23@db/c', 'mysqls://u@db/c', 'mysqls://u@db/c?ca=%2Fca%20file.pem'];
  for (const url of mysql) assert.equal(problemsOf({ MYSQL_URL: url, MYSQL_MIGRATION_URL: url }), '', url);
});

test('a database number of Redis other than 0 is refused, however it is written', () => {
  const paths = ['/1', '/2', '/99', '/01', '/00', '/-1', '/1/', '/0/1', '//1', '/abc', '/%31', '/%201', '/0?db=1'];
  for (const path of paths) refuses('REDIS_URL', `${REDIS}${path}`, /database/);
  for (const query of ['?db=1', '/?db=0', '?DB=1']) refuses('REDIS_URL', `${REDIS}${query}`, /"db"/i);
  for (const url of [`${REDIS}/ 1`, `${REDIS}/\t1`, ` ${REDIS}`]) refuses('REDIS_URL', url, /blanks/);
});

test('a parameter that is not known is refused by its name', () => {
  const unknown = [
    'keyPrefix=stg:',
    'family=6',
    'readOnly=true',
    'name=x',
    'password=hunter2',
    'replyMapping=resp3',
    '=1',
  ];
  for (const query of unknown) {
    const name = query.split('=')[0] as string;
    refuses('REDIS_URL', `${REDIS}/0?${query}`, new RegExp(`the parameter "${name}"`));
  }
  for (const query of ['connectionLimit=5', 'charset=utf8', 'timezone=Z', 'allowPublicKeyRetrieval=true', 'x'])
    for (const variable of ['MYSQL_URL', 'MYSQL_MIGRATION_URL'])
      refuses(variable, `${MYSQL}?${query}`, new RegExp(`the parameter "${query.split('=')[0]}"`));
});

test('TLS asked for, or less of it, in the spelling of another driver is refused: it is never dropped', () => {
  const spellings = [
    ...['ssl-mode=REQUIRED', 'ssl-mode=VERIFY_CA', 'ssl_mode=VERIFY_IDENTITY', 'sslMode=DISABLED', 'sslmode=require'],
    ...[
      'ssl=true',
      'ssl=1',
      'ssl={"rejectUnauthorized":true}',
      'ssl[ca]=x',
      'sslaccept=strict',
      'tls=true',
      'tls=skip-verify',
    ],
    ...['useSSL=true', 'requireSSL=true', 'verifyServerCertificate=true', 'ssl-ca=/ca.pem', 'sslcert=/c.pem', 'SSL=1'],
    ...['rejectUnauthorized=false', 'sslca=/ca.pem', 'ssl_cert_reqs=none', 'encrypt=true', 'secure=1', 'CA=/ca.pem'],
  ];
  for (const spelling of spellings) {
    refuses('MYSQL_URL', `${MYSQL}?${spelling}`, /write mysqls:\/\/ for TLS/);
    refuses('REDIS_URL', `${REDIS}?${spelling}`, /write rediss:\/\/ for TLS/);
    refuses('MYSQL_URL', `mysqls://db/c?ca=/ca.pem&${spelling}`, /which is not read/);
  }
  refuses('MYSQL_URL', `${MYSQL};ssl=true`, /path/);
  refuses('MYSQL_URL', `${MYSQL}&ssl=true`, /path/);
  refuses('MYSQL_URL', `${MYSQL}/ssl`, /path/);
});

test('the authority is named once, and on a TLS address', () => {
  refuses('REDIS_URL', `${REDIS}?ca=/ca.pem`, /needs TLS: write rediss:/);
  refuses('MYSQL_URL', `${MYSQL}?ca=/ca.pem`, /needs TLS: write mysqls:/);
  refuses('MYSQL_URL', 'mysqls://db/c?ca=/a&ca=/b', /more than once/);
  refuses('REDIS_URL', 'rediss://redis?ca=', /without a file/);
});

test('a lone % and other characters that a URL can not hold are named, with what to write', () => {
  for (const [variable, protocol] of [
    ['REDIS_URL', 'redis'],
    ['MYSQL_URL', 'mysql'],
    ['MYSQL_MIGRATION_URL', 'mysql'],
  ]) {
    const at = (userinfo: string) => `${protocol}://${userinfo}@host`;
    for (const userinfo of ['app:hunter2%', 'app:hunter2%zz', 'a%b:hunter2', 'app:hunter2%ff', 'app:%hunter2'])
      refuses(variable as string, at(userinfo), /write % itself as %25/);
    refuses(variable as string, at('app:hunter2#x'), /write %23/);
    refuses(variable as string, at('app:hunter2?x'), /%40 %3A %2F %3F/);
    refuses(variable as string, at('app:hunter2/x'), /%40 %3A %2F %3F/);
    refuses(variable as string, `${protocol}://host#x`, /must not contain #/);
    for (const url of [
      `${protocol}:host`,
      `${protocol}://`,
      `${protocol}:///0`,
      'host:6379',
      `http://host`,
      `jdbc:${protocol}://host`,
    ])
      refuses(variable as string, url, /must be a URL that begins with/);
  }
});
