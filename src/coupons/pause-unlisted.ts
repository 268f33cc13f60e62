// A pause of everything that was made while MySQL did not answer: which coupons MySQL has beside those that Redis lists
// is not known then. A mark in Redis stands for all of them. As soon as MySQL answers, the persisters replace it by a
// mark on each coupon that is open, or would open by itself: before the gate opens a coupon, and before a draft is
// preloaded.
// Promise: each coupon gets the same mark regardless of how many persisters do it, and how often. One whose pause is on
// record, and may have been resumed, gets none.
// Not promised: the mark is in Redis only. If Redis loses it before MySQL answers, drafts are not held.
import type { Redis } from 'ioredis';
import { redisOutage } from '../redis/failures.ts';
import { couponKeys, EVERY_COUPON } from '../redis/keys.ts';
import { isRedisReply } from '../redis/verified-pool.ts';
import { isBrakeRecorded, listOpening } from '../store/tables/brake-records.ts';
import type { Stores } from '../stores.ts';
import { brakeOf, placeBrake, readBrakesOf, releaseBrake } from './brake.ts';

/** Called with each key that Redis refuses to read or write, such as one of another type; the others count. */
type OnRefused = (key: string, refusal: Error) => void;

/**
 * @returns coupons whose mark Redis refuses: they must not be opened
 * @throws the error of Redis or MySQL: none may be opened by itself
 */
export async function pauseUnlisted(
  redis: Redis,
  database: Stores['database'],
  onRefused: OnRefused = () => {},
): Promise<ReadonlySet<number>> {
  const refused = new Set<number>();
  const waiting = (await unlessRefused(EVERY_COUPON, readBrakesOf(redis, EVERY_COUPON), onRefused)) ?? [];
  if (waiting.length === 0) return refused;
  const { open, drafts } = await listOpening(database);
  for (const all of waiting) {
    for (const couponId of [...drafts, ...open]) {
      const brake = brakeOf(all, couponId);
      if (await isBrakeRecorded(database, couponId, brake.id)) continue;
      const placed = await unlessRefused(couponId, placeBrake(redis, brake, { atMs: all.atMs }), onRefused);
      if (placed === null) refused.add(couponId);
    }
    if (refused.size === 0) await releaseBrake(redis, all, null);
  }
  return refused;
}

async function unlessRefused<T>(couponId: number, work: Promise<T>, onRefused: OnRefused): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (!isRedisReply(error) || redisOutage(error) !== null) throw error;
    onRefused(couponKeys(couponId).brake, error);
    return null;
  }
}
