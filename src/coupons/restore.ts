// Takes back what was changed in Redis alone: a lowering that MySQL did not follow, a stock or a total set manually.
//
// A restore is a move like that of an operator, with a version of its own that is committed to MySQL before Redis gets
// it. It does not use the version that MySQL has already. A restorer that stood still may have lost the lock of the
// coupon's record. With the old version it could take back the lowering of an operator who holds the lock now, and
// Redis would issue more than MySQL is about to allow.
// Promise: nothing is restored, and the version does not rise, unless Redis really differs. A crash before the commit
// leaves the difference to the next check of the reconciler; a crash after it is any other move that was left half
// done.
import type { Redis } from 'ioredis';
import { readCount } from '../ids.ts';
import { couponKeys } from '../redis/keys.ts';
import { recordAudit } from '../store/tables/audit.ts';
import { updateCoupon } from '../store/tables/coupon-changes.ts';
import { type Coupon, LOADED_STATES, lockCoupon } from '../store/tables/coupons.ts';
import type { Stores } from '../stores.ts';
import { type SyncOutcome, syncCoupon } from './sync.ts';

/** What Redis stores of a coupon that a restore may have to take back; null: missing. */
export interface StoredInRedis {
  readonly stock: string | null;
  readonly version: string | null;
  /** The stock that MySQL has agreed to. */
  readonly total: string | null;
  /** The version at which a process began to lower the stock. */
  readonly lowering: string | null;
}

/** Waits for a move that is under way. */
export async function restoreCoupon(servers: Stores, couponId: number): Promise<SyncOutcome> {
  await servers.database.transaction(async (tx) => {
    const coupon = await lockCoupon(tx, couponId);
    if (!coupon || !(LOADED_STATES as readonly string[]).includes(coupon.state)) return;
    const stored = await readStored(servers.redis, couponId);
    const why = findUnagreed(coupon, stored);
    if (why === null) return;
    const version = Math.max(coupon.version, versionOf(stored)) + 1;
    await updateCoupon(tx, { ...coupon, version }, {});
    await recordAudit(tx, {
      actor: 'couponrush',
      action: 'restore',
      couponId,
      versionBefore: coupon.version,
      versionAfter: version,
      before: stored,
      after: { totalStock: coupon.totalStock },
      result: 'RECORDED',
      detail: `in Redis alone: ${why}`,
    });
  });
  return syncCoupon(servers, couponId);
}

export async function readStored(redis: Redis, couponId: number): Promise<StoredInRedis> {
  const keys = couponKeys(couponId);
  const [stock, [version = null, total = null, lowering = null]] = await Promise.all([
    redis.get(keys.stock),
    redis.hmget(keys.meta, 'version', 'total', 'lowering'),
  ]);
  return { stock, version, total, lowering };
}

/**
 * What Redis has and MySQL never agreed to; null: nothing, or only what a plain sync brings (an older version).
 * A smaller stock is left alone: it issues fewer, which an operator may want.
 */
export function findUnagreed(coupon: Pick<Coupon, 'version' | 'totalStock'>, stored: StoredInRedis): string | null {
  const { stock, version, total, lowering } = stored;
  const known = versionOf(stored);
  const issued = readCount(stock);
  // Not complete: the gate loads it.
  if (issued === null || known < coupon.version) return null;
  // MySQL was set back.
  if (known > coupon.version) return `version ${version}`;
  if (lowering !== null) return `lowering ${lowering}`;
  if (total !== null && total !== String(coupon.totalStock)) return `total ${total}`;
  if (issued > coupon.totalStock) return `stock ${stock}`;
  return null;
}

/** As the scripts read it. One of 15 digits could not rise any more. */
function versionOf({ version }: StoredInRedis): number {
  const known = readCount(version) ?? 0;
  return known < 1e14 ? known : 0;
}
