// Gathers everyone who holds a coupon from the stores that survive: MySQL's rows and resolved dead letters, then the
// outbox and the dead letters of this Redis. Each user goes to the staging set, each sequence number is marked as used.

import { streamPages } from '../redis/stream-pages.ts';
import { readResolvedAfter } from '../store/tables/dead-letters.ts';
import { type IssuedRow, readRowsAfter } from '../store/tables/issuances.ts';
import { isStoredUser, type UserId, type UserKey } from '../user-id.ts';
import { collectOutbox } from './collect-outbox.ts';
import type { Collected, Rebuild } from './collected.ts';
import { SEQUENCE_MAX, SequenceSet } from './sequence-set.ts';

const ROWS_A_PAGE = 10_000;
const LETTERS_A_PAGE = 500;

export async function collect(rebuild: Rebuild): Promise<Collected> {
  const collected: Collected = { sequences: new SequenceSet(), rows: 0, holders: 0, superseded: 0 };
  await collectRows(rebuild, collected);
  await collectResolved(rebuild, collected);
  await collectDeadLetters(rebuild, collected);
  await collectOutbox(rebuild, collected);
  return collected;
}

/** Reads one page while Redis takes the one before. */
async function collectRows(rebuild: Rebuild, collected: Collected): Promise<void> {
  const { database, coupon } = rebuild;
  let page = await readRowsAfter(database, coupon.id, 0, ROWS_A_PAGE);
  while (page.length > 0) {
    const last = (page[page.length - 1] as IssuedRow).sequence;
    const users: UserKey[] = [];
    const revoked: UserKey[] = [];
    for (const row of page) {
      collected.sequences.add(row.sequence);
      (row.revoked ? revoked : users).push(row.user);
    }
    const [next, added] = await Promise.all([
      page.length === ROWS_A_PAGE ? readRowsAfter(database, coupon.id, last, ROWS_A_PAGE) : [],
      rebuild.lock.stage('staging', users),
      rebuild.lock.stage('revoked', revoked),
    ]);
    collected.rows += page.length;
    collected.holders += added;
    rebuild.report(collected.rows);
    page = next;
  }
}

/** An operator gave these rows up; their users were granted the coupon all the same, and keep it in Redis. */
async function collectResolved(rebuild: Rebuild, collected: Collected): Promise<void> {
  for (let after = 0; ; ) {
    const page = await readResolvedAfter(rebuild.database, rebuild.coupon.id, after, LETTERS_A_PAGE);
    await addGranted(rebuild, collected, page);
    if (page.length < LETTERS_A_PAGE) return;
    after = (page[page.length - 1] as { id: number }).id;
  }
}

/** Dead letters stay as they are, also if they contradict a row: what becomes of them is an operator's decision. */
async function collectDeadLetters(rebuild: Rebuild, collected: Collected): Promise<void> {
  for await (const page of streamPages(rebuild.redis, rebuild.keys.dead, LETTERS_A_PAGE)) {
    const granted = page.flatMap(([, fields]) => {
      const user = fieldOf(fields, 'user');
      const sequence = Number(fieldOf(fields, 'sequence'));
      return user !== undefined && isStoredUser(user) ? [{ userId: user, sequence }] : [];
    });
    await addGranted(rebuild, collected, granted);
  }
}

function fieldOf(fields: readonly string[], name: string): string | undefined {
  for (let index = 0; index + 1 < fields.length; index += 2) if (fields[index] === name) return fields[index + 1];
  return undefined;
}

async function addGranted(
  rebuild: Rebuild,
  collected: Collected,
  granted: readonly { userId: UserId | UserKey; sequence: number | null }[],
): Promise<void> {
  if (granted.length === 0) return;
  for (const { sequence } of granted) {
    if (sequence !== null && sequence >= 1 && sequence <= SEQUENCE_MAX) collected.sequences.add(sequence);
  }
  const users = granted.map(({ userId }) => userId);
  const revoked = await rebuild.redis.smismember(rebuild.keys.revoked, ...users);
  collected.holders += await rebuild.lock.stage(
    'staging',
    users.filter((_, index) => revoked[index] === 0),
  );
}
