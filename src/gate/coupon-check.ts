// Checks each loaded coupon when Redis was written to (src/redis/write-mark.ts): is it still what the last rebuild
// and the decisions since made of it? Each of these means a rebuild: keys that vanished (FLUSHALL, a manual DEL), a
// counter that does not match its holders, and grants that never came to MySQL. A stock that was set manually for a
// coupon that is not loaded means: adopt.

import type { Redis } from 'ioredis';
import { readCount } from '../ids.ts';
import type { Logger } from '../log.ts';
import { type CouponSnapshot, inspectCoupon } from '../redis/coupon-snapshot.ts';
import { couponKeys } from '../redis/keys.ts';
import { isRedisReply } from '../redis/verified-pool.ts';
import { KnownFailures } from '../runtime/known-failures.ts';
import type { Database } from '../store/database.ts';
import { type LoadedCoupon, listDraftIds, listLoaded } from '../store/tables/coupons.ts';
import { HandoverAudit } from './handover-audit.ts';

export interface CouponCheckParts {
  readonly database: Database;
  readonly log: Logger;
  /** @returns false if another rebuild of the coupon is under way */
  readonly rebuild: (redis: Redis, couponId: number) => Promise<boolean>;
  /** Takes over a coupon that has a stock and no meta. */
  readonly adopt: (couponId: number) => Promise<unknown>;
}

const COUPONS_AT_ONCE = 100;
/** The newest drafts; an HTTP worker adopts any other at its first request. */
const DRAFTS_MAX = 1000;
const NO_META = 'no meta';

export class CouponCheck {
  readonly #parts: CouponCheckParts;
  readonly #audit: HandoverAudit;
  /** What looked wrong at the last check, and may have been a change under way. */
  #suspects = new Map<number, string>();
  /** Coupons that Redis refused to read, and how: reported once. */
  readonly #refused = new KnownFailures<number>();
  #missingFound = 0;

  constructor(parts: CouponCheckParts) {
    this.#parts = parts;
    this.#audit = new HandoverAudit(parts.database);
  }

  /** Grants that were in no store when they were searched for, since the start. */
  get missingFound(): number {
    return this.#missingFound;
  }

  async check(redis: Redis): Promise<void> {
    const loaded = await listLoaded(this.#parts.database);
    const ids = new Set(loaded.map(({ id }) => id));
    this.#audit.keepOnly(ids);
    this.#refused.keepOnly(ids);
    const suspects = new Map<number, string>();
    for (let start = 0; start < loaded.length; start += COUPONS_AT_ONCE) {
      const part = loaded.slice(start, start + COUPONS_AT_ONCE);
      const inspections = await Promise.all(
        part.map(({ id }) => this.#unlessRefused(id, () => inspectCoupon(redis, id))),
      );
      for (const [index, coupon] of part.entries()) {
        const inspection = inspections[index];
        if (!inspection) continue;
        const suspect = await this.#unlessRefused(coupon.id, () => this.#checkCoupon(redis, coupon, inspection));
        if (suspect === null) this.#refused.delete(coupon.id);
        else if (suspect !== undefined) suspects.set(coupon.id, suspect);
      }
    }
    this.#suspects = suspects;
    await this.#adoptDrafts(redis);
  }

  /**
   * A key whose type was changed from outside stops its own coupon, and no other. @returns undefined if Redis refuses
   */
  async #unlessRefused<T>(couponId: number, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isRedisReply(error)) throw error;
      const why = String(error);
      if (this.#refused.add(couponId, why)) {
        this.#parts.log.error({ couponId, error: why }, 'Redis refuses to look at a coupon: it is left as it is');
      }
      return undefined;
    }
  }

  /** @returns what looks wrong, and is left for the next check */
  async #checkCoupon(redis: Redis, coupon: LoadedCoupon, inspection: CouponSnapshot): Promise<string | null> {
    if (inspection.locked) return null;
    const { rebuild, adopt, log } = this.#parts;
    const vanished = findVanished(inspection);
    const differs = vanished ?? findDifference(coupon, inspection);
    if (differs !== null) {
      // MySQL and Redis are not changed in one step: a difference counts when two checks in a row find it.
      if (vanished === null && this.#suspects.get(coupon.id) !== differs) return differs;
      log.warn({ couponId: coupon.id, why: differs }, 'a coupon is not complete in Redis: it is loaded');
      if (differs === NO_META) await adopt(coupon.id);
      else await rebuild(redis, coupon.id);
      return null;
    }
    const missing = await this.#audit.countMissing(coupon.id, { ...inspection, sequence: Number(inspection.sequence) });
    if (missing === 0) return null;
    this.#missingFound += missing;
    log.error(
      { couponId: coupon.id, missing },
      'granted coupons are in no store: somebody removed outbox entries or rows',
    );
    await rebuild(redis, coupon.id);
    return null;
  }

  async #adoptDrafts(redis: Redis): Promise<void> {
    const drafts = await listDraftIds(this.#parts.database, DRAFTS_MAX);
    if (drafts.length === 0) return;
    const stocks = await redis.mget(drafts.map((id) => couponKeys(id).stock));
    for (const [index, id] of drafts.entries()) {
      if (isCount(stocks[index] ?? '')) await this.#parts.adopt(id);
    }
  }
}

function isCount(text: string): boolean {
  return readCount(text) !== null;
}

/** Without these nothing is decided (NOT_READY), so there is nothing to wait for. */
function findVanished({ stock, state, sequence, unheld, holders, revoked, hasMeta }: CouponSnapshot): string | null {
  if (!isCount(stock)) return 'no stock';
  if (!hasMeta) return NO_META;
  if (state === '' || !isCount(sequence)) return 'incomplete meta';
  if (Number(sequence) - holders - revoked > Number(unheld)) return 'missing holders';
  return null;
}

function findDifference(
  coupon: LoadedCoupon,
  { sequence, unheld, holders, revoked, epoch }: CouponSnapshot,
): string | null {
  if (epoch !== String(coupon.epoch)) return 'epoch';
  if (Number(sequence) - holders - revoked !== Number(unheld)) return 'unknown holders';
  return null;
}
