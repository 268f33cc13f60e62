// The mark of a pause in Redis (lua/brake.lua). A pause must work also while MySQL is down, so it is the one move that
// Redis gets first; the mark keeps everything from opening the coupon until MySQL has the pause.
// Promise: each mark has an id of its own. MySQL records the pause under it once, by any process and after any number
// of tries.
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { readCount, readCouponIds } from '../ids.ts';
import { redisOutage } from '../redis/failures.ts';
import { BRAKED_COUPONS, CHANGES_CHANNEL, couponKeys } from '../redis/keys.ts';
import { runScript } from '../redis/scripts.ts';
import { isRedisReply } from '../redis/verified-pool.ts';
import { type Coupon, LOADED_STATES, type LoadedState, redisState } from '../store/tables/coupons.ts';

export interface Brake {
  readonly id: string;
  readonly couponId: number;
  readonly actor: string;
  readonly reason: string | null;
}

/** As Redis has it: `atMs` is when it took effect, by Redis' clock. */
export interface PlacedBrake extends Brake {
  readonly atMs: number;
}

export interface Placed {
  /** `closed` and `version`: nothing was changed. */
  readonly status: 'braked' | 'closed' | 'version';
  readonly atMs: number;
  /** As Redis had it before; empty if it has none. */
  readonly stateBefore: string;
  /** Keys that had another type than ours, which only an access from outside can cause. */
  readonly foreignKeys: readonly string[];
}

export function newBrake(couponId: number, actor: string, reason: string | undefined): Brake {
  return { id: randomUUID(), couponId, actor, reason: reason ?? null };
}

/** The mark that a pause of everything has on one coupon: the same one each time, so that MySQL records it once. */
export function brakeOf(all: Brake, couponId: number): Brake {
  return { ...all, id: `${all.id}:${couponId}`, couponId };
}

/** Once it returns, the coupon is issued to no one. @param options `atMs`: of a pause that is put back */
export async function placeBrake(
  redis: Redis,
  { id, couponId, actor, reason }: Brake,
  { ifVersion, atMs }: { readonly ifVersion?: number | undefined; readonly atMs?: number } = {},
): Promise<Placed> {
  const { brake, meta } = couponKeys(couponId);
  const details = JSON.stringify({ actor, reason });
  const [status, at, stateBefore, foreignKeys] = (await runScript(
    redis,
    'brake',
    [brake, meta, BRAKED_COUPONS],
    [couponId, id, details, ifVersion ?? '', atMs ?? ''],
  )) as [Placed['status'], number, string, string[]];
  if (status === 'braked') await redis.publish(CHANGES_CHANNEL, String(couponId));
  return { status, atMs: at, stateBefore, foreignKeys };
}

/** @param coupon as MySQL says; null: it has none. @returns false if Redis has another version: it was not released */
export async function releaseBrake(redis: Redis, { id, couponId }: Brake, coupon: Coupon | null): Promise<boolean> {
  const { brake, meta } = couponKeys(couponId);
  const isLoaded = coupon !== null && (LOADED_STATES as readonly string[]).includes(coupon.state);
  const state = isLoaded ? redisState(coupon.state as LoadedState) : '';
  const released = await runScript(
    redis,
    'release-brake',
    [brake, meta, BRAKED_COUPONS],
    [couponId, id, coupon?.version ?? '', state],
  );
  await redis.publish(CHANGES_CHANNEL, String(couponId));
  return released === 1;
}

/**
 * All that are in Redis, by coupon.
 * @param onRefused called for each key that Redis does not read, such as one of another type; the others count
 */
export async function readBrakes(
  redis: Redis,
  onRefused: (key: string, refusal: Error) => void = () => {},
): Promise<Map<number, PlacedBrake[]>> {
  const ifRead = <T>(key: string, reading: Promise<T>, otherwise: T): Promise<T> =>
    reading.catch((error: unknown) => {
      if (!isRedisReply(error) || redisOutage(error) !== null) throw error;
      onRefused(key, error);
      return otherwise;
    });
  const ids = readCouponIds(await ifRead(BRAKED_COUPONS, redis.smembers(BRAKED_COUPONS), []));
  const brakes = await Promise.all(ids.map((id) => ifRead(couponKeys(id).brake, readBrakesOf(redis, id), [])));
  return new Map(ids.map((id, index) => [id, brakes[index] as PlacedBrake[]]));
}

/** Oldest first. */
export async function readBrakesOf(redis: Redis, couponId: number): Promise<PlacedBrake[]> {
  const stored = await redis.hgetall(couponKeys(couponId).brake);
  return Object.entries(stored)
    .map(([id, text]) => readDetails(id, couponId, text))
    .sort((a, b) => a.atMs - b.atMs);
}

function readDetails(id: string, couponId: number, text: string): PlacedBrake {
  const end = text.indexOf(' ');
  let details: { actor?: unknown; reason?: unknown } = {};
  try {
    details = Object(JSON.parse(text.slice(end + 1)));
  } catch {
    // Set manually: it is a pause all the same.
  }
  const { actor, reason } = details;
  return {
    id,
    couponId,
    atMs: readCount(text.slice(0, Math.max(0, end))) ?? 0,
    actor: typeof actor === 'string' ? actor : 'unknown',
    reason: typeof reason === 'string' ? reason : null,
  };
}
