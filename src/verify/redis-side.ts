// Reads a coupon from Redis for comparing: in chunks, so that a million holders never block Redis or this process.
// The order matters (see Comparison): counter, holders, what waits. A grant moves from there to MySQL, which is read
// last: so nothing that only moves is missed.
import type { Redis } from 'ioredis';
import { readCount } from '../ids.ts';
import { couponKeys } from '../redis/keys.ts';
import { isStoredUser, type UserKey, userKey } from '../user-id.ts';
import type { RedisSide } from './comparison.ts';
import { readWaiting } from './unpersisted.ts';

/** About 1 ms of Redis each. */
const SCAN_COUNT = 2000;

/** @param report receives how many holders are read */
export async function readRedisSide(
  redis: Redis,
  couponId: number,
  report: (holders: number) => void = () => {},
): Promise<RedisSide> {
  const keys = couponKeys(couponId);
  const sequenceBefore = await readSequence(redis, couponId);
  const { holders, malformedHolders } = await readHolders(redis, keys.holders, report);
  const waiting = await readWaiting(redis, couponId);
  const stock = await redis.get(keys.stock);
  const loaded = (await redis.exists(keys.stock, keys.holders, keys.meta, keys.outbox, keys.dead)) > 0;
  return {
    loaded,
    sequenceBefore,
    holders,
    malformedHolders,
    ...waiting,
    stock: stock === null ? null : (readCount(stock) ?? Number.NaN),
  };
}

/** The counter of sequence numbers; 0 if there is none. */
export async function readSequence(redis: Redis, couponId: number): Promise<number> {
  const text = await redis.hget(couponKeys(couponId).meta, 'sequence');
  return readCount(text) ?? 0;
}

async function readHolders(
  redis: Redis,
  key: string,
  report: (holders: number) => void,
): Promise<Pick<RedisSide, 'malformedHolders'> & { holders: Set<UserKey> }> {
  const holders = new Set<UserKey>();
  const malformed = new Set<string>();
  let cursor = '0';
  do {
    const [next, members] = await redis.sscan(key, cursor, 'COUNT', SCAN_COUNT);
    for (const member of members) {
      if (isStoredUser(member)) holders.add(userKey(member));
      else malformed.add(member);
    }
    cursor = next;
    report(holders.size);
  } while (cursor !== '0');
  return { holders, malformedHolders: [...malformed] };
}
