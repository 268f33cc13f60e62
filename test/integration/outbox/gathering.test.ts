// At a low rate grants gather before they are read: fewer reads, transactions and acknowledgements, and rows in time.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { CHANGES_CHANNEL, couponKeys } from '../../../src/redis/keys.ts';
import { commandsDuring } from '../../support/commands-during.ts';
import {
  assertRows,
  connectRedis,
  createCoupon,
  grant,
  makeUsers,
  openMigrated,
  persisterConfig,
  startPersister,
  waitForEmptyOutbox,
} from '../../support/handover.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { userOf } from '../../support/user-ids.ts';
import { waitFor } from '../../support/wait.ts';

const GATHER_MS = 80;
/** Read, insert and commit on a machine that does other things as well. */
const WRITTEN_WITHIN_MS = 400;
const EVERY_MS = 10;
const LONG_MS = 1000;

async function setUp(t: TestContext, settings: Record<string, string> = {}) {
  const server = await startRedis(t, { settings: { appendfsync: 'no' } });
  const mysqlUrl = await freshDatabase(t);
  const database = await openMigrated(t, mysqlUrl);
  await createCoupon(database, 1, 100_000);
  const redis = connectRedis(t, server.url);
  const persister = startPersister(t, persisterConfig(server.url, mysqlUrl, settings));
  await grant(redis, { couponId: 1, users: [1] });
  await waitForEmptyOutbox(redis, 1);
  const countRows = async () => {
    const [row] = await database.query<{ n: number }>('SELECT COUNT(*) AS n FROM user_coupon');
    return row?.n ?? 0;
  };
  return { server, database, redis, persister, countRows };
}

/** One row every 10 ms, each of the user with its number. @returns how many */
async function trickle(redis: Redis, forMs: number, first: number): Promise<number> {
  const until = performance.now() + forMs;
  let sequence = first;
  for (; performance.now() < until; sequence++) {
    await grant(redis, { couponId: 1, users: [sequence], firstSequence: sequence });
    await sleep(EVERY_MS);
  }
  return sequence - first;
}

test('the rows of a quiet coupon come in few transactions, each within its time', async (t) => {
  const { server, database, redis, persister } = await setUp(t);
  const before = persister.status().batches;
  let rows = 0;
  const commands = await commandsDuring(server, async () => {
    rows = await trickle(redis, 1500, 2);
    await waitForEmptyOutbox(redis, 1);
  });
  const batches = persister.status().batches - before;
  assert.ok(batches <= rows / 3, `${rows} rows in ${batches} transactions`);
  const reads = commands.get('xreadgroup') ?? 0;
  assert.ok(reads <= rows / 2, `${reads} reads`);
  const [slowest] = await database.query<{ ms: number }>(
    'SELECT MAX(TIMESTAMPDIFF(MICROSECOND, issued_at, persisted_at)) / 1000 AS ms FROM user_coupon WHERE sequence > 1',
  );
  const ms = Number(slowest?.ms);
  t.diagnostic(`${rows} rows in ${batches} transactions and ${reads} reads, the slowest after ${Math.round(ms)} ms`);
  assert.ok(ms <= GATHER_MS + WRITTEN_WITHIN_MS, `a row came after ${ms} ms`);
});

test('what a rush leaves is written at once, however long grants may gather', async (t) => {
  const settings = { COUPONRUSH_GATHER_MAX_MS: String(LONG_MS), COUPONRUSH_INSERT_ROWS_MAX: '100' };
  const { redis, persister, countRows } = await setUp(t, settings);
  const users = makeUsers(3000, 1000);
  const granting = redis.pipeline();
  for (const [index, user] of users.entries()) {
    granting.xadd(couponKeys(1).outbox, '*', 's', index + 2, 't', Date.now(), 'u', userOf(user));
  }
  const startedMs = performance.now();
  await granting.exec();
  await waitFor('all are written', async () => (await countRows()) === 3001, { everyMs: 5 });
  const tookMs = performance.now() - startedMs;
  t.diagnostic(`3,000 rows in ${persister.status().batches} batches within ${Math.round(tookMs)} ms`);
  assert.ok(tookMs < LONG_MS, `${tookMs} ms`);
});

test('a stop, and a message that a coupon changed, end the gathering', async (t) => {
  const { database, redis, persister, countRows } = await setUp(t, { COUPONRUSH_GATHER_MAX_MS: String(LONG_MS) });
  const ends: Record<string, () => Promise<unknown>> = {
    'a message': () => redis.publish(CHANGES_CHANNEL, '1'),
    'a stop': () => persister.stop(),
  };
  let last = 1;
  for (const [what, end] of Object.entries(ends)) {
    // So short that the gathering which it began has most of its time left.
    last += await trickle(redis, 150, last + 1);
    const startedMs = performance.now();
    assert.ok((await countRows()) < last, 'the last ones wait');
    await end();
    await waitFor('the last is written', async () => (await countRows()) === last, { everyMs: 5 });
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs < LONG_MS / 2, `${what}: ${tookMs} ms`);
    await waitForEmptyOutbox(redis, 1);
  }
  await assertRows(database, { couponId: 1, users: Array.from({ length: last }, (_, index) => index + 1) });
});
