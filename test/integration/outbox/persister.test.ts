import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Redis } from 'ioredis';
import { CONSUMER_GROUP, couponKeys, LOADED_COUPONS } from '../../../src/redis/keys.ts';
import type { Database } from '../../../src/store/database.ts';
import { commandsDuring } from '../../support/commands-during.ts';
import {
  assertRows,
  connectRedis,
  createCoupon,
  grant,
  holdCoupon,
  killConnections,
  makeUsers,
  openMigrated,
  persisterConfig,
  startPersister,
  waitForEmptyOutbox,
} from '../../support/handover.ts';
import { freshDatabase, startRedis } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

async function setUp(t: TestContext, { stock = 100_000 } = {}) {
  const server = await startRedis(t, { settings: { appendfsync: 'no' } });
  const mysqlUrl = await freshDatabase(t);
  const database: Database = await openMigrated(t, mysqlUrl);
  await createCoupon(database, 1, stock);
  const redis: Redis = connectRedis(t, server.url);
  const config = (settings?: Record<string, string>) => persisterConfig(server.url, mysqlUrl, settings);
  return { server, database, redis, config };
}

/** Another member of the group reads everything there is, and dies. */
async function readAndDie(redis: Redis, couponId: number, name: string): Promise<void> {
  const { outbox } = couponKeys(couponId);
  await redis.xgroup('CREATE', outbox, CONSUMER_GROUP, '0', 'MKSTREAM');
  await redis.xreadgroup('GROUP', CONSUMER_GROUP, name, 'COUNT', 10_000, 'STREAMS', outbox, '>');
}

test('what the outbox holds becomes rows, and the outbox is empty then', async (t) => {
  const { database, redis, config } = await setUp(t);
  const users = makeUsers(20_000);
  await grant(redis, { couponId: 1, users, entryRows: 333 });
  const persister = startPersister(t, config());
  await waitForEmptyOutbox(redis, 1);
  await assertRows(database, { couponId: 1, users });
  const pending = (await redis.xpending(couponKeys(1).outbox, CONSUMER_GROUP)) as [number];
  assert.equal(pending[0], 0);
  await persister.stop();
  assert.equal(persister.status().writtenRows, 20_000);
});

test('the rows of a coupon that is loaded later are written within a second', async (t) => {
  const { database, redis, config } = await setUp(t);
  startPersister(t, config());
  await grant(redis, { couponId: 1, users: [1] });
  await waitForEmptyOutbox(redis, 1);
  await createCoupon(database, 2, 10);
  await grant(redis, { couponId: 2, users: [7, 8] });
  await waitForEmptyOutbox(redis, 2, 1000);
  await assertRows(database, { couponId: 2, users: [7, 8] });
});

test('a hundred coupons at once are all written, also with room for few entries', async (t) => {
  const { database, redis, config } = await setUp(t);
  for (let couponId = 2; couponId <= 100; couponId++) await createCoupon(database, couponId, 100);
  const users = makeUsers(30);
  for (let couponId = 1; couponId <= 100; couponId++) await grant(redis, { couponId, users, entryRows: 10 });
  startPersister(t, config({ COUPONRUSH_HIGH_WATER_ROWS: '2000', COUPONRUSH_LOW_WATER_ROWS: '1000' }));
  for (let couponId = 1; couponId <= 100; couponId++) await waitForEmptyOutbox(redis, couponId);
  for (let couponId = 1; couponId <= 100; couponId++) await assertRows(database, { couponId, users });
});

test('a busy outbox is read in large portions, however many others are loaded', async (t) => {
  const { server, database, redis, config } = await setUp(t);
  for (let couponId = 1; couponId <= 60; couponId++) {
    if (couponId > 1) await createCoupon(database, couponId, 10);
    await grant(redis, { couponId, users: [couponId] });
  }
  startPersister(t, config());
  for (let couponId = 1; couponId <= 60; couponId++) await waitForEmptyOutbox(redis, couponId);
  const commands = await commandsDuring(server, async () => {
    await grant(redis, { couponId: 1, users: makeUsers(3000, 1000), firstSequence: 2, entryRows: 1 });
    await waitForEmptyOutbox(redis, 1);
  });
  // Of these half are acknowledgements.
  const calls = commands.get('evalsha') ?? 0;
  assert.ok(calls < 600, `${calls} calls for 3,000 entries`);
});

