// The coupons in which a user stands: by the database, and, of coupons that are in Redis, by Redis.
import type { Redis } from 'ioredis';
import { listDeadLetters } from '../outbox/dead-letters.ts';
import { couponKeys } from '../redis/keys.ts';
import { type Coupon, listLoaded, readCoupon } from '../store/tables/coupons.ts';
import { listCouponsOfUser } from '../store/tables/erased-users.ts';
import type { ReadStores } from '../stores.ts';

const COUPONS_AT_ONCE = 100;

/** In rising order of their ids. */
export async function findCouponsOfUser({ redis, database }: ReadStores, userId: number): Promise<Coupon[]> {
  const ids = new Set(await listCouponsOfUser(database, userId));
  const loaded = await listLoaded(database);
  for (let start = 0; start < loaded.length; start += COUPONS_AT_ONCE) {
    const part = loaded.slice(start, start + COUPONS_AT_ONCE);
    const found = await Promise.all(part.map(({ id }) => isInRedis(redis, id, userId)));
    part.forEach(({ id }, index) => {
      if (found[index]) ids.add(id);
    });
  }
  const coupons: Coupon[] = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const coupon = await readCoupon(database, id);
    // A row that was deleted manually has nothing to move.
    if (coupon) coupons.push(coupon);
  }
  return coupons;
}

async function isInRedis(redis: Redis, couponId: number, userId: number): Promise<boolean> {
  const { holders, revoked, idempotencyKeys, dead } = couponKeys(couponId);
  const [held, gone, remembered, letters] = await Promise.all([
    redis.sismember(holders, userId),
    redis.sismember(revoked, userId),
    redis.hexists(idempotencyKeys, String(userId)),
    redis.xlen(dead),
  ]);
  return held + gone + remembered > 0 || (letters > 0 && (await isInLetters(redis, couponId, userId)));
}

async function isInLetters(redis: Redis, couponId: number, userId: number): Promise<boolean> {
  const inRaw = new RegExp(`(?<!\\d)${userId}(?!\\d)`);
  for (let after = ''; ; ) {
    const letters = await listDeadLetters(redis, couponId, { after });
    if (letters.some((letter) => letter.userId === userId || inRaw.test(letter.raw ?? ''))) return true;
    const last = letters.at(-1);
    if (!last) return false;
    after = last.id;
  }
}
