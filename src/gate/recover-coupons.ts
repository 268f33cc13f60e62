// Brings the coupons of one Redis process into a state that may be believed, one after the other.
// Promise: a coupon that can't be recovered is left closed (no stock key), and does not hold up the others.
import { type Redis, ReplyError } from 'ioredis';
import type { Logger } from '../log.ts';
import {
  readLastGrantMs,
  readSurvivor,
  type Survivor,
  suspectBeforeRebuild,
  suspectLoss,
} from '../rebuild/loss-suspicion.ts';
import { keepCoupon, type RebuildProgress, rebuildCoupon } from '../rebuild/rebuild.ts';
import { couponKeys, LOADED_COUPONS } from '../redis/keys.ts';
import type { LockOwner } from '../redis/lock.ts';
import { pollUntil } from '../runtime/poll.ts';
import type { Database } from '../store/database.ts';
import { listLoaded } from '../store/tables/coupons.ts';

export interface CouponRecoveryOptions {
  readonly database: Database;
  readonly log: Logger;
  readonly owner: LockOwner;
  /**
   * Before a coupon is opened in a Redis that may have lost something: puts back what only this node remembers.
   * Resolves with the coupons of which it can't: they stay closed.
   */
  readonly putBack?: (redis: Redis) => Promise<ReadonlySet<number>>;
}

const RETRY_MS = 200;
/** Until a coupon that could not be rebuilt is tried again. */
const FAILED_PAUSE_MS = 10_000;
const LOG_EVERY_ROWS = 100_000;
const PAUSE_NOT_PUT_BACK = 'Redis refuses a pause of it that MySQL does not have yet';
const CAME_BACK_LESS = 'what Redis had of the coupon was not complete';

export class CouponRecovery {
  readonly #options: CouponRecoveryOptions;
  /** Coupons that could not be rebuilt, and when they may be tried again. */
  readonly #failed = new Map<number, number>();
  #progress: RebuildProgress | null = null;
  #rebuilds = 0;

  constructor(options: CouponRecoveryOptions) {
    this.#options = options;
  }

  /** Of the rebuild that is under way. */
  get progress(): RebuildProgress | null {
    return this.#progress;
  }

  get rebuilds(): number {
    return this.#rebuilds;
  }

  /** Every coupon that MySQL has loaded: kept if it is proven complete, otherwise rebuilt. */
  async recoverAll(redis: Redis, closed: AbortSignal): Promise<{ kept: number; rebuilt: number }> {
    const { database } = this.#options;
    const coupons = await listLoaded(database);
    // It failed in another process, perhaps: what this one has must be checked.
    this.#failed.clear();
    const notPutBack = await this.#options.putBack?.(redis);
    await this.#closeOrphans(redis, new Set(coupons.map(({ id }) => id)));
    const survivor = await readSurvivor(redis, 'restart');
    let kept = 0;
    for (const { id } of coupons) {
      if (closed.aborted) break;
      if (notPutBack?.has(id)) {
        await this.#keepClosed(redis, id, PAUSE_NOT_PUT_BACK);
        continue;
      }
      const lastGrantMs = survivor.weakness === null ? null : await readLastGrantMs(redis, database, id);
      if (await this.#keep(redis, id)) {
        kept += 1;
        const { weakness } = survivor;
        if (weakness !== null) await suspectLoss(redis, database, id, { survivor, lastGrantMs, reason: weakness });
        continue;
      }
      // Busy: a rebuild that an operator asked for, or the lock of a crash, which expires.
      await pollUntil(() => this.#rebuild(redis, id, survivor), { everyMs: RETRY_MS, signal: closed });
    }
    return { kept, rebuilt: coupons.length - kept };
  }

  /** An older Redis may still have coupons that were archived since: without a stock they issue nothing. */
  async #closeOrphans(redis: Redis, loaded: ReadonlySet<number>): Promise<void> {
    const orphans = (await redis.smembers(LOADED_COUPONS)).map(Number).filter((id) => id > 0 && !loaded.has(id));
    if (orphans.length === 0) return;
    this.#options.log.warn(
      { coupons: orphans.slice(0, 10), count: orphans.length },
      'closes coupons that MySQL has not open',
    );
    await Promise.all(orphans.map((id) => closeCoupon(redis, id)));
  }

  async #keep(redis: Redis, couponId: number): Promise<boolean> {
    const { database, log } = this.#options;
    try {
      return await keepCoupon({ redis, database, log }, couponId);
    } catch (error) {
      if (error instanceof ReplyError) return false;
      throw error;
    }
  }

  /**
   * A coupon of which something was removed while Redis ran.
   * @returns false if another rebuild of the coupon is under way
   */
  async rebuild(redis: Redis, couponId: number): Promise<boolean> {
    const notPutBack = await this.#options.putBack?.(redis);
    if (notPutBack?.has(couponId)) {
      await this.#keepClosed(redis, couponId, PAUSE_NOT_PUT_BACK);
      return true;
    }
    return this.#rebuild(redis, couponId, await readSurvivor(redis, 'emptied'));
  }

  async #rebuild(redis: Redis, couponId: number, survivor: Survivor): Promise<boolean> {
    const { database, log, owner } = this.#options;
    if ((this.#failed.get(couponId) ?? 0) > performance.now()) return true;
    const report = (progress: RebuildProgress) => this.#report(progress);
    try {
      const found = { survivor, lastGrantMs: await readLastGrantMs(redis, database, couponId), reason: CAME_BACK_LESS };
      await suspectBeforeRebuild(database, couponId, found);
      const outcome = await rebuildCoupon({ redis, database, log, owner, report }, couponId);
      if (outcome.kind === 'busy') return false;
      this.#rebuilds += 1;
      if (outcome.kind === 'rebuilt') await suspectLoss(redis, database, couponId, found);
      // Archived a moment ago.
      if (outcome.kind === 'absent') await closeCoupon(redis, couponId);
      if (outcome.kind === 'over') this.#failed.set(couponId, performance.now() + FAILED_PAUSE_MS);
      else this.#failed.delete(couponId);
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      // A key of a wrong type, or memory is full. One coupon must not keep the others from being issued.
      this.#rebuilds += 1;
      await this.#keepClosed(redis, couponId, String(error));
    } finally {
      this.#progress = null;
    }
    return true;
  }

  async #keepClosed(redis: Redis, couponId: number, error: string): Promise<void> {
    await closeCoupon(redis, couponId);
    this.#failed.set(couponId, performance.now() + FAILED_PAUSE_MS);
    this.#options.log.error({ couponId, error }, 'a coupon can not be rebuilt: it stays closed');
  }

  #report(progress: RebuildProgress): void {
    const before = this.#progress?.couponId === progress.couponId ? this.#progress.rows : 0;
    this.#progress = progress;
    if (Math.floor(progress.rows / LOG_EVERY_ROWS) > Math.floor(before / LOG_EVERY_ROWS)) {
      this.#options.log.info(progress, 'rebuilding');
    }
  }
}

/** Without a stock nothing is decided, and without a state a stock that is set manually does not open it. */
async function closeCoupon(redis: Redis, couponId: number): Promise<void> {
  const { stock, meta } = couponKeys(couponId);
  await redis.unlink(stock);
  // If meta has another type, nothing is decided either.
  await redis.hdel(meta, 'state').catch((error: Error) => {
    if (!error.message.startsWith('WRONGTYPE')) throw error;
  });
}
