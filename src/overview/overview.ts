// A coupon as an operator sees it: MySQL's record together with what Redis has at this moment.
import type { Redis } from 'ioredis';
import type { MoveOutcome } from '../coupons/move.ts';
import { type Phase as LoadedPhase, phaseAt } from '../coupons/phase.ts';
import { readCount } from '../ids.ts';
import { inspectCoupon } from '../redis/coupon-snapshot.ts';
import { couponKeys } from '../redis/keys.ts';
import { oldestEntry } from '../redis/stream-pages.ts';
import { type Coupon, redisState } from '../store/tables/coupons.ts';

/** What a coupon is doing, by its state and Redis' clock. */
export type Phase = LoadedPhase | 'draft' | 'archived';

export interface LiveFigures {
  /** false: Redis can't decide about it now. */
  readonly loaded: boolean;
  /** How many may be issued. */
  readonly stock: number;
  readonly holders: number;
  readonly left: number;
  /** Numbers that were given: with no revoked one, equal to the holders. */
  readonly sequence: number;
  readonly revoked: number;
  /** Issued, and not in MySQL yet. */
  readonly backlog: number;
  readonly outboxEntries: number;
  readonly deadLetters: number;
}

export interface CouponOverview {
  readonly coupon: Coupon;
  readonly phase: Phase;
  /** null: Redis has nothing of it (a draft, or archived). */
  readonly live: LiveFigures | null;
}

export async function overviewOf(redis: Redis, coupon: Coupon, nowMs: number): Promise<CouponOverview> {
  const inLife = coupon.state !== 'DRAFT' && coupon.state !== 'ARCHIVED';
  const live = inLife ? await readLive(redis, coupon.id) : null;
  return { coupon, phase: phaseOf(coupon, live, nowMs), live };
}

async function readLive(redis: Redis, couponId: number): Promise<LiveFigures> {
  const found = await inspectCoupon(redis, couponId);
  const sequence = count(found.sequence);
  const stock = count(found.stock);
  let backlog = 0;
  if (found.outbox > 0) {
    const oldest = await oldestEntry(redis, couponKeys(couponId).outbox);
    // Entries are in the order of their numbers, but for what a redrive has put back: then this is the upper bound.
    const first = oldest?.[1][0] === 's' ? Number(oldest[1][1]) : Number.NaN;
    backlog = first <= sequence ? sequence - first + 1 : found.outbox;
  }
  return {
    loaded: found.stock !== '' && found.state !== '',
    stock,
    holders: found.holders,
    left: Math.max(0, stock - found.holders),
    sequence,
    revoked: found.revoked,
    backlog,
    outboxEntries: found.outbox,
    deadLetters: found.dead,
  };
}

function count(text: string): number {
  return readCount(text) ?? 0;
}

export function phaseOf({ state, opensAt, closesAt }: Coupon, live: LiveFigures | null, nowMs: number): Phase {
  if (state === 'DRAFT') return 'draft';
  if (state === 'ARCHIVED') return 'archived';
  // How many are left is not known of a coupon that is not complete in Redis.
  const left = live?.loaded ? live.left : Number.POSITIVE_INFINITY;
  const window = { opensAtMs: opensAt?.getTime() ?? 0, closesAtMs: closesAt?.getTime() ?? 0 };
  return phaseAt({ state: redisState(state), ...window, left }, nowMs);
}

/** As the admin API and `--json` show it. */
export function overviewJson({ coupon, phase, live }: CouponOverview) {
  return { ...couponJson(coupon), phase, live: live && { ...live, totalStock: live.stock } };
}

/** What came of a move, as the admin API and `--json` show it. */
export function moveJson({ coupon, changed, inEffect, dryRun, warnings = [] }: MoveOutcome) {
  return { changed, inEffect, ...(dryRun ? { dryRun, warnings } : {}), coupon: couponJson(coupon) };
}

export function couponJson(coupon: Coupon) {
  return { id: coupon.id, ...couponFieldsJson(coupon), createdAt: coupon.createdAt.toISOString() };
}

/** Of one that is not made yet. `stock` and `expiredAt` are older names of `left` and `expiresAt`. */
export function couponFieldsJson(coupon: Omit<Coupon, 'id' | 'createdAt' | 'epoch'>) {
  const time = (value: Date | null) => value?.toISOString() ?? null;
  return {
    name: coupon.name,
    state: coupon.state,
    version: coupon.version,
    totalStock: coupon.totalStock,
    stock: coupon.stock,
    left: coupon.stock,
    discountType: coupon.discountType,
    discountAmount: coupon.discountAmount,
    opensAt: time(coupon.opensAt),
    closesAt: time(coupon.closesAt),
    expiredAt: time(coupon.expiredAt),
    expiresAt: time(coupon.expiredAt),
  };
}

export type CouponJson = ReturnType<typeof couponJson>;
export type OverviewJson = ReturnType<typeof overviewJson>;
