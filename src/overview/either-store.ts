// Coupons as an operator sees them, also if one of the stores does not answer: then by the other one alone, and marked
// so.
// Promise: an answer, or an error, within 3 s.
import type { Redis } from 'ioredis';
import { attempt, noStore } from '../coupons/store-attempt.ts';
import { readCouponIds } from '../ids.ts';
import { redisOutage } from '../redis/failures.ts';
import { LOADED_COUPONS } from '../redis/keys.ts';
import { redisNow } from '../redis/time.ts';
import { isRedisReply } from '../redis/verified-pool.ts';
import { type Coupon, type CouponFilter, listCoupons, readCoupon } from '../store/tables/coupons.ts';
import type { ReadStores } from '../stores.ts';
import { type CouponOverview, overviewFromRedis, overviewOf, phaseOf, unknownOverview } from './overview.ts';

export type StoreStanding = 'ok' | 'unreachable';

/** Which stores have answered. */
export interface Standings {
  readonly mysql: StoreStanding;
  readonly redis: StoreStanding;
}

/** Both are asked at once; what is read of each coupon comes after it. Together less than 3 s. */
const FIRST_WITHIN_MS = 1400;
const EACH_WITHIN_MS = 1200;

/** @throws OperationalError: neither store answers */
export async function readOverviews(
  { redis, database }: ReadStores,
  filter: CouponFilter,
): Promise<Standings & { readonly atMs: number; readonly coupons: readonly CouponOverview[] }> {
  const [coupons, nowMs] = await Promise.all([
    attempt(listCoupons(database, filter), FIRST_WITHIN_MS),
    attempt(redisNow(redis), FIRST_WITHIN_MS),
  ]);
  if (coupons === undefined && nowMs === undefined) throw noStore('Neither Redis nor MySQL answers');
  const inRedis =
    nowMs === undefined ? undefined : await attempt(readEach(redis, coupons, filter, nowMs), EACH_WITHIN_MS);
  if (inRedis === undefined && coupons === undefined) throw noStore('Neither Redis nor MySQL answers');
  const atMs = nowMs ?? Date.now();
  return {
    mysql: coupons === undefined ? 'unreachable' : 'ok',
    redis: inRedis === undefined ? 'unreachable' : 'ok',
    atMs,
    coupons: inRedis ?? (coupons as Coupon[]).map((coupon) => withoutRedis(coupon, atMs)),
  };
}

/** @returns null if there is no such coupon. @throws OperationalError: no store that answers can say */
export async function readOverview(
  stores: ReadStores,
  couponId: number,
): Promise<(Standings & { readonly overview: CouponOverview }) | null> {
  const { redis, database } = stores;
  const [coupon, nowMs] = await Promise.all([
    attempt(readCoupon(database, couponId), FIRST_WITHIN_MS),
    attempt(redisNow(redis), FIRST_WITHIN_MS),
  ]);
  if (coupon === null) return null;
  const mysql = coupon === undefined ? 'unreachable' : 'ok';
  const reading =
    nowMs === undefined
      ? undefined
      : coupon
        ? unlessDamaged(overviewOf(redis, coupon, nowMs), withoutRedis(coupon, nowMs))
        : overviewFromRedis(redis, couponId, nowMs);
  const inRedis = reading && (await attempt<CouponOverview | null>(reading, EACH_WITHIN_MS));
  if (inRedis) return { mysql, redis: 'ok', overview: inRedis };
  if (!coupon) throw noStore('MySQL does not answer, and Redis has nothing of the coupon, or does not answer either');
  return { mysql, redis: 'unreachable', overview: withoutRedis(coupon, Date.now()) };
}

async function readEach(
  redis: Redis,
  coupons: readonly Coupon[] | undefined,
  { states = [], before = Number.MAX_SAFE_INTEGER, name, limit }: CouponFilter,
  nowMs: number,
): Promise<CouponOverview[]> {
  if (coupons) {
    return Promise.all(
      coupons.map((coupon) => unlessDamaged(overviewOf(redis, coupon, nowMs), withoutRedis(coupon, nowMs))),
    );
  }
  // Redis knows no names.
  if (name !== undefined) return [];
  const ids = readCouponIds(await redis.smembers(LOADED_COUPONS))
    .filter((id) => id < before)
    .sort((a, b) => b - a);
  const reading = ids
    .slice(0, limit)
    .map((id) => unlessDamaged<CouponOverview | null>(overviewFromRedis(redis, id, nowMs), unknownOverview(id)));
  const found = await Promise.all(reading);
  return found.filter(
    (overview): overview is CouponOverview =>
      overview !== null &&
      (states.length === 0 || overview.coupon.state === null || states.includes(overview.coupon.state)),
  );
}

/** A key of one coupon that has another type, which the gate reports, must not hide the others. */
export async function unlessDamaged<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!isRedisReply(error) || redisOutage(error) !== null) throw error;
    return otherwise;
  }
}

export function withoutRedis(coupon: Coupon, nowMs: number): CouponOverview {
  return { coupon, live: null, held: null, phase: phaseOf(coupon, null, nowMs) };
}
