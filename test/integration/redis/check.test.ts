// The check of Redis before a start, against real servers; a fake stands in for what can't be run here.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { checkRedis, type RedisUse } from '../../../src/redis/check.ts';
import { VERIFIED_RUN_ID } from '../../../src/redis/keys.ts';
import { UnusableStore } from '../../../src/unusable-store.ts';
import { redisUrlOfApp } from '../../support/app-user.ts';
import { type Certificates, makeCertificates } from '../../support/certificates.ts';
import { type FakeReplies, startFakeRedis } from '../../support/fake-redis.ts';
import { freePort } from '../../support/free-port.ts';
import { startRedis, type TestRedis } from '../../support/servers.ts';

const server: RedisUse = { by: 'server', connections: 31 };

async function refused(url: string, expected: RegExp, curable: boolean, use = server): Promise<void> {
  await assert.rejects(checkRedis(url, use), (error) => {
    assert.ok(error instanceof UnusableStore, String(error));
    assert.match(error.message, expected);
    assert.equal(error.curable, curable, error.message);
    assert.ok(error.message.startsWith(`Redis at ${new URL(url).hostname}:`), error.message);
    assert.doesNotMatch(error.message, /hush|\n/);
    return true;
  });
}

/** The same Redis by another user. */
function urlAs(redis: TestRedis, user: string, password = 'hush'): string {
  const url = new URL(redis.url);
  url.username = user;
  url.password = password;
  return url.href;
}

test('a Redis that can be used says its version, and whether it is verified', async (t) => {
  const redis = await startRedis(t);
  for (const url of [redis.url, redisUrlOfApp(redis.url)]) {
    const { version, verified } = await checkRedis(url, server);
    assert.match(version, /^\d+\.\d+/);
    assert.equal(verified, false);
  }
  const runId = /run_id:(\w+)/.exec(String(await redis.cli('INFO', 'server')))?.[1] as string;
  await redis.cli('SET', VERIFIED_RUN_ID, 'of-another-process');
  assert.equal((await checkRedis(redis.url, server)).verified, false);
  await redis.cli('SET', VERIFIED_RUN_ID, runId);
  assert.equal((await checkRedis(redisUrlOfApp(redis.url), server)).verified, true);
});

