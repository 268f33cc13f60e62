// Holders of this Redis who are in no store: the outbox entry that granted them is gone (someone trimmed it, or MySQL
// was set back). Redis decided that they hold the coupon, and they may have been answered so. As far as the stock goes,
// they are given the numbers that are missing, and an outbox entry again (I3). Beyond the stock they are dropped (I1).

import { listReplaced } from '../store/tables/erased-users.ts';
import { isStoredUser, sortUsers, type UserId, userText } from '../user-id.ts';
import type { Collected, Rebuild } from './collected.ts';
import type { OutboxRun } from './lock.ts';
import { SEQUENCE_MAX } from './sequence-set.ts';

const USERS_A_PAGE = 5000;
const USERS_A_RUN = 1000;
const RUNS_A_CALL = 20;

export interface Restored {
  readonly restored: number;
  /** Holders without any record for whom there was no stock left. */
  readonly dropped: number;
}

/** @param lastKnown numbers up to it were given, as far as Redis and MySQL know */
export async function restoreUnrecorded(rebuild: Rebuild, collected: Collected, lastKnown: number): Promise<Restored> {
  const users = await findUnrecorded(rebuild);
  const room = Math.max(0, rebuild.coupon.totalStock - collected.holders);
  const restored = users.slice(0, room);
  const runs = numberRuns(restored, collected, lastKnown);
  for (let start = 0; start < runs.length; start += RUNS_A_CALL) {
    const part = runs.slice(start, start + RUNS_A_CALL);
    // First the entries: a user who is staged without one would be in no store again after a crash.
    await rebuild.lock.amendOutbox(null, part);
    collected.holders += await rebuild.lock.stage(
      'staging',
      part.flatMap((run) => run.users),
    );
  }
  return { restored: restored.length, dropped: users.length - restored.length };
}

async function findUnrecorded({ redis, keys, database, coupon }: Rebuild): Promise<UserId[]> {
  const found = new Set<UserId>();
  for (let cursor = '0'; ; ) {
    const [next, members] = await redis.sscan(keys.holders, cursor, 'COUNT', USERS_A_PAGE);
    const users = members.filter(isStoredUser);
    if (users.length > 0) {
      const [staged, revoked] = await Promise.all([
        redis.smismember(keys.staging, ...users),
        redis.smismember(keys.revoked, ...users),
      ]);
      users.forEach((user, index) => {
        if (staged[index] === 0 && revoked[index] === 0) found.add(user);
      });
    }
    if (next === '0') break;
    cursor = next;
  }
  // Their pseudonyms are staged: MySQL has the replacement, which is not made in Redis yet.
  if (found.size > 0) for (const user of await listReplaced(database, coupon.id)) found.delete(userText(user));
  return sortUsers(found);
}

/** Gives each user a number that is missing, in rising order, then numbers that were never given. */
function numberRuns(users: readonly UserId[], { sequences }: Collected, lastKnown: number): OutboxRun[] {
  const runs: { firstSequence: number; issuedAtMs: null; users: UserId[] }[] = [];
  let sequence = 0;
  const end = Math.max(lastKnown, sequences.max);
  for (const user of users) {
    do sequence += 1;
    while (sequence <= end && sequences.has(sequence));
    if (sequence > SEQUENCE_MAX) break;
    const run = runs[runs.length - 1];
    if (run && run.users.length < USERS_A_RUN && run.firstSequence + run.users.length === sequence)
      run.users.push(user);
    else runs.push({ firstSequence: sequence, issuedAtMs: null, users: [user] });
  }
  for (const run of runs) for (let n = 0; n < run.users.length; n++) sequences.add(run.firstSequence + n);
  return runs;
}
