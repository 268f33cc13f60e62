// A coupon as an operator sees it: MySQL's record together with what Redis has at this moment.
import type { Redis } from 'ioredis';
import { type PlacedBrake, readBrakesOf } from '../coupons/brake.ts';
import type { MoveOutcome } from '../coupons/move.ts';
import { type Phase as LoadedPhase, phaseAt } from '../coupons/phase.ts';
import { readCount } from '../ids.ts';
import { inspectCoupon } from '../redis/coupon-snapshot.ts';
import { couponKeys } from '../redis/keys.ts';
import { oldestEntry } from '../redis/stream-pages.ts';
import { type Coupon, LOADED_STATES, type LoadedState, redisState } from '../store/tables/coupons.ts';

/** What a coupon is doing, by its state and Redis' clock. */
export type Phase = LoadedPhase | 'draft' | 'archived';

export interface PauseMark {
  readonly at: string;
  readonly actor: string;
  readonly reason: string | null;
}

export interface LiveFigures {
  /** false: Redis can't decide about it now. */
  readonly loaded: boolean;
  /** By which it decides; null: none. It differs from MySQL's until a move has reached both. */
  readonly state: LoadedState | null;
  /** The oldest pause that MySQL does not have yet. */
  readonly unrecordedPause: PauseMark | null;
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

/** A coupon's row, or what Redis knows of it if MySQL does not answer: null is what only MySQL knows. */
export type ShownCoupon = {
  readonly [Field in Exclude<keyof Coupon, 'epoch'>]: Field extends 'id' ? number : Coupon[Field] | null;
};

export interface CouponOverview {
  readonly coupon: ShownCoupon;
  /** null: not known, while the coupon is being loaded and MySQL does not answer. */
  readonly phase: Phase | null;
  /** null: Redis has nothing of it (a draft, or archived). */
  readonly live: LiveFigures | null;
  /** Of a draft: the pause of everything that it waits for; it will be loaded paused (coupons/pause-all.ts). */
  readonly held: PauseMark | null;
}

export async function overviewOf(
  redis: Redis,
  coupon: Coupon,
  nowMs: number,
): Promise<CouponOverview & { readonly phase: Phase }> {
  const inLife = coupon.state !== 'DRAFT' && coupon.state !== 'ARCHIVED';
  const live = inLife ? await readLive(redis, coupon.id) : null;
  const held = coupon.state === 'DRAFT' ? markOf(await readBrakesOf(redis, coupon.id)) : null;
  return { coupon, phase: phaseOf(coupon, live, nowMs) as Phase, live, held };
}

async function readLive(redis: Redis, couponId: number): Promise<LiveFigures> {
  const [found, brakes] = await Promise.all([inspectCoupon(redis, couponId), readBrakesOf(redis, couponId)]);
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
    state: stateOf(found.state),
    unrecordedPause: markOf(brakes),
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

/** The oldest. */
function markOf([brake]: readonly PlacedBrake[]): PauseMark | null {
  return brake ? { at: new Date(brake.atMs).toISOString(), actor: brake.actor, reason: brake.reason } : null;
}

function stateOf(stored: string): LoadedState | null {
  return LOADED_STATES.find((state) => redisState(state) === stored) ?? null;
}

const ONLY_IN_MYSQL = {
  ...{
    name: null,
    stock: null,
    discountType: null,
    discountAmount: null,
    expiredAt: null,
    createdAt: null,
    rehearsal: null,
  },
} as const;

/**
 * What Redis knows of a coupon, if MySQL does not answer.
 * @returns null if Redis has nothing of it
 */
export async function overviewFromRedis(redis: Redis, couponId: number, nowMs: number): Promise<CouponOverview | null> {
  const [live, [version, opensAt, closesAt]] = await Promise.all([
    readLive(redis, couponId),
    redis.hmget(couponKeys(couponId).meta, 'version', 'opensAt', 'closesAt'),
  ]);
  if (!live.loaded && !version && live.unrecordedPause === null) return null;
  const time = (stored: string | null | undefined) => (stored && count(stored) > 0 ? new Date(count(stored)) : null);
  const coupon: ShownCoupon = {
    id: couponId,
    state: live.state,
    version: version ? count(version) : null,
    totalStock: live.loaded ? live.stock : null,
    opensAt: time(opensAt),
    closesAt: time(closesAt),
    ...ONLY_IN_MYSQL,
  };
  return { coupon, phase: phaseOf(coupon, live, nowMs), live, held: null };
}

/** Of a coupon that is damaged in Redis, if MySQL does not answer: all that is known is that there is one. */
export function unknownOverview(couponId: number): CouponOverview {
  const inBoth = { state: null, version: null, totalStock: null, opensAt: null, closesAt: null };
  return { coupon: { id: couponId, ...inBoth, ...ONLY_IN_MYSQL }, phase: null, live: null, held: null };
}

function count(text: string): number {
  return readCount(text) ?? 0;
}

export function phaseOf(
  { state: stored, opensAt, closesAt }: Pick<ShownCoupon, 'state' | 'opensAt' | 'closesAt'>,
  live: LiveFigures | null,
  nowMs: number,
): Phase | null {
  // Redis decides.
  const state = stored === 'DRAFT' || stored === 'ARCHIVED' ? stored : (live?.state ?? stored);
  if (state === null) return null;
  if (state === 'DRAFT') return 'draft';
  if (state === 'ARCHIVED') return 'archived';
  // How many are left is not known of a coupon that is not complete in Redis.
  const left = live?.loaded ? live.left : Number.POSITIVE_INFINITY;
  const window = { opensAtMs: opensAt?.getTime() ?? 0, closesAtMs: closesAt?.getTime() ?? 0 };
  return phaseAt({ state: redisState(state), ...window, left }, nowMs);
}

/** As the admin API and `--json` show it. */
export function overviewJson({ coupon, phase, live, held }: CouponOverview) {
  return { ...couponJson(coupon), phase, live: live && { ...live, totalStock: live.stock }, held };
}

/** What came of a move, as the admin API and `--json` show it. */
export function moveJson({ coupon, changed, inEffect, dryRun, warnings = [] }: MoveOutcome) {
  return { changed, inEffect, ...(dryRun ? { dryRun, warnings } : {}), coupon: couponJson(coupon) };
}

export function couponJson<T extends ShownCoupon>(coupon: T) {
  const createdAt = (coupon.createdAt?.toISOString() ?? null) as T extends Coupon ? string : string | null;
  return { id: coupon.id, ...couponFieldsJson<T>(coupon), createdAt };
}

/** Of one that is not made yet. `stock` and `expiredAt` are older names of `left` and `expiresAt`. */
export function couponFieldsJson<T extends Omit<ShownCoupon, 'id' | 'createdAt'>>(coupon: T) {
  const time = (value: Date | null) => value?.toISOString() ?? null;
  return {
    name: coupon.name as T['name'],
    state: coupon.state as T['state'],
    version: coupon.version as T['version'],
    totalStock: coupon.totalStock as T['totalStock'],
    stock: coupon.stock as T['stock'],
    left: coupon.stock as T['stock'],
    discountType: coupon.discountType as T['discountType'],
    discountAmount: coupon.discountAmount as T['discountAmount'],
    opensAt: time(coupon.opensAt),
    closesAt: time(coupon.closesAt),
    expiredAt: time(coupon.expiredAt),
    expiresAt: time(coupon.expiredAt),
    rehearsal: coupon.rehearsal as T['rehearsal'],
  };
}

export type CouponJson = ReturnType<typeof couponJson<Coupon>>;
export type OverviewJson = ReturnType<typeof overviewJson>;
