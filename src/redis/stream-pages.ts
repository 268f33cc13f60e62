// Reads streams: page by page, so that neither Redis nor this process is held up by a long one, or at its ends.
import type { Redis } from 'ioredis';

/** Fields are name, value, name, value …, as Redis answers them. */
export type StreamEntry = [id: string, fields: string[]];

/**
 * Oldest first, to the end that the stream has when it is reached. What was read may be deleted before the next page
 * is. No page is empty.
 */
export async function* streamPages(redis: Redis, key: string, entriesAPage: number): AsyncGenerator<StreamEntry[]> {
  yield* pagesUpTo(redis, key, '+', entriesAPage);
}

/** Up to the entry that is the last one now: under load the stream has no end. */
export async function* streamPagesUntilNow(
  redis: Redis,
  key: string,
  entriesAPage: number,
): AsyncGenerator<StreamEntry[]> {
  const newest = await newestEntry(redis, key);
  if (newest) yield* pagesUpTo(redis, key, newest[0], entriesAPage);
}

async function* pagesUpTo(redis: Redis, key: string, end: string, count: number): AsyncGenerator<StreamEntry[]> {
  for (let from = '-'; ; ) {
    const page = (await redis.xrange(key, from, end, 'COUNT', count)) as StreamEntry[];
    const last = page.at(-1);
    if (!last) return;
    yield page;
    if (page.length < count) return;
    from = `(${last[0]}`;
  }
}

export async function oldestEntry(redis: Redis, key: string): Promise<StreamEntry | null> {
  const [oldest] = (await redis.xrange(key, '-', '+', 'COUNT', 1)) as StreamEntry[];
  return oldest ?? null;
}

export async function newestEntry(redis: Redis, key: string): Promise<StreamEntry | null> {
  const [newest] = (await redis.xrevrange(key, '+', '-', 'COUNT', 1)) as StreamEntry[];
  return newest ?? null;
}
