// Everybody who was issued a coupon, by sequence: MySQL's rows, merged with what is still on its way there.
// Promise: a million rows in flat memory. What waits in Redis is read first, then the rows page by page: an issuance
// that moves to MySQL in between is met twice and listed once, and none is missed. Bounded by what may wait
// (COUPONRUSH_OUTBOX_ROWS_MAX), at some ten bytes a user.
import type { Redis } from 'ioredis';
import { deadLetterPages } from '../outbox/dead-letters.ts';
import { packEntry } from '../outbox/entry.ts';
import { couponKeys } from '../redis/keys.ts';
import { streamPagesUntilNow } from '../redis/stream-pages.ts';
import type { Database } from '../store/database.ts';
import { readResolvedLetters } from '../store/tables/dead-letters.ts';
import { type IssuanceTimes, readIssuancesAfter } from '../store/tables/issuances.ts';
import { type UserId, type UserKey, userKey, userText } from '../user-id.ts';

/** `state`: MySQL's status; PENDING: on its way to MySQL; DEAD: MySQL refused it; RESOLVED: refused, and given up. */
export type Winner = IssuanceTimes;

/** Consecutive numbers of one moment. */
interface Run {
  readonly first: number;
  readonly last: number;
  readonly issuedAt: Date | null;
  readonly users: string;
  readonly state: 'PENDING' | 'DEAD' | 'RESOLVED';
}

/** A part of the list. */
export interface WinnerRange {
  /** Only those with a higher sequence. */
  readonly after?: number | undefined;
  /** At most so many. */
  readonly limit?: number | undefined;
}

const ROWS_A_PAGE = 10_000;
const ENTRIES_A_PAGE = 100;

/** Pages in rising order of their numbers. */
export async function* readWinners(
  redis: Redis,
  database: Pick<Database, 'query'>,
  couponId: number,
  { after: start = 0, limit = Number.POSITIVE_INFINITY }: WinnerRange = {},
): AsyncGenerator<Winner[]> {
  const waiting = (await readWaitingRuns(redis, database, couponId)).filter(({ last }) => last > start);
  let next = 0;
  let offset = Math.max(0, start + 1 - (waiting[0]?.first ?? start + 1));
  const takeBelow = (sequence: number, stored: ReadonlySet<number>, into: Winner[]): void => {
    for (; next < waiting.length; next++, offset = 0) {
      const run = waiting[next] as Run;
      if (run.first >= sequence) return;
      const users = run.users.split(',');
      for (; run.first + offset <= run.last; offset++) {
        const number = run.first + offset;
        if (number >= sequence) return;
        if (stored.has(number)) continue;
        into.push({
          sequence: number,
          userId: userKey(users[offset] as UserId),
          state: run.state,
          issuedAt: run.issuedAt,
          persistedAt: null,
        });
      }
    }
  };
  const rowsMax = Math.min(ROWS_A_PAGE, limit);
  for (let after = start, left = limit; ; ) {
    const rows: Winner[] = await readIssuancesAfter(database, couponId, after, rowsMax);
    const isLast = rows.length < rowsMax;
    after = rows.at(-1)?.sequence ?? after;
    const missing: Winner[] = [];
    takeBelow(isLast ? Number.POSITIVE_INFINITY : after, new Set(rows.map(({ sequence }) => sequence)), missing);
    const page = missing.length === 0 ? rows : [...rows, ...missing].sort((a, b) => a.sequence - b.sequence);
    if (page.length > 0) yield page.length > left ? page.slice(0, left) : page;
    left -= page.length;
    if (isLast || left <= 0) return;
  }
}

async function readWaitingRuns(redis: Redis, database: Pick<Database, 'query'>, couponId: number): Promise<Run[]> {
  // Dead letters before and after the outbox: a grant may go from one to the other in between, either way.
  const runs = await readDeadRuns(redis, couponId);
  await readOutboxRuns(redis, couponId, runs);
  runs.push(...(await readDeadRuns(redis, couponId)));
  for (const { userId, sequence, issuedAt } of await readResolvedLetters(database, couponId))
    runs.push(single(sequence, userId, issuedAt, 'RESOLVED'));
  return withoutRepeats(runs.sort((a, b) => a.first - b.first));
}

async function readDeadRuns(redis: Redis, couponId: number): Promise<Run[]> {
  const runs: Run[] = [];
  for await (const letters of deadLetterPages(redis, couponId)) {
    for (const { userId, sequence, issuedAt } of letters) {
      if (userId !== null && sequence !== null) runs.push(single(sequence, userId, issuedAt, 'DEAD'));
    }
  }
  return runs;
}

async function readOutboxRuns(redis: Redis, couponId: number, runs: Run[]): Promise<void> {
  const { outbox } = couponKeys(couponId);
  for await (const page of streamPagesUntilNow(redis, outbox, ENTRIES_A_PAGE)) {
    for (const [id, fields] of page) {
      const entry = packEntry(id, fields, 0);
      if (!entry) continue;
      runs.push({
        first: entry.firstSequence,
        last: entry.firstSequence + entry.rows - 1,
        issuedAt: new Date(entry.issuedAtMs),
        users: entry.users,
        state: 'PENDING',
      });
    }
  }
}

function single(sequence: number, user: UserKey, issuedAt: Date | null, state: Run['state']): Run {
  return { first: sequence, last: sequence, issuedAt, users: userText(user), state };
}

/** What moved between the reads is there twice. */
function withoutRepeats(sorted: Run[]): Run[] {
  let last = 0;
  return sorted.filter((run) => {
    const isNew = run.first > last;
    last = Math.max(last, run.last);
    return isNew;
  });
}
