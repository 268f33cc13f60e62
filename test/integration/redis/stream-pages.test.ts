import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { newestEntry, oldestEntry, streamPages, streamPagesUntilNow } from '../../../src/redis/stream-pages.ts';
import { startRedis } from '../../support/servers.ts';

const KEY = 'a stream';

async function setUp(t: TestContext, entries: number): Promise<Redis> {
  const server = await startRedis(t);
  const redis = new Redis(server.url);
  t.after(() => redis.disconnect());
  await add(redis, 1, entries);
  return redis;
}

async function add(redis: Redis, first: number, last: number): Promise<void> {
  for (let n = first; n <= last; n++) await redis.xadd(KEY, `${n}-0`, 'n', String(n));
}

const numbersOf = (page: [string, string[]][]) => page.map(([, [, n]]) => Number(n));

for (const [entries, pages] of [
  [0, []],
  [1, [[1]]],
  [3, [[1, 2, 3]]],
  [4, [[1, 2, 3], [4]]],
  [
    6,
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ],
] as const) {
  test(`a stream of ${entries} is read in pages of three, each entry once, and no page is empty`, async (t) => {
    const redis = await setUp(t, entries);
    for (const read of [streamPages, streamPagesUntilNow]) {
      const found: number[][] = [];
      for await (const page of read(redis, KEY, 3)) found.push(numbersOf(page));
      assert.deepEqual(found, pages);
    }
    assert.equal((await oldestEntry(redis, KEY))?.[0] ?? null, entries > 0 ? '1-0' : null);
    assert.equal((await newestEntry(redis, KEY))?.[0] ?? null, entries > 0 ? `${entries}-0` : null);
  });
}

test('what comes while it is read belongs to the stream as it is, and not to the stream until now', async (t) => {
  const redis = await setUp(t, 3);
  let next = 4;
  for await (const page of streamPagesUntilNow(redis, KEY, 1)) {
    assert.ok((numbersOf(page)[0] ?? 0) <= 3);
    await add(redis, next, next);
    next++;
  }
  assert.equal(next, 7);
  let read = 0;
  for await (const page of streamPages(redis, KEY, 1)) {
    read += page.length;
    if (read === 1) await add(redis, next, next);
  }
  assert.equal(read, 7);
});

test('a page may be deleted before the next one is read', async (t) => {
  const redis = await setUp(t, 5);
  const found: number[] = [];
  for await (const page of streamPages(redis, KEY, 2)) {
    found.push(...numbersOf(page));
    await redis.xdel(KEY, ...page.map(([id]) => id));
  }
  assert.deepEqual(found, [1, 2, 3, 4, 5]);
  assert.equal(await redis.xlen(KEY), 0);
});
