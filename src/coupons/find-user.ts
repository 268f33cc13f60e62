// The coupons in which a user stands: by the database, and, of coupons that are in Redis, by Redis.
import type { Redis } from 'ioredis';
import { deadLetterPages } from '../outbox/dead-letters.ts';
import { couponKeys } from '../redis/keys.ts';
import { type Coupon, listLoaded, readCoupon } from '../store/tables/coupons.ts';
import { listCouponsOfUser } from '../store/tables/erased-users.ts';
import type { ReadStores } from '../stores.ts';
import { type UserKey, userInText, userText } from '../user-id.ts';

const COUPONS_AT_ONCE = 100;

/** In rising order of their ids. */
export async function findCouponsOfUser({ redis, database }: ReadStores, userId: UserKey): Promise<Coupon[]> {
  const ids = new Set(await listCouponsOfUser(database, userId));
  const loaded = await listLoaded(database);
  for (let start = 0; start < loaded.length; start += COUPONS_AT_ONCE) {
    const part = loaded.slice(start, start + COUPONS_AT_ONCE);
    const found = await Promise.all(part.map(({ id }) => lookInRedis(redis, id, userId)));
    for (const [index, { id }] of part.entries()) {
      const { isThere, letters } = found[index] as InRedis;
      // Letters may be many: those of one coupon at a time, page by page.
      if (isThere || (letters > 0 && !ids.has(id) && (await isInLetters(redis, id, userId)))) ids.add(id);
    }
  }
  const coupons: Coupon[] = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const coupon = await readCoupon(database, id);
    // A row that was deleted manually has nothing to move.
    if (coupon) coupons.push(coupon);
  }
  return coupons;
}

interface InRedis {
  /** Its dead letters aside. */
  readonly isThere: boolean;
  /** How many dead letters it has, of whomever. */
  readonly letters: number;
}

async function lookInRedis(redis: Redis, couponId: number, userId: UserKey): Promise<InRedis> {
  const { holders, revoked, idempotencyKeys, dead } = couponKeys(couponId);
  const [held, gone, remembered, letters] = await Promise.all([
    redis.sismember(holders, userId),
    redis.sismember(revoked, userId),
    redis.hexists(idempotencyKeys, userText(userId)),
    redis.xlen(dead),
  ]);
  return { isThere: held + gone + remembered > 0, letters };
}

async function isInLetters(redis: Redis, couponId: number, userId: UserKey): Promise<boolean> {
  const inRaw = new RegExp(userInText(userId));
  for await (const page of deadLetterPages(redis, couponId)) {
    if (page.some((letter) => letter.userId === userId || inRaw.test(letter.raw ?? ''))) return true;
  }
  return false;
}
