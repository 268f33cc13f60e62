// What happens to coupons by itself, once a second in each persister: drafts are preloaded before they open. A move
// whose process died between MySQL and Redis is completed. A change that only Redis has is taken back.
// Safe with any number of persisters: each step is fenced by the coupon's record or its version. A crash leaves nothing
// behind but work for the next second.
import { OperationalError } from '../errors.ts';
import { readCouponIds } from '../ids.ts';
import { LOADED_COUPONS } from '../redis/keys.ts';
import { redisNow } from '../redis/time.ts';
import { isRedisReply } from '../redis/verified-pool.ts';
import { readWriteMark } from '../redis/write-mark.ts';
import { KnownFailures } from '../runtime/known-failures.ts';
import { Service } from '../runtime/service.ts';
import { listUnapplied } from '../store/tables/audit.ts';
import { listDueDrafts, listLoaded } from '../store/tables/coupons.ts';
import type { Stores } from '../stores.ts';
import { pauseUnlisted } from './pause-unlisted.ts';
import { preloadCoupon } from './preload.ts';
import { findUnagreed, readStored, restoreCoupon, type StoredInRedis } from './restore.ts';

export interface ReconcilerOptions extends Stores {
  /** A draft is preloaded as long before it opens. */
  readonly preloadAheadMs: number;
  /** Whether this Redis was compared with MySQL: before that, nothing is loaded into it. */
  readonly isRedisVerified: () => boolean;
  /** A coupon is not loaded that MySQL says is. */
  readonly onUnloaded: () => void;
  readonly everyMs?: number;
}

/** What Redis has of the loaded coupons. */
interface InRedis {
  /** Of the last write before it was read; null: not known. */
  readonly mark: string | null;
  /** What it lists as loaded. */
  readonly listed: readonly string[];
  readonly coupons: ReadonlyMap<number, StoredInRedis>;
}

const NOTHING: StoredInRedis = { stock: null, version: null, total: null, lowering: null };

