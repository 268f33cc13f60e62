// Takes over a coupon whose stock key was SET manually, without anything else: the operator's way of the reference
// system. It is compared with MySQL's rows first, like after a loss of Redis, and then open within its window.
//
// The stock that counts is the smaller one of what was typed and MySQL's total_stock, and never less than what is
// issued already. MySQL is the record of how many may be issued, so a typing mistake can't raise it: that is what
// restock is for. A smaller number is what the operator wants now, so MySQL follows it, and both agree at rest.
import type { Redis } from 'ioredis';
import { readCount } from '../ids.ts';
import { isLoaded } from '../rebuild/rebuild.ts';
import { couponKeys } from '../redis/keys.ts';
import { recordAudit } from '../store/tables/audit.ts';
import { updateCoupon } from '../store/tables/coupon-changes.ts';
import { lockCoupon } from '../store/tables/coupons.ts';
import type { Stores } from '../stores.ts';
import { loadCoupon } from './preload.ts';

/**
 * `adopted`: it can be decided now (also if another process did it). `absent`: MySQL has no such coupon.
 * `not-ready`: there is no stock to adopt, the coupon is archived, or it has too many rows for the caller to wait for.
 */
export type AdoptOutcome = 'adopted' | 'absent' | 'not-ready';

/**
 * Can be called by many processes at once. MySQL first, then Redis: after a crash in between the gate loads the coupon.
 * A PAUSED or CLOSED coupon stays so: there the missing meta is a loss, and no operator has opened it.
 * @param rowsMax coupons with more rows are left to the gate
 * @throws OperationalError (MySQL), or the error of Redis
 */
export async function adoptCoupon(
  servers: Stores,
  couponId: number,
  rowsMax = Number.POSITIVE_INFINITY,
): Promise<AdoptOutcome> {
  let found = await readTyped(servers.redis, couponId);
  if (typeof found === 'number') {
    const agreed = await agreeOnStock(servers, couponId, rowsMax);
    if (agreed === 'absent' || agreed === 'not-ready') return agreed;
    found = agreed;
  }
  if (found === 'loaded') return 'adopted';
  if (found === 'nothing') return 'not-ready';
  await loadCoupon(servers, couponId);
  return 'adopted';
}

async function readTyped(redis: Redis, couponId: number): Promise<number | 'loaded' | 'loading' | 'nothing'> {
  const keys = couponKeys(couponId);
  if (await isLoaded(redis, couponId)) return 'loaded';
  const [stock, lock] = await Promise.all([redis.get(keys.stock), redis.exists(keys.rebuildLock)]);
  if (lock === 1) return 'loading';
  return readCount(stock) ?? 'nothing';
}

/** What was typed is read with MySQL's record locked: until then another process may have adopted another number. */
function agreeOnStock(
  { redis, database, log }: Stores,
  couponId: number,
  rowsMax: number,
): Promise<'absent' | 'not-ready' | 'loaded' | 'loading' | 'nothing'> {
  return database.transaction(async (tx) => {
    const row = await lockCoupon(tx, couponId);
    if (!row) return 'absent';
    if (row.state === 'ARCHIVED') return 'not-ready';
    const typed = await readTyped(redis, couponId);
    if (typeof typed === 'string') return typed;
    const issued = row.totalStock - row.stock;
    if (issued > rowsMax) return 'not-ready';
    // Rows of holders may still be on their way.
    const held = await redis.scard(couponKeys(couponId).holders);
    const stock = Math.min(row.totalStock, Math.max(typed, issued, held));
    const state = row.state === 'DRAFT' ? 'OPEN' : row.state;
    if (stock === row.totalStock && state === row.state) return 'loading';
    const version = row.version + 1;
    await updateCoupon(tx, { id: couponId, state, version }, { totalStock: stock, stock: stock - issued });
    // Redis gets it by the load that follows.
    await recordAudit(tx, {
      actor: 'redis, stock set by hand',
      action: 'adopt',
      couponId,
      versionBefore: row.version,
      versionAfter: version,
      before: { state: row.state, totalStock: row.totalStock },
      after: { state, totalStock: stock },
      result: 'APPLIED',
      detail: `typed ${typed}`,
    });
    log.warn({ couponId, typed, stock }, 'adopts a coupon whose stock was set by hand');
    return 'loading';
  });
}