test('an outbox at rest is noticed while another one is busy', async (t) => {
  const { database, redis, config } = await setUp(t);
  await createCoupon(database, 2, 10);
  await grant(redis, { couponId: 2, users: [1] });
  const persister = startPersister(t, config());
  await waitForEmptyOutbox(redis, 2);
  let busy = true;
  const granting = (async () => {
    for (let sequence = 1; busy; sequence++) {
      await grant(redis, { couponId: 1, users: [1000 + sequence], firstSequence: sequence });
    }
  })();
  try {
    await waitFor('the first is written', () => persister.status().writtenRows > 1);
    await grant(redis, { couponId: 2, users: [2], firstSequence: 2 });
    await waitForEmptyOutbox(redis, 2, 1000);
  } finally {
    busy = false;
    await granting;
  }
  await assertRows(database, { couponId: 2, users: [1, 2] });
});

test('its own entries, read before a crash, are written at the next start under the same name', async (t) => {
  const { database, redis, config } = await setUp(t);
  const users = makeUsers(3000);
  await grant(redis, { couponId: 1, users, entryRows: 10 });
  await readAndDie(redis, 1, 'first');
  startPersister(t, config());
  await waitForEmptyOutbox(redis, 1);
  await assertRows(database, { couponId: 1, users });
});

test('entries of a consumer that died are claimed', async (t) => {
  const { database, redis, config } = await setUp(t);
  const users = makeUsers(1000);
  await grant(redis, { couponId: 1, users, entryRows: 10 });
  await readAndDie(redis, 1, 'dead');
  const persister = startPersister(t, config({ COUPONRUSH_CLAIM_IDLE_MS: '1000' }));
  await waitForEmptyOutbox(redis, 1);
  await assertRows(database, { couponId: 1, users });
  assert.equal(persister.status().claimedEntries, 100);
});

test('what a persister has in hand is not claimed by another, however long MySQL takes', async (t) => {
  const { database, redis, config } = await setUp(t);
  const users = makeUsers(50);
  const letCommit = await holdCoupon(t, database);
  const settings = { COUPONRUSH_CLAIM_IDLE_MS: '1000' };
  const first = startPersister(t, config(settings));
  await grant(redis, { couponId: 1, users, entryRows: 5 });
  await waitFor('the first has all in hand', () => first.status().rowsInHand === 50);
  const second = startPersister(t, config({ ...settings, COUPONRUSH_PERSISTER_NAME: 'second' }));
  const { outbox } = couponKeys(1);
  const idleMs: number[] = [];
  const until = performance.now() + 2500;
  await waitFor('two and a half times the claim idle time', async () => {
    const pending = (await redis.xpending(outbox, CONSUMER_GROUP, '-', '+', 100)) as [string, string, number][];
    assert.ok(pending.every(([, name]) => name === 'first'));
    idleMs.push(...pending.map(([, , idle]) => idle));
    return performance.now() > until;
  });
  assert.ok(Math.max(...idleMs) < 1000);
  await letCommit();
  await waitForEmptyOutbox(redis, 1);
  await assertRows(database, { couponId: 1, users });
  assert.equal(second.status().claimedEntries, 0);
});

test('reading stops at the high water mark while MySQL does not take rows', async (t) => {
  const { database, redis, config } = await setUp(t);
  const users = makeUsers(10_000);
  const letCommit = await holdCoupon(t, database);
  await grant(redis, { couponId: 1, users, entryRows: 100 });
  const water = { COUPONRUSH_HIGH_WATER_ROWS: '3000', COUPONRUSH_LOW_WATER_ROWS: '1000' };
  const persister = startPersister(t, config({ ...water, COUPONRUSH_INSERT_ROWS_MAX: '500' }));
  let most = 0;
  await waitFor('it is full', () => {
    most = Math.max(most, persister.status().rowsInHand);
    return most >= 3000;
  });
  const pending = (await redis.xpending(couponKeys(1).outbox, CONSUMER_GROUP)) as [number];
  assert.equal(pending[0], most / 100, 'nothing is read beyond what is in hand');
  await letCommit();
  await waitFor('all is written', async () => {
    most = Math.max(most, persister.status().rowsInHand);
    return (await redis.xlen(couponKeys(1).outbox)) === 0;
  });
  assert.ok(most <= 3000 + 1000, `${most} rows in hand`);
  await assertRows(database, { couponId: 1, users });
});

