// What operators do with dead letters, with a record of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { CouponIsRebuilt, redrive, resolve } from '../outbox/dead-letters.ts';
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
  { couponId, actor }: Order,
  ids: readonly string[] | 'all',
): Promise<number> {
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
 * Under the lock of a rebuild: a letter is given up by one operator, is not sent back meanwhile, and no rebuild reads what
 * is given up before and the letters after it.
 * @returns how many were given up. @throws MoveRefused NOT_READY
 */
export function resolveLetters(
  { redis, database }: Pick<Stores, 'redis' | 'database'>,
  { couponId, actor }: Order,
  ids: readonly string[],
  reason: string,
): Promise<number> {
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

/** @throws MoveRefused NOT_READY */
export async function takeRebuildLock(redis: Stores['redis'], couponId: number): Promise<RebuildLock> {
  for (const until = performance.now() + LOCK_WAIT_MS; ; ) {
    const lock = await RebuildLock.take(redis, couponKeys(couponId));
    if (lock) return lock;
    if (performance.now() > until) throw new MoveRefused('NOT_READY', BUSY);
    await sleep(LOCK_POLL_MS);
  }
}
