import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Redis } from 'ioredis';
import { FROM_START, NEW, type ReadOrder, readOutboxes, waitForEntry } from '../../../src/outbox/outbox-reads.ts';
import { CONSUMER_GROUP, couponKeys } from '../../../src/redis/keys.ts';
import { connectRedis, grant, makeUsers } from '../../support/handover.ts';
import { startRedis } from '../../support/servers.ts';
import { userIdOf } from '../../support/user-ids.ts';

const NAME = 'reader';

/** Outboxes with a group, each with `entries` entries of `entryRows` rows. */
async function setUp(t: TestContext, coupons: readonly number[], { entries = 3, entryRows = 10 } = {}) {
  const redis = connectRedis(t, (await startRedis(t)).url);
  for (const couponId of coupons) {
    await redis.xgroup('CREATE', couponKeys(couponId).outbox, CONSUMER_GROUP, '0', 'MKSTREAM');
    await grant(redis, { couponId, users: makeUsers(entries * entryRows, 1_000_000), entryRows });
  }
  const read = (order: Partial<ReadOrder> = {}) =>
    readOutboxes(redis, NAME, {
      outboxes: coupons.map((couponId) => ({ couponId, position: NEW })),
      entriesMax: 100,
      roomRows: 40_000,
      entryRows: 1000,
      ...order,
    });
  return { redis, read };
}

const pendingOf = async (redis: Redis, couponId: number) =>
  ((await redis.xpending(couponKeys(couponId).outbox, CONSUMER_GROUP)) as [number])[0];

test('entries of many outboxes come with the epoch of each', async (t) => {
  const { redis, read } = await setUp(t, [1, 2, 3, 4]);
  await redis.hset(couponKeys(2).meta, 'epoch', 7);
  await redis.set(couponKeys(3).meta, 'no hash');
  await redis.del(couponKeys(4).outbox);
  await redis.xgroup('CREATE', couponKeys(4).outbox, CONSUMER_GROUP, '0', 'MKSTREAM');
  const { visited, found, more } = await read();
  assert.deepEqual([visited, more], [4, false]);
  assert.deepEqual(
    found.map(({ couponId, epoch, entries, position }) => [couponId, epoch, entries.length, position]),
    [
      [1, 0, 3, NEW],
      [2, 7, 3, NEW],
      [3, -1, 3, NEW],
    ],
  );
  assert.deepEqual(await read(), { visited: 4, found: [], more: false });
});

test('entries that are pending come again, page by page, and new ones after them', async (t) => {
  const { redis, read } = await setUp(t, [1], { entries: 5 });
  await read();
  await grant(redis, { couponId: 1, users: [7], firstSequence: 100 });
  const again = async (position: string) => read({ outboxes: [{ couponId: 1, position }], entriesMax: 4 });
  const first = await again(FROM_START);
  assert.deepEqual([first.found[0]?.entries.length, first.more], [4, true]);
  const second = await again(first.found[0]?.position as string);
  assert.deepEqual([second.found[0]?.entries.length, second.found[0]?.position], [2, NEW]);
  assert.equal(second.found[0]?.entries[1]?.[1]?.[5], userIdOf(7));
});

test('no more is delivered than there is room for, and one entry at least', async (t) => {
  const { redis, read } = await setUp(t, [1, 2, 3], { entries: 20, entryRows: 100 });
  const { visited, found, more } = await read({ roomRows: 2000, entryRows: 100 });
  const rows = 100 * found.reduce((sum, { entries }) => sum + entries.length, 0);
  assert.ok(rows > 300 && rows <= 2000, `${rows} rows`);
  assert.equal(more, true);
  assert.ok(visited < 3, 'the last ones were not read');
  const inHand = async () => (await pendingOf(redis, 1)) + (await pendingOf(redis, 2)) + (await pendingOf(redis, 3));
  assert.equal(await inHand(), rows / 100);
  const one = await read({ roomRows: 1, entryRows: 100 });
  assert.deepEqual(
    one.found.map(({ entries }) => entries.length),
    [1],
  );
});

test('an outbox that shares the entries with others is read up to its share', async (t) => {
  const { read } = await setUp(t, [1, 2], { entries: 5 });
  const { found, more } = await read({ entriesMax: 2 });
  assert.deepEqual(
    found.map(({ entries }) => entries.length),
    [2, 2],
  );
  assert.equal(more, true);
});

test('an entry that is waited for is read again with its epoch, and what was pending before is not', async (t) => {
  const { redis, read } = await setUp(t, [1, 2]);
  await read();
  assert.deepEqual(await waitForEntry(redis, NAME, [1, 2], 10), []);
  await grant(redis, { couponId: 2, users: [7], firstSequence: 100 });
  const came = await waitForEntry(redis, NAME, [1, 2], 1000);
  assert.equal(came.length, 1);
  const { found } = await read({ outboxes: came });
  assert.deepEqual(
    found.map(({ couponId, entries }) => [couponId, entries.length, entries[0]?.[1]?.[5]]),
    [[2, 1, userIdOf(7)]],
  );
});

test('an outbox without a group, or that is no stream, is named by the error of Redis', async (t) => {
  const { redis, read } = await setUp(t, [1, 2]);
  await redis.del(couponKeys(2).outbox);
  await assert.rejects(read(), /^ReplyError: NOGROUP/);
  assert.equal(await pendingOf(redis, 1), 3, 'what was delivered before is pending');
  await redis.set(couponKeys(2).outbox, 'text');
  await assert.rejects(read(), /^ReplyError: WRONGTYPE/);
});
