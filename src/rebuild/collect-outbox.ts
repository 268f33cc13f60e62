// The outbox's part of a rebuild. An entry may contradict the rows: Redis recovered from a snapshot that is older than
// a rebuild, and its numbers were given again since. The rows win, then what was read first; a user who lost the number
// is taken out of the entry and left to restore.ts. So what stays in the outbox can be written to MySQL as it is.
import { decodeEntry, type OutboxEntry } from '../outbox/entry.ts';
import { streamPages } from '../redis/stream-pages.ts';
import { readRowsOfNumbers } from '../store/tables/issuances.ts';
import { type UserId, userText } from '../user-id.ts';
import type { Collected, Rebuild } from './collected.ts';
import type { OutboxRun } from './lock.ts';
import { SEQUENCE_MAX } from './sequence-set.ts';

const ENTRIES_A_PAGE = 50;

export async function collectOutbox(rebuild: Rebuild, collected: Collected): Promise<void> {
  for await (const page of streamPages(rebuild.redis, rebuild.keys.outbox, ENTRIES_A_PAGE)) {
    for (const [id, fields] of page) {
      const entry = decodeEntry(id, fields);
      // Not of our layout: it granted no one, and the persister makes it a dead letter.
      if (entry && entry.firstSequence + entry.users.length <= SEQUENCE_MAX)
        await collectEntry(rebuild, collected, entry);
    }
  }
}

async function collectEntry(rebuild: Rebuild, collected: Collected, entry: OutboxEntry): Promise<void> {
  const { redis, keys, lock, coupon } = rebuild;
  const [written, staged, revoked] = await Promise.all([
    readWritten(rebuild, entry),
    redis.smismember(keys.staging, ...entry.users),
    redis.smismember(keys.revoked, ...entry.users),
  ]);
  const runs: { firstSequence: number; issuedAtMs: number; users: UserId[] }[] = [];
  const added: UserId[] = [];
  const seen = new Set<UserId>();
  let kept = 0;
  entry.users.forEach((user, index) => {
    const sequence = entry.firstSequence + index;
    const alreadyWritten = written.get(sequence) === user;
    if (!alreadyWritten) {
      const holds = staged[index] === 1 || revoked[index] === 1 || seen.has(user);
      const isRoom = collected.holders + added.length < coupon.totalStock;
      if (holds || collected.sequences.has(sequence) || !isRoom) return;
      added.push(user);
      seen.add(user);
      collected.sequences.add(sequence);
    }
    kept += 1;
    const run = runs[runs.length - 1];
    if (run && run.firstSequence + run.users.length === sequence) run.users.push(user);
    else runs.push({ firstSequence: sequence, issuedAtMs: entry.issuedAtMs, users: [user] });
  });
  collected.holders += await lock.stage('staging', added);
  if (kept === entry.users.length) return;
  collected.superseded += entry.users.length - kept;
  await lock.amendOutbox(entry.id, runs satisfies readonly OutboxRun[]);
}

/** MySQL's rows with the entry's numbers: sequence → user. */
async function readWritten({ database, coupon }: Rebuild, entry: OutboxEntry): Promise<Map<number, UserId>> {
  const last = entry.firstSequence + entry.users.length - 1;
  const rows = await readRowsOfNumbers(database, coupon.id, { first: entry.firstSequence, last });
  return new Map(rows.map(({ sequence, user }) => [sequence, userText(user)]));
}
