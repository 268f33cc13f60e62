// Everything granted that is not in MySQL yet: the outbox and the dead letters, one Numbered a coupon.
// Dead letters are read first: from there a grant goes back to the outbox, and from the outbox to MySQL.
import type { Redis } from 'ioredis';
import { listDeadLetters } from '../outbox/dead-letters.ts';
import { decodeEntry } from '../outbox/entry.ts';
import { couponKeys } from '../redis/keys.ts';
import type { Numbered } from '../store/tables/issuances.ts';
import { userKey } from '../user-id.ts';

export interface Waiting {
  readonly outbox: readonly Numbered[];
  readonly dead: readonly Numbered[];
  /** Stream ids of what can't be read: no user can be told from it. */
  readonly malformedEntries: readonly string[];
}

/** An entry has up to some thousand users. */
const ENTRIES_A_READ = 100;
const LETTERS_A_READ = 1000;

export async function readWaiting(redis: Redis, couponId: number): Promise<Waiting> {
  const dead: Numbered[] = [];
  const outbox: Numbered[] = [];
  const malformedEntries: string[] = [];
  await readDead(redis, couponId, dead, malformedEntries);
  await readOutbox(redis, couponKeys(couponId).outbox, outbox, malformedEntries);
  return { outbox, dead, malformedEntries };
}

async function readDead(redis: Redis, couponId: number, dead: Numbered[], malformed: string[]): Promise<void> {
  for (let after = ''; ; ) {
    const letters = await listDeadLetters(redis, couponId, { after, limit: LETTERS_A_READ });
    for (const { id, userId, sequence } of letters) {
      if (userId !== null && isNumber(sequence)) dead.push({ user: userId, sequence });
      else malformed.push(id);
      after = id;
    }
    if (letters.length < LETTERS_A_READ) return;
  }
}

/** Up to the entry that is the last one now: under load the stream has no end. */
async function readOutbox(redis: Redis, key: string, outbox: Numbered[], malformed: string[]): Promise<void> {
  const [newest] = await redis.xrevrange(key, '+', '-', 'COUNT', 1);
  for (let from = '-'; newest !== undefined; ) {
    const entries = await redis.xrange(key, from, newest[0], 'COUNT', ENTRIES_A_READ);
    for (const [id, fields] of entries) {
      const entry = decodeEntry(id, fields);
      if (entry === null) malformed.push(id);
      else {
        for (const [index, user] of entry.users.entries()) {
          outbox.push({ user: userKey(user), sequence: entry.firstSequence + index });
        }
      }
      from = `(${id}`;
    }
    if (entries.length < ENTRIES_A_READ) return;
  }
}

function isNumber(value: number | null): value is number {
  return value !== null && Number.isSafeInteger(value) && value > 0;
}
