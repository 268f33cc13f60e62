// Before an HTTP worker listens it serves requests of its own, so that the first burst is as fast as later ones.
// Nothing is left of that.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { Redis } from 'ioredis';
import { startApp } from '../../support/app.ts';
import { issue } from '../../support/ask.ts';
import { connectStores } from '../../support/coupon-stores.ts';
import { scrape } from '../../support/scrape.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { query } from '../../support/sql.ts';
import { waitFor } from '../../support/wait.ts';

const COUPON = 1;
/** What is written while nobody asks for anything: the gate's claims, which HTTP workers live, the lease of the log. */
const OF_THE_NODE = ['installation_claim', 'grant_witness', 'event_progress'];
const KEYS_OF_THE_NODE = ['couponrush:installation'];
const OTHERS_COUPON = 4_000_000_000_000_000;

/** Every key with its value. */
async function contentOf(redis: Redis): Promise<Record<string, string | null>> {
  const keys = (await redis.keys('*')).filter((key) => !KEYS_OF_THE_NODE.includes(key)).sort();
  const values = await Promise.all(keys.map((key) => contentOfKey(redis, key)));
  return Object.fromEntries(keys.map((key, index) => [key, values[index] ?? null]));
}

/** Of a stream its entries: what else is in it says when its readers came last. */
async function contentOfKey(redis: Redis, key: string): Promise<string | null> {
  if ((await redis.type(key)) === 'stream') return JSON.stringify(await redis.xrange(key, '-', '+'));
  return (await redis.dumpBuffer(key))?.toString('hex') ?? null;
}

/** Every row of every table. */
async function rowsOf(mysqlUrl: string): Promise<Record<string, unknown[]>> {
  const tables = await query<Record<string, string>>(mysqlUrl, 'SHOW TABLES');
  const names = tables.map((row) => Object.values(row)[0] as string).filter((name) => !OF_THE_NODE.includes(name));
  const read = async (name: string) => [name, await query(mysqlUrl, `SELECT * FROM ${name}`)] as const;
  return Object.fromEntries(await Promise.all(names.map(read)));
}

/** The commands that Redis gets from now on. */
async function watchCommands(t: { after(end: () => void): void }, url: string): Promise<() => string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  t.after(() => socket.destroy());
  let seen = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    seen += text;
  });
  socket.write('MONITOR\r\n');
  await waitFor('Redis reports its commands', () => seen.includes('+OK'));
  return () => seen;
}

/** By a key that only the decisions of a warm-up have: other scripts look at the demo coupon meanwhile. */
const decisionsSeen = (seen: string): readonly string[] =>
  seen.match(/"evalsha" "[0-9a-f]{40}" "7" "coupon:\d+:stock" [^\n]*:memo:warm-up/g) ?? [];

test('a worker warms up before it listens, and leaves no key, row, event, figure or line of it', async (t) => {
  const [server, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const env = { WORKERS: '1', COUPONRUSH_LOG_LEVEL: 'debug' };
  const app = await startApp(t, { redisUrl: server.url, mysqlUrl, env });
  const { redis } = connectStores(t, server.url, mysqlUrl);
  await waitFor('the demo coupon is there', async () => (await redis.exists(`coupon:${COUPON}:stock`)) === 1);
  const linesBefore = app.output().length;
  const [keys, rows] = await Promise.all([contentOf(redis), rowsOf(mysqlUrl)]);
  const commands = await watchCommands(t, server.url);
  const [worker] = app.pids('http 1');
  process.kill(worker as number, 'SIGKILL');
  const replaced = () => app.pids('http 1').some((pid) => pid !== worker);
  await waitFor('another worker serves', async () => replaced() && (await fetch(`${app.url}/readyz`)).status === 200);

  const warmed = decisionsSeen(commands());
  assert.ok(warmed.length >= 10, `${warmed.length} calls of the script`);
  const ids = new Set(warmed.map((call) => Number(/coupon:(\d+)/.exec(call)?.[1])));
  assert.equal(ids.size, 1);
  assert.ok(
    [...ids].every((id) => id > OTHERS_COUPON),
    'a coupon that nobody has',
  );

  assert.deepEqual(await contentOf(redis), keys);
  assert.deepEqual(await rowsOf(mysqlUrl), rows);
  const { sum } = await waitFor('the new worker has reported', async () => {
    const scraped = await scrape(app.metricsUrl);
    return scraped.sum('couponrush_worker_up', { worker: 'http 1' }) === 1 ? scraped : null;
  });
  for (const name of [
    'couponrush_request_duration_seconds_count',
    'couponrush_requests_total',
    'couponrush_batch_users_count',
    'couponrush_decisions_total',
    'couponrush_redis_script_reloads_total',
    'couponrush_sheds_total',
  ]) {
    assert.equal(sum(name, name.includes('request') ? { route: 'issue' } : {}), 0, name);
  }
  assert.equal(sum('couponrush_redis_script_duration_seconds_count', { script: 'issue' }), 0);
  const lines = app.output().slice(linesBefore);
  assert.doesNotMatch(lines, new RegExp(`warm|${[...ids][0]}`, 'i'));
  assert.equal((await issue(app.url, COUPON, 7)).status, 201);
});

test('a worker that can not reach Redis is not kept from answering so', async (t) => {
  const [server, mysqlUrl] = await Promise.all([startRedis(t), freshDatabase(t)]);
  const app = await startApp(t, { redisUrl: server.url, mysqlUrl, env: { WORKERS: '1' } });
  await server.kill();
  const [worker] = app.pids('http 1');
  process.kill(worker as number, 'SIGKILL');
  const answer = await waitFor('it answers', () => issue(app.url, COUPON, 1).catch(() => null));
  assert.deepEqual([answer.status, answer.code], [503, 'NOT_READY']);
});
