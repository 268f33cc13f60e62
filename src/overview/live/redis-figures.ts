// What Redis says of everything for one look. The whole once a second; between, in a rush, only the coupons that are
// being issued.
import type { Redis } from 'ioredis';
import { readCouponIds } from '../../ids.ts';
import { INSTALLATION, LOADED_COUPONS } from '../../redis/keys.ts';
import { redisNow } from '../../redis/time.ts';
import type { Coupon } from '../../store/tables/coupons.ts';
import { unlessDamaged, withoutRedis } from '../either-store.ts';
import { type CouponOverview, overviewFromRedis, overviewOf, unknownOverview } from '../overview.ts';
import { type GateState, readGate, readServer } from '../status.ts';

export interface RedisFigures {
  /** Milliseconds since 1970, by Redis' clock. */
  readonly atMs: number;
  readonly gate: GateState;
  readonly redisMemoryBytes: number | null;
  readonly heldDrafts: readonly number[] | null;
  readonly processes: Readonly<Record<string, number>>;
  /** Of the installation that this Redis belongs to. */
  readonly claim: string | null;
  readonly coupons: ReadonlyMap<number, CouponOverview>;
}

/** As many as the status shows. */
export const COUPONS_MAX = 50;

/** @param known rows of MySQL, newest first; null: MySQL does not answer, so Redis says which coupons there are */
export async function readRedisFigures(redis: Redis, known: readonly Coupon[] | null): Promise<RedisFigures> {
  const [atMs, server, claim, loaded] = await Promise.all([
    redisNow(redis),
    readServer(redis),
    redis.hget(INSTALLATION, 'claim'),
    known ? null : redis.smembers(LOADED_COUPONS),
  ]);
  const ids = known?.map(({ id }) => id) ?? readCouponIds(loaded ?? []).sort((a, b) => b - a);
  return { ...server, atMs, claim, coupons: await readCoupons(redis, ids.slice(0, COUPONS_MAX), known ?? [], atMs) };
}

/** The same with what may have changed within a fraction of a second. */
export async function refreshRedisFigures(
  redis: Redis,
  last: RedisFigures,
  ids: readonly number[],
  known: readonly Coupon[],
): Promise<RedisFigures> {
  const [atMs, gate] = await Promise.all([redisNow(redis), readGate(redis)]);
  const coupons = new Map(last.coupons);
  for (const [id, overview] of await readCoupons(redis, ids, known, atMs)) coupons.set(id, overview);
  return { ...last, atMs, gate, coupons };
}

async function readCoupons(
  redis: Redis,
  ids: readonly number[],
  known: readonly Coupon[],
  nowMs: number,
): Promise<Map<number, CouponOverview>> {
  const rows = new Map(known.map((coupon) => [coupon.id, coupon]));
  const found = await Promise.all(
    ids.map((id) => {
      const row = rows.get(id);
      return row
        ? unlessDamaged(overviewOf(redis, row, nowMs), withoutRedis(row, nowMs))
        : unlessDamaged<CouponOverview | null>(overviewFromRedis(redis, id, nowMs), unknownOverview(id));
    }),
  );
  return new Map(ids.flatMap((id, index) => (found[index] ? [[id, found[index] as CouponOverview]] : [])));
}
