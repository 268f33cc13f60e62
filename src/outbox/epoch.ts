// The epoch under which outbox entries are read. A comparison or a rebuild of the coupon raises it, in MySQL first and
// in Redis at its end. What was read before may contradict what Redis has decided since, and MySQL refuses it
// (see docs/decisions/gate.md).
import type { Redis } from 'ioredis';
import { readCount } from '../ids.ts';
import { couponKeys } from '../redis/keys.ts';
import { isRedisReply } from '../redis/verified-pool.ts';

/** Of entries whose epoch is not known: MySQL refuses them, and they are read again. */
const NO_EPOCH = -1;

/** @param field of the meta; null if there is none; '-' if the meta is no hash: that concerns its own coupon alone */
export function epochOf(field: string | null): number {
  // Without one it is a coupon that no rebuild has ever seen, whose row has epoch 0.
  return field === '-' ? NO_EPOCH : (readCount(field) ?? 0);
}

/**
 * To be asked on the same connection and before the entries: a rebuild in between then makes it too old, never too new.
 */
export async function readEpoch(redis: Redis, couponId: number): Promise<number> {
  try {
    return epochOf(await redis.hget(couponKeys(couponId).meta, 'epoch'));
  } catch (error) {
    if (isRedisReply(error)) return NO_EPOCH;
    throw error;
  }
}
