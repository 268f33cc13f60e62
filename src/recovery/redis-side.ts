// Reads a coupon from Redis for comparing: in chunks, so that a million holders never block Redis or this process.
// The order matters (see Comparison): counter, holders, dead letters, outbox. A grant moves from the outbox to MySQL,
// which is read last, and back from dead letters to the outbox: so nothing that only moves is missed.
import type { Redis } from 'ioredis';
import { decodeEntry } from '../outbox/entry.ts';
import { couponKeys } from '../redis/keys.ts';
import type { RedisSide } from './comparison.ts';
import type { Numbered } from './issuances.ts';

/** About 1 ms of Redis each. */
const SCAN_COUNT = 2000;
/** An entry has up to some thousand users. */
const ENTRIES_A_READ = 100;
const USER_ID = /^[1-9]\d{0,15}$/;

export async function readRedisSide(redis: Redis, couponId: number): Promise<RedisSide> {
  const keys = couponKeys(couponId);
  const sequenceBefore = await readSequence(redis, couponId);
  const { holders, malformedHolders } = await readHolders(redis, keys.holders);
  const dead = await readStream(redis, keys.dead);
  const outbox = await readStream(redis, keys.outbox);
  const stock = await redis.get(keys.stock);
  const loaded = (await redis.exists(keys.stock, keys.holders, keys.meta, keys.outbox, keys.dead)) > 0;
  return {
    loaded,
    sequenceBefore,
    holders,
    malformedHolders,
    outbox: outbox.numbered,
    dead: dead.numbered,
    malformedEntries: [...outbox.malformed, ...dead.malformed],
    stock: stock === null ? null : /^\d{1,15}$/.test(stock) ? Number(stock) : Number.NaN,
  };
}

/** The counter of sequence numbers; 0 where there is none. */
export async function readSequence(redis: Redis, couponId: number): Promise<number> {
  const text = await redis.hget(couponKeys(couponId).meta, 'sequence');
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

async function readHolders(
  redis: Redis,
  key: string,
): Promise<Pick<RedisSide, 'malformedHolders'> & { holders: Set<number> }> {
  const holders = new Set<number>();
  const malformed = new Set<string>();
  let cursor = '0';
  do {
    const [next, members] = await redis.sscan(key, cursor, 'COUNT', SCAN_COUNT);
    for (const member of members) {
      if (USER_ID.test(member)) holders.add(Number(member));
      else malformed.add(member);
    }
    cursor = next;
  } while (cursor !== '0');
  return { holders, malformedHolders: [...malformed] };
}

/** Up to the entry that is the last one now: under load a stream has no end. */
async function readStream(redis: Redis, key: string): Promise<{ numbered: Numbered[]; malformed: string[] }> {
  const numbered: Numbered[] = [];
  const malformed: string[] = [];
  const [newest] = await redis.xrevrange(key, '+', '-', 'COUNT', 1);
  for (let from = '-'; newest !== undefined; ) {
    const entries = await redis.xrange(key, from, newest[0], 'COUNT', ENTRIES_A_READ);
    for (const [id, fields] of entries) {
      const entry = decodeEntry(id, fields);
      if (entry === null) malformed.push(id);
      else
        entry.users.forEach((user, index) => {
          numbered.push({ user: Number(user), sequence: entry.firstSequence + index });
        });
      from = `(${id}`;
    }
    if (entries.length < ENTRIES_A_READ) break;
  }
  return { numbered, malformed };
}
