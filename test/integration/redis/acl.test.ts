// Attack 7: whoever has the app's credentials for Redis gets no more than couponrush itself does with them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { sha256 } from '../../../src/redis/acl.ts';
import { aclFile } from '../../../src/redis/acl-file.ts';
import { couponKeys, LOADED_COUPONS } from '../../../src/redis/keys.ts';
import { redisUrlOfApp } from '../../support/app-user.ts';
import { type Scope, startRedis } from '../../support/servers.ts';

function connect(t: Scope, url: string): Redis {
  const redis = new Redis(url, { protocol: 2, disableClientInfo: true });
  t.after(async () => redis.disconnect());
  return redis;
}

/** Each as one line: no argument here has a space. */
const refused = [
  ...[
    'FLUSHALL',
    'FLUSHDB',
    'SWAPDB 0 1',
    'KEYS *',
    'SCAN 0',
    'RANDOMKEY',
    'DBSIZE',
    'SELECT 1',
    'MONITOR',
    'SHUTDOWN NOSAVE',
  ],
  ...[
    'CONFIG SET appendonly no',
    'CONFIG SET dir /tmp',
    'CONFIG REWRITE',
    'CONFIG RESETSTAT',
    'DEBUG SLEEP 0',
    'SAVE',
    'BGSAVE',
  ],
  ...['REPLICAOF 127.0.0.1 1', 'FAILOVER', 'MODULE LIST', 'ACL WHOAMI', 'ACL SETUSER x on', 'CLIENT KILL TYPE normal'],
  ...['CLIENT PAUSE 1000', 'SCRIPT FLUSH', 'SCRIPT KILL', 'FUNCTION FLUSH', 'SLOWLOG GET', 'LATENCY RESET', 'SYNC'],
  ...['GET session:1', 'SET session:1 x', 'DEL session:1', 'GET coupon:1', 'GET coupons', 'HVALS coupon:1:meta'],
  ...[
    'RENAME coupon:1:stock session:1',
    'XTRIM coupon:1:outbox MAXLEN 0',
    'SPOP issue:coupon:1',
    'EXPIRE issue:coupon:1 1',
  ],
  ...['PUBLISH other x', 'SUBSCRIBE other', 'PSUBSCRIBE *', 'DUMP coupon:1:stock', 'OBJECT ENCODING coupon:1:stock'],
  ...['MIGRATE 127.0.0.1 1 coupon:1:stock 0 100', 'COPY coupon:1:stock session:1', 'SORT issue:coupon:1'],
];

test('the app user may do nothing beside its own work, and nothing of it in a script of its own text', async (t) => {
  const server = await startRedis(t);
  await server.cli('SET', 'session:1', 'secret');
  await server.cli('SET', 'coupon:1:stock', '1000');
  const redis = connect(t, redisUrlOfApp(server.url));
  for (const line of refused) {
    const [name, ...args] = line.split(' ') as [string, ...string[]];
    await assert.rejects(redis.call(name, ...args), /NOPERM|DEBUG command not allowed/, line);
    const script = `return redis.call(${[name, ...args].map((word) => `'${word}'`).join(',')})`;
    // Declared or not, a key is looked at when the command runs.
    await assert.rejects(
      redis.call('EVAL', script, '0'),
      /can't (run this command|access|publish)|NOPERM|not allowed from script/,
      `in a script: ${line}`,
    );
  }
  await assert.rejects(redis.call('EVAL', "return redis.call('GET', KEYS[1])", '1', 'session:1'), /NOPERM/);
  // CONFIG GET is the one question about settings that it needs; no script may ask it.
  await assert.rejects(redis.call('EVAL', "return redis.call('CONFIG', 'GET', 'dir')", '0'), /not allowed from script/);
  assert.equal(await server.cli('GET', 'session:1'), 'secret');
  assert.equal(await server.cli('GET', 'coupon:1:stock'), '1000');
});

test('its rights reach all keys of a coupon, also under the names of Redis Cluster', async (t) => {
  const redis = connect(t, redisUrlOfApp((await startRedis(t)).url));
  const keys: string[] = Object.values(couponKeys(7));
  // In braces, the id alone decides the slot.
  const ofCluster = keys.map((key) => key.replace('7', '{7}'));
  for (const key of [...keys, ...ofCluster, LOADED_COUPONS]) {
    assert.equal(await redis.exists(key), 0, key);
  }
});

test(
  'the users of deploy/redis-users.acl: nobody without a ' +
    'name, an operator who only reads, an exporter without keys',
  async (t) => {
    const server = await startRedis(t);
    const filled = aclFile().replaceAll(/SHA256_OF_\w+/g, sha256('secret'));
    const users = filled.split('\n').filter((line) => line.startsWith('user ') && !line.startsWith('user default '));
    for (const line of users) await server.cli('ACL', 'SETUSER', ...line.split(' ').slice(1));
    await server.cli('SET', 'coupon:1:stock', '1000');
    await server.cli('SADD', 'issue:coupon:1', '42');
    const as = (name: string) => connect(t, server.url.replace('redis://', `redis://${name}:secret@`));

    const operator = as('operator');
    assert.equal(await operator.call('GET', 'coupon:1:stock'), '1000');
    assert.equal(await operator.call('SCARD', 'issue:coupon:1'), 1);
    for (const line of ['BGREWRITEAOF', 'TIME', 'INFO persistence'])
      await operator.call(...(line.split(' ') as [string]));
    for (const line of [
      'SET coupon:1:stock 5',
      'DEL coupon:1:stock',
      'FLUSHALL',
      'KEYS *',
      'CONFIG GET dir',
      'GET session:1',
    ]) {
      await assert.rejects(operator.call(...(line.split(' ') as [string])), /NOPERM/, `operator: ${line}`);
    }
    const exporter = as('exporter');
    for (const line of ['INFO', 'CONFIG GET maxmemory', 'SLOWLOG LEN'])
      await exporter.call(...(line.split(' ') as [string]));
    for (const line of ['GET coupon:1:stock', 'EVAL return(1) 0', 'CONFIG SET maxmemory 1', 'SCAN 0']) {
      await assert.rejects(exporter.call(...(line.split(' ') as [string])), /NOPERM/, `exporter: ${line}`);
    }
    await server.cli('ACL', 'SETUSER', ...'default reset off'.split(' '));
    await assert.rejects(server.cli('PING'), /NOAUTH|WRONGPASS/);
  },
);