test('connections that break again and again lose and repeat nothing', async (t) => {
  const { database, redis, config } = await setUp(t);
  const users = makeUsers(30_000);
  startPersister(t, config());
  for (let start = 0; start < users.length; start += 1000) {
    await grant(redis, { couponId: 1, users: users.slice(start, start + 1000), firstSequence: start + 1 });
    await killConnections(redis, 'couponrush');
  }
  await waitForEmptyOutbox(redis, 1);
  await assertRows(database, { couponId: 1, users });
});

test('an entry that nobody can read becomes a dead letter with its content', async (t) => {
  const { database, redis, config } = await setUp(t);
  const { outbox, dead } = couponKeys(1);
  await redis.xadd(outbox, '*', 's', '1', 't', 'yesterday', 'u', '5');
  await grant(redis, { couponId: 1, users: [6, 7] });
  startPersister(t, config());
  await waitForEmptyOutbox(redis, 1);
  await assertRows(database, { couponId: 1, users: [6, 7] });
  const [letter] = await redis.xrange(dead, '-', '+');
  const fields = letter?.[1] ?? [];
  assert.equal(fields[fields.indexOf('code') + 1], 'UNREADABLE_ENTRY');
  assert.deepEqual(JSON.parse(fields[fields.indexOf('raw') + 1] ?? ''), ['s', '1', 't', 'yesterday', 'u', '5']);
});

test('entries that somebody trims before they are written are counted as lost', async (t) => {
  const { database, redis, config } = await setUp(t);
  await grant(redis, { couponId: 1, users: makeUsers(50), entryRows: 10 });
  await readAndDie(redis, 1, 'first');
  await redis.xtrim(couponKeys(1).outbox, 'MAXLEN', 3);
  const persister = startPersister(t, config());
  await waitForEmptyOutbox(redis, 1);
  assert.equal(persister.status().lostEntries, 2);
  assert.deepEqual(await database.query('SELECT COUNT(*) AS written FROM user_coupon'), [{ written: 30 }]);
  await waitFor('nothing is pending', async () => {
    const pending = (await redis.xpending(couponKeys(1).outbox, CONSUMER_GROUP)) as [number];
    return pending[0] === 0;
  });
});

test('a meta that is no hash keeps no other coupon from MySQL', async (t) => {
  const { database, redis, config } = await setUp(t);
  await createCoupon(database, 2, 10);
  await grant(redis, { couponId: 2, users: [7] });
  await redis.del(couponKeys(2).meta);
  await redis.set(couponKeys(2).meta, 'no hash');
  await grant(redis, { couponId: 1, users: [1, 2] });
  startPersister(t, config());
  await waitForEmptyOutbox(redis, 1);
  await assertRows(database, { couponId: 1, users: [1, 2] });
});

test('an outbox key that is no stream does not stop the other coupons', async (t) => {
  const { database, redis, config } = await setUp(t);
  const persister = startPersister(t, config());
  await redis.set(couponKeys(9).outbox, 'not a stream');
  await redis.sadd(LOADED_COUPONS, 9, 'x', '0', '-1');
  await grant(redis, { couponId: 1, users: [1] });
  await waitForEmptyOutbox(redis, 1);
  await redis.del(couponKeys(1).outbox);
  await redis.set(couponKeys(1).outbox, 'overwritten while it was read');
  await createCoupon(database, 2, 5);
  await grant(redis, { couponId: 2, users: [3] });
  await waitForEmptyOutbox(redis, 2);
  assert.equal(persister.status().lostEntries, 0);
});

test('at a stop it reads on until the outbox is empty', async (t) => {
  const { database, redis, config } = await setUp(t);
  const users = makeUsers(20_000);
  const persister = startPersister(t, config());
  await grant(redis, { couponId: 1, users });
  await persister.stop();
  assert.equal(await redis.xlen(couponKeys(1).outbox), 0);
  await assertRows(database, { couponId: 1, users });
});
