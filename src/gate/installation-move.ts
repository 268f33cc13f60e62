// Moving a Redis to another installation, as an operator asks for it.
// Promise: until the last step Redis belongs to its former owner, so that a crash in between leaves it shut for us, and
// the command can be repeated. The verified mark goes first: any gate that comes then compares Redis with MySQL before
// deciding.

import type { Redis } from 'ioredis';
import { OperationalError } from '../errors.ts';
import { readCouponIds } from '../ids.ts';
import { advanceEpoch } from '../rebuild/epoch.ts';
import { BRAKED_COUPONS, couponKeys, EVERY_COUPON, LOADED_COUPONS, VERIFIED_RUN_ID } from '../redis/keys.ts';
import type { Database } from '../store/database.ts';
import { listAllIds, listLoaded } from '../store/tables/coupons.ts';
import { Installation, isOwnerConnected, readRedisClaim } from './installation.ts';

export interface InstallationView {
  /** Ids; null: Redis has none. */
  readonly redis: string | null;
  readonly mysql: string;
  readonly claim: string | null;
  /** `copy`: the same id, but a claim that this MySQL did not make. */
  readonly relation: 'same' | 'empty' | 'copy' | 'other';
  /** Whether a gate is connected that has this Redis. */
  readonly isOwnerConnected: boolean;
  /** Entries of outboxes and dead letters in Redis. */
  readonly unwritten: number;
  /** Coupons with a pause that MySQL may not have. */
  readonly unrecordedPauses: number;
}

export async function compareInstallations(redis: Redis, database: Database): Promise<InstallationView> {
  const installation = new Installation(database);
  const found = await readRedisClaim(redis);
  const mysql = await installation.id();
  return {
    redis: found?.id ?? null,
    mysql,
    claim: found?.claim ?? null,
    relation: await relationOf(found, mysql, installation),
    isOwnerConnected: await isOwnerConnected(redis),
    unwritten: await countUnwritten(redis),
    unrecordedPauses: (await brakedCoupons(redis)).length,
  };
}

async function relationOf(
  found: { id: string; claim: string } | null,
  mysql: string,
  installation: Installation,
): Promise<InstallationView['relation']> {
  if (found === null) return 'empty';
  if (found.id !== mysql) return 'other';
  return (await installation.madeAt(found.claim)) === null ? 'copy' : 'same';
}

async function countUnwritten(redis: Redis): Promise<number> {
  let entries = 0;
  for (const id of await loadedCoupons(redis)) {
    const { outbox, dead } = couponKeys(id);
    entries += (await redis.xlen(outbox)) + (await redis.xlen(dead));
  }
  return entries;
}

async function loadedCoupons(redis: Redis): Promise<number[]> {
  return readCouponIds(await redis.smembers(LOADED_COUPONS));
}

/** With EVERY_COUPON, if it has a mark. */
async function brakedCoupons(redis: Redis): Promise<number[]> {
  const ids = readCouponIds(await redis.smembers(BRAKED_COUPONS));
  const isEveryCoupon = (await redis.exists(couponKeys(EVERY_COUPON).brake)) === 1;
  return isEveryCoupon ? [...ids, EVERY_COUPON] : ids;
}

/**
 * For a MySQL that was restored from a dump which has the claim of this Redis: they belong together, and rows may be
 * missing. The next gate rebuilds each coupon before anything is decided: with another epoch in MySQL none is kept for
 * being complete in Redis. Not to be used while a gate has this Redis.
 */
export async function compareAgain(redis: Redis, database: Database): Promise<void> {
  await redis.del(VERIFIED_RUN_ID);
  for (const { id } of await listLoaded(database)) await advanceEpoch(database, id);
}

/**
 * Coupons of the same installation are kept, and with them the pauses that MySQL does not have yet: the next persister
 * records them. Those of another installation are removed with their pauses.
 * @param before as `compareInstallations` found it, and as the operator has agreed to
 * @returns how many coupons were removed from Redis
 * @throws OperationalError if another process has claimed Redis since
 */
export async function moveInstallation(
  redis: Redis,
  database: Database,
  before: InstallationView,
): Promise<{ removed: number }> {
  await compareAgain(redis, database);
  const removed = before.relation === 'other' ? await removeCoupons(redis, database) : 0;
  const claimed = await new Installation(database).claim(redis, before.claim);
  if (claimed === null) {
    throw new OperationalError(
      'CLAIMED_MEANWHILE',
      'transient',
      'another process has claimed this Redis meanwhile: look again',
    );
  }
  return { removed };
}

/** Those that Redis lists, and ours under the same numbers: what is left of them would be taken for grants of ours. */
async function removeCoupons(redis: Redis, database: Database): Promise<number> {
  const listed = await loadedCoupons(redis);
  const own = await listAllIds(database);
  // Those that are paused and not loaded, which a draft of ours under the same number would inherit.
  const braked = await brakedCoupons(redis);
  for (const id of new Set([...listed, ...braked, ...own])) {
    await redis.unlink(...(Object.values(couponKeys(id)) as string[]));
  }
  await redis.del(LOADED_COUPONS, BRAKED_COUPONS);
  return listed.length;
}
