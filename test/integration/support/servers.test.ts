// The other tests believe what these servers do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import mysql from 'mysql2/promise';
import { freshDatabase, startMysql, startRedis } from '../../support/servers.ts';
import { within } from '../../support/wait.ts';

test('a Redis of a test keeps its data over a kill, and loses them when it is restarted empty', async (t) => {
  const redis = await startRedis(t);
  await redis.cli('SET', 'kept', 1);
  await redis.kill();
  await assert.rejects(redis.cli('PING'));
  await redis.restart();
  assert.equal(await redis.cli('GET', 'kept'), '1');
  await redis.restart({ empty: true, settings: { appendfsync: 'everysec' } });
  assert.equal(await redis.cli('GET', 'kept'), null);
  assert.deepEqual(await redis.cli('CONFIG', 'GET', 'appendfsync'), ['appendfsync', 'everysec']);
});

test('a frozen Redis does not answer until it is resumed', async (t) => {
  const redis = await startRedis(t);
  await redis.freeze();
  const order: string[] = [];
  const ping = redis.cli('PING').then(() => order.push('answer'));
  await assert.rejects(within(200, 'an answer of the frozen Redis', ping));
  order.push('resume');
  await redis.resume();
  await ping;
  assert.deepEqual(order, ['resume', 'answer']);
});

test('two schemas of one run do not see each other', async (t) => {
  const urls = [await freshDatabase(t), await freshDatabase(t)];
  for (const url of urls) {
    const connection = await mysql.createConnection(url);
    await connection.query('CREATE TABLE same_name (id INT)');
    await connection.end();
  }
});

test('a MySQL of a test keeps its rows over a kill', async (t) => {
  const server = await startMysql(t);
  const query = async (sql: string): Promise<mysql.RowDataPacket[]> => {
    const connection = await mysql.createConnection(server.mysqlUrl);
    const [rows] = await connection.query<mysql.RowDataPacket[]>(sql);
    await connection.end();
    return rows;
  };
  await query('CREATE TABLE kept (id INT)');
  await query('INSERT INTO kept VALUES (7)');
  await server.restart({ settings: ['--max-connections=17'] });
  assert.equal((await query('SELECT id FROM kept'))[0]?.id, 7);
  assert.equal((await query('SELECT @@max_connections AS n'))[0]?.n, 17);
});