const EVERY_MS = 1000;
const COUPONS_AT_ONCE = 100;
const CLOCK_ERROR_S = 600;

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #service: Service;
  /** What looked half done at the last check, and may have been a move under way. */
  #suspects = new Map<number, string>();
  /** Those that Redis refuses: tried again each second, and reported once. */
  readonly #broken = new KnownFailures<number>();
  #inRedis: InRedis = { mark: null, listed: [], coupons: new Map() };

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    const { everyMs = EVERY_MS, log } = options;
    this.#service = new Service({
      name: 'the reconciler',
      log,
      turn: (signal) => this.#reconcile(signal),
      pauseMs: everyMs,
      // MySQL or Redis is unreachable: the next second tries again, and it is reported once.
      onFailure: (error, failures) => {
        if (failures === 1) log.warn({ error: String(error) }, 'coupons can not be looked after now');
      },
    });
  }

  start(): void {
    this.#service.start();
  }

  stop(): Promise<void> {
    return this.#service.stop();
  }

  async #reconcile(signal: AbortSignal): Promise<void> {
    if (!this.#options.isRedisVerified()) return;
    await this.#preloadDue(signal);
    await this.#finishMoves(signal);
  }

  /** A draft without an opening time waits for an operator; one that is over already is left alone. */
  async #preloadDue(signal: AbortSignal): Promise<void> {
    const { database, redis, preloadAheadMs, log } = this.#options;
    const unmarked = await pauseUnlisted(redis, database);
    // MySQL's clock leaves out those that are over or far in the future, with room for its error; Redis' clock decides.
    const drafts = await listDueDrafts(
      database,
      { aheadS: preloadAheadMs / 1000 + CLOCK_ERROR_S, overS: CLOCK_ERROR_S },
      COUPONS_AT_ONCE,
    );
    if (drafts.length === 0) return;
    const nowMs = await redisNow(redis);
    for (const { id, opensAt, closesAt } of drafts) {
      if (signal.aborted || opensAt.getTime() - nowMs > preloadAheadMs) return;
      if (unmarked.has(id) || (closesAt && closesAt.getTime() <= nowMs)) continue;
      try {
        const outcome = await preloadCoupon(this.#options, id, { actor: 'auto-preload' });
        if (outcome === 'preloaded') log.info({ couponId: id, opensAt }, 'preloaded a coupon before it opens');
      } catch (error) {
        // One coupon must not keep the others from being preloaded.
        if (!(error instanceof OperationalError && error.persistence === 'permanent')) throw error;
        log.error({ couponId: id, reason: error.message }, 'a coupon can not be preloaded');
      }
    }
  }

  /** A difference counts when two checks in a row find it: MySQL and Redis are not changed in one step. */
  async #finishMoves(signal: AbortSignal): Promise<void> {
    const found = await this.#findHalfDone();
    for (const [id, why] of found) {
      if (signal.aborted) return;
      if (this.#suspects.get(id) !== why) continue;
      const { log } = this.#options;
      const isNew = this.#broken.add(id, why);
      if (isNew) {
        log.warn({ couponId: id, why }, 'Redis differs from MySQL about a coupon: it gets what MySQL says');
      }
      try {
        await restoreCoupon(this.#options, id);
        found.delete(id);
        this.#broken.delete(id);
      } catch (error) {
        if (!isRedisReply(error)) throw error;
        // Such as a key whose type was changed from outside: the other coupons are handled all the same.
        if (isNew) log.error({ couponId: id, error: String(error) }, 'a move can not be brought to Redis');
      }
    }
    this.#broken.keepOnly(found);
    this.#suspects = found;
  }

  async #findHalfDone(): Promise<Map<number, string>> {
    const { database } = this.#options;
    const found = new Map<number, string>();
    const loaded = await listLoaded(database);
    const { listed, coupons } = await this.#readRedis(loaded.map(({ id }) => id));
    for (const { id, version, totalStock } of loaded) {
      const stored = coupons.get(id) ?? NOTHING;
      if (stored.stock === null || stored.version === null) {
        this.#options.onUnloaded();
        continue;
      }
      const why = findUnagreed({ version, totalStock }, stored);
      if (why !== null) found.set(id, why);
      else if (stored.version !== String(version)) found.set(id, `version ${stored.version}`);
      // A meta of an earlier version of couponrush: a plain sync adds it.
      else if (stored.total === null) found.set(id, 'no total');
    }
    const unapplied = await listUnapplied(database, COUPONS_AT_ONCE);
    for (const { couponId, auditId } of unapplied) found.set(couponId, `move ${auditId}`);
    const expected = new Set(loaded.map(({ id }) => id));
    const orphans = readCouponIds(listed).filter((id) => !expected.has(id));
    for (const id of orphans.slice(0, COUPONS_AT_ONCE)) found.set(id, 'archived');
    return found;
  }

  /** As it is now: read again only after a write. */
  async #readRedis(couponIds: readonly number[]): Promise<InRedis> {
    const { redis } = this.#options;
    const mark = await readWriteMark(redis);
    const known = this.#inRedis;
    if (mark !== null && mark === known.mark && couponIds.every((id) => known.coupons.has(id))) return known;
    const coupons = new Map<number, StoredInRedis>();
    for (let start = 0; start < couponIds.length; start += COUPONS_AT_ONCE) {
      const part = couponIds.slice(start, start + COUPONS_AT_ONCE);
      await Promise.all(
        part.map(async (id) => {
          try {
            coupons.set(id, await readStored(redis, id));
          } catch (error) {
            // A key of another type is as good as none.
            if (!isRedisReply(error)) throw error;
            coupons.set(id, NOTHING);
          }
        }),
      );
    }
    this.#inRedis = { mark, listed: await redis.smembers(LOADED_COUPONS), coupons };
    return this.#inRedis;
  }
}