test('a Redis that is not there, by port, by name, or silent', async (t) => {
  await refused('redis://:hush@127.0.0.1:1', /^Redis at 127\.0\.0\.1:1 can't be reached: the connection was ref/, true);
  await refused('redis://no-such-host.invalid', /^Redis at no-such-host\.invalid:6379 .*host name is not known/, true);
  const redis = await startRedis(t);
  await redis.freeze();
  await refused(redis.url, /did not answer in time/, true);
  await redis.resume();
  await redis.kill();
  await refused(redis.url, /the connection was refused/, true);
});

test('another service at its address is none that waiting could turn into a Redis', async (t) => {
  const http = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(() => http.close());
  await refused(`redis://127.0.0.1:${(http.address() as { port: number }).port}`, /is not a Redis/, false);
});

test('users: wrong password, none, unknown, and too few rights of each kind', async (t) => {
  const redis = await startRedis(t);
  await refused(urlAs(redis, 'couponrush_app'), /refuses user "couponrush_app": the password in REDIS_URL/, false);
  await refused(urlAs(redis, 'unknown'), /refuses user "unknown"/, false);
  const almost = async (...rules: string[]) => {
    await redis.cli('ACL', 'SETUSER', 'some', 'reset', 'on', '>hush', '~*', '&*', '+@all', ...rules);
    return urlAs(redis, 'some');
  };
  await checkRedis(await almost(), server);
  await checkRedis(await almost('-config'), server);
  await refused(await almost('-info'), /user "some" too few rights \(NOPERM .*info/, false);
  await refused(await almost('-evalsha'), /user "some" too few rights \(NOPERM .*evalsha/, false);
  await refused(await almost('-eval'), /user "some" too few rights \(NOPERM .*eval/, false);
  await refused(await almost('-xadd', '-client|tracking'), /\(not allowed: client tracking, xadd\): give it/, false);
  await refused(await almost('resetkeys', '~coupon:*'), /\(not allowed: get issue:coupon:1, set issue:/, false);
  await refused(await almost('resetkeys', '%R~*'), /\(not allowed: set /, false);
  await refused(await almost('resetchannels'), /\(not allowed: publish /, false);
  // A command may come by a user who only looks.
  await checkRedis(await almost('-@write'), { by: 'command' });

  await redis.cli('CONFIG', 'SET', 'requirepass', 'hush');
  await refused(redis.url, /wants a password: put it into REDIS_URL/, false);
});

test('a command that the provider took away', async (t) => {
  const redis = await startRedis(t, { settings: { 'rename-command': 'EVALSHA ""' } });
  await refused(redis.url, /lacks a command that couponrush needs \(.*evalsha/i, false);
  const scripts = await startRedis(t, { settings: { 'rename-command': 'EVAL ""' } });
  await refused(scripts.url, /lacks a command that couponrush needs \(.*eval'/i, false);
  const config = await startRedis(t, { settings: { 'rename-command': 'CONFIG ""' } });
  await checkRedis(config.url, server);
});

test('a node of a cluster, a replica, and a Redis without connections enough', async (t) => {
  // In a cluster there is no user of the app: its rules are the same.
  const node = await startRedis(t, { settings: { 'cluster-enabled': 'yes' } });
  await refused(node.url, /is a node of a Redis Cluster/, false);
  await refused(node.url, /is a node of a Redis Cluster/, false, { by: 'command' });
  const master = await startRedis(t);
  const replica = await startRedis(t, { settings: { replicaof: `127.0.0.1 ${master.port}` } });
  await refused(replica.url, new RegExp(`is a replica of 127\\.0\\.0\\.1:${master.port}`), true);
  await checkRedis(replica.url, { by: 'command' });
  await master.cli('CONFIG', 'SET', 'maxclients', 30);
  await refused(master.url, /takes 30 connections \(maxclients\), and this server opens 31/, false);
  await checkRedis(master.url, { by: 'server', connections: 30 });
});

test('a Redis that is still reading its data is waited for', async (t) => {
  const loading = await startFakeRedis(t, { ...modern, PING: '-LOADING Redis is loading the dataset in memory' });
  await refused(loading.url, /is still loading its data/, true);
});

const modern: FakeReplies = {
  PING: 'PONG',
  'INFO server': 'redis_version:7.0.15\r\nredis_mode:standalone\r\nrun_id:0123\r\n',
  'INFO cluster': 'cluster_enabled:0\r\n',
  'INFO replication': 'role:master\r\n',
  'INFO clients': 'connected_clients:1\r\n',
};

test('a Redis that is too old, or only looks like one', async (t) => {
  const info = (text: string): FakeReplies => ({ ...modern, 'INFO server': text });
  const cases: [FakeReplies, RegExp][] = [
    [
      info('redis_version:6.2.14\r\nrun_id:0123\r\n'),
      / \(6\.2\.14\) is too old: couponrush needs Redis 7\.0 or later$/,
    ],
    [info('redis_version:5.0.3\r\nrun_id:0123\r\n'), / \(5\.0\.3\) is too old/],
    [info('redis_version:7.4.0\r\n'), / \(7\.4\.0\) does not tell its version and run_id/],
    [info('# Server\r\nrun_id:0123\r\n'), /does not tell its version and run_id/],
    [info('redis_version:7.0.15\r\nredis_mode:sentinel\r\nrun_id:0123\r\n'), /is a Sentinel/],
    [{ PING: 'PONG' }, /lacks a command that couponrush needs \(ERR unknown command 'info'\)/],
    [{ ...modern, EVAL: "-ERR Error compiling script: unexpected symbol near '#'" }, /can't run scripts of Redis 7/],
    [modern, /\(7\.0\.15\) lacks a command .*'eval'/],
  ];
  for (const [replies, expected] of cases) {
    const fake = await startFakeRedis(t, replies);
    await refused(fake.url, expected, false);
    assert.ok(!fake.asked.some((line) => /^(set|del|config)/i.test(line)), 'it is asked, and not changed');
  }
});

async function startTlsRedis(t: TestContext, { keyFile, certFile, caFile }: Certificates, clients: string) {
  const port = await freePort();
  const redis = await startRedis(t, {
    settings: {
      ...{ 'tls-port': String(port), 'tls-cert-file': certFile, 'tls-key-file': keyFile, 'tls-ca-cert-file': caFile },
      'tls-auth-clients': clients,
    },
  });
  return { plainUrl: redis.url, port, urlWith: (ca: string) => `rediss://127.0.0.1:${port}?ca=${ca}` };
}

test('TLS to a plain port and the reverse, an unknown authority, another name, a client certificate', async (t) => {
  const certificates = makeCertificates();
  const { caFile, otherCaFile } = certificates;
  const { plainUrl, port, urlWith } = await startTlsRedis(t, certificates, 'no');
  await checkRedis(urlWith(caFile), server);
  await refused(plainUrl.replace('redis:', 'rediss:'), /does not speak TLS: begin REDIS_URL with redis:\/\//, false);
  await refused(`redis://127.0.0.1:${port}`, /speaks TLS only: begin REDIS_URL with rediss:\/\//, false);
  await refused(urlWith(otherCaFile), /authority that is not known here .* set REDIS_CA_FILE/, false);
  await refused(urlWith(''), /authority that is not known here|can't be read/, false);
  await refused(`rediss://127.0.0.1:${port}`, /authority that is not known here/, false);
  await refused(urlWith('/no/such/file.pem'), /REDIS_CA_FILE \/no\/such\/file\.pem can't be read \(ENOENT\)/, false);
  const renamed = await startTlsRedis(t, { ...certificates, certFile: certificates.otherNameCertFile }, 'no');
  await refused(renamed.urlWith(caFile), /has a certificate for another name/, false);
  const strict = await startTlsRedis(t, certificates, 'yes');
  await refused(strict.urlWith(caFile), /demands a client certificate/, false);
});
