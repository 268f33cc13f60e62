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
  const waiting = await readWaiting(redis, couponId);
  const stock = await redis.get(keys.stock);
  const loaded = (await redis.exists(keys.stock, keys.holders, keys.meta, keys.outbox, keys.dead)) > 0;
  return {
    loaded,
    sequenceBefore,
    holders,
    malformedHolders,
    ...waiting,
    stock: stock === null ? null : /^\d{1,15}$/.test(stock) ? Number(stock) : Number.NaN,
  };
}

/** Everything granted that is not in MySQL yet. Dead letters first: from there it goes back to the outbox. */
export async function readWaiting(
  redis: Redis,
  couponId: number,
): Promise<Pick<RedisSide, 'outbox' | 'dead' | 'malformedEntries'>> {
  const keys = couponKeys(couponId);
  const dead = await readStream(redis, keys.dead, numbersOfLetter);
  const outbox = await readStream(redis, keys.outbox, numbersOfEntry);
  return {
    outbox: outbox.numbered,
    dead: dead.numbered,
    malformedEntries: [...outbox.malformed, ...dead.malformed],
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

/** What an entry stands for; null where it can't be read. */
type ReadEntry = (id: string, fields: readonly string[]) => Numbered[] | null;

function numbersOfEntry(id: string, fields: readonly string[]): Numbered[] | null {
  const entry = decodeEntry(id, fields);
  if (entry === null) return null;
  return entry.users.map((user, index) => ({ user: Number(user), sequence: entry.firstSequence + index }));
}

/** A dead letter is one row. An entry that could not be read at all is kept there too, without a user. */
function numbersOfLetter(_id: string, fields: readonly string[]): Numbered[] | null {
  const field = (name: string) => {
    const at = fields.findIndex((text, index) => index % 2 === 0 && text === name);
    return at < 0 ? '' : (fields[at + 1] ?? '');
  };
  const user = field('user');
  const sequence = field('sequence');
  return USER_ID.test(user) && USER_ID.test(sequence) ? [{ user: Number(user), sequence: Number(sequence) }] : null;
}

/** Up to the entry that is the last one now: under load a stream has no end. */
async function readStream(
  redis: Redis,
  key: string,
  read: ReadEntry,
): Promise<{ numbered: Numbered[]; malformed: string[] }> {
  const numbered: Numbered[] = [];
  const malformed: string[] = [];
  const [newest] = await redis.xrevrange(key, '+', '-', 'COUNT', 1);
  for (let from = '-'; newest !== undefined; ) {
    const entries = await redis.xrange(key, from, newest[0], 'COUNT', ENTRIES_A_READ);
    for (const [id, fields] of entries) {
      const numbers = read(id, fields);
      if (numbers === null) malformed.push(id);
      else for (const each of numbers) numbered.push(each);
      from = `(${id}`;
    }
    if (entries.length < ENTRIES_A_READ) break;
  }
  return { numbered, malformed };
}
