// What operators do with dead letters, with a record of it.

import { setTimeout as sleep } from 'node:timers/promises';
import {
  CouponIsRebuilt,
  type DeadLetter,
  findDeadLetter,
  listDeadLetters,
  redrive,
  resolve,
} from '../outbox/dead-letters.ts';
import { RebuildLock } from '../rebuild/lock.ts';
import { couponKeys } from '../redis/keys.ts';
import type { Stores } from '../stores.ts';
import { audited } from './audited.ts';
import { MoveRefused, type Order } from './move.ts';

const LOCK_WAIT_MS = 5000;
const LOCK_POLL_MS = 50;
const BUSY = 'The coupon is being rebuilt, or another operator gives dead letters up or erases a user: ask again';

/** @returns how many were sent back to MySQL. @throws MoveRefused NOT_READY while the coupon is rebuilt */
export function redriveLetters(
  { redis, database }: Pick<Stores, 'redis' | 'database'>,
  { couponId, actor, dryRun }: Order,
  ids: readonly string[] | 'all',
): Promise<number> {
  if (dryRun) return countLetters(redis, couponId, ids, isComplete);
  const detail = ids === 'all' ? 'asked for all of them' : `asked for ${ids.length}: ${ids.join(' ')}`;
  return audited(database, { actor, action: 'redrive', couponId, detail }, async () => {
    try {
      return await redrive(redis, couponId, ids);
    } catch (error) {
      if (error instanceof CouponIsRebuilt) throw new MoveRefused('NOT_READY', BUSY);
      throw error;
    }
  });
}

/**
 * Under the lock of a rebuild: a letter is given up by one operator, is not sent back meanwhile, and no rebuild reads
 * what is given up before and the letters after it.
 * @returns how many were given up. @throws MoveRefused NOT_READY
 */
export function resolveLetters(
  { redis, database }: Pick<Stores, 'redis' | 'database'>,
  { couponId, actor, dryRun }: Order,
  ids: readonly string[],
  reason: string,
): Promise<number> {
  if (dryRun) return countLetters(redis, couponId, ids);
  const detail = `asked for ${ids.length}: ${reason}`;
  return audited(database, { actor, action: 'resolve', couponId, detail }, async () => {
    const lock = await takeRebuildLock(redis, couponId);
    try {
      return await resolve(redis, database, couponId, ids, reason);
    } finally {
      await lock.release();
    }
  });
}

/** Only such a letter can be sent back. */
function isComplete({ userId, sequence, issuedAt }: DeadLetter): boolean {
  return userId !== null && sequence !== null && issuedAt !== null;
}

/** For a dry run: how many of them are there now. @throws MoveRefused NOT_READY, as the work itself */
async function countLetters(
  redis: Stores['redis'],
  couponId: number,
  ids: readonly string[] | 'all',
  counts: (letter: DeadLetter) => boolean = () => true,
): Promise<number> {
  if ((await redis.exists(couponKeys(couponId).rebuildLock)) === 1) throw new MoveRefused('NOT_READY', BUSY);
  let count = 0;
  if (ids === 'all') {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: DeadLetter[] = await listDeadLetters(redis, couponId, { after });
      count += page.filter(counts).length;
      after = page.at(-1)?.id;
    }
    return count;
  }
  for (const id of new Set(ids)) {
    const letter = await findDeadLetter(redis, couponId, id);
    if (letter && counts(letter)) count += 1;
  }
  return count;
}

/** @throws MoveRefused NOT_READY */
export async function takeRebuildLock(redis: Stores['redis'], couponId: number): Promise<RebuildLock> {
  for (const until = performance.now() + LOCK_WAIT_MS; ; ) {
    const lock = await RebuildLock.take(redis, couponKeys(couponId));
    if (lock) return lock;
    if (performance.now() > until) throw new MoveRefused('NOT_READY', BUSY);
    await sleep(LOCK_POLL_MS);
  }
}
