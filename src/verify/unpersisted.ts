// Everything granted that is not in MySQL yet: the outbox and the dead letters, one Numbered a coupon.
// Dead letters are read first: from there a grant goes back to the outbox, and from the outbox to MySQL.
import type { Redis } from 'ioredis';
import { deadLetterPages } from '../outbox/dead-letters.ts';
import { decodeEntry } from '../outbox/entry.ts';
import { couponKeys } from '../redis/keys.ts';
import { streamPagesUntilNow } from '../redis/stream-pages.ts';
import type { Numbered } from '../store/tables/issuances.ts';
import { userKey } from '../user-id.ts';

export interface Waiting {
  readonly outbox: readonly Numbered[];
  readonly dead: readonly Numbered[];
  /** Stream ids of what can't be read: no user can be known from it. */
  readonly malformedEntries: readonly string[];
}

/** An entry has up to some thousand users. */
const ENTRIES_A_READ = 100;

export async function readWaiting(redis: Redis, couponId: number): Promise<Waiting> {
  const dead: Numbered[] = [];
  const outbox: Numbered[] = [];
  const malformedEntries: string[] = [];
  await readDead(redis, couponId, dead, malformedEntries);
  await readOutbox(redis, couponKeys(couponId).outbox, outbox, malformedEntries);
  return { outbox, dead, malformedEntries };
}

async function readDead(redis: Redis, couponId: number, dead: Numbered[], malformed: string[]): Promise<void> {
  for await (const letters of deadLetterPages(redis, couponId)) {
    for (const { id, userId, sequence } of letters) {
      if (userId !== null && isNumber(sequence)) dead.push({ user: userId, sequence });
      else malformed.push(id);
    }
  }
}

async function readOutbox(redis: Redis, key: string, outbox: Numbered[], malformed: string[]): Promise<void> {
  for await (const page of streamPagesUntilNow(redis, key, ENTRIES_A_READ)) {
    for (const [id, fields] of page) {
      const entry = decodeEntry(id, fields);
      if (entry === null) malformed.push(id);
      else {
        for (const [index, user] of entry.users.entries()) {
          outbox.push({ user: userKey(user), sequence: entry.firstSequence + index });
        }
      }
    }
  }
}

function isNumber(value: number | null): value is number {
  return value !== null && Number.isSafeInteger(value) && value > 0;
}
