// The loaded coupons for the metrics: stock, holders, state, what waits for MySQL and for how long.
// Frugal: one small script for each coupon after a write to Redis, and the oldest outbox entry only if something waits.
// At most 100 coupons, the newest ones (I6).
import type { Redis } from 'ioredis';
import { phaseAt } from '../coupons/phase.ts';
import { readCount, readCouponIds } from '../ids.ts';
import { COUPONS_MAX } from '../metrics/coupon-labels.ts';
import type { CouponFigures, CouponMetrics, CouponState } from '../metrics/coupons.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { BacklogFigures } from '../metrics/outbox.ts';
import { packEntry } from '../outbox/entry.ts';
import { type CouponSnapshot, inspectCoupon } from '../redis/coupon-snapshot.ts';
import { couponKeys, LOADED_COUPONS } from '../redis/keys.ts';
import { oldestEntry } from '../redis/stream-pages.ts';
import { isRedisReply } from '../redis/verified-pool.ts';
import type { Statements } from '../store/database.ts';
import { listLoaded, readDraftOpenings, readNames } from '../store/tables/coupons.ts';
import { countMissing, countReissued } from '../store/tables/losses.ts';
import { countPossible } from '../store/tables/possible-losses.ts';

/** How long before its opening a coupon that is not preloaded is shown, and how long after. */
const DRAFT_WINDOW_MINUTES = 60;

type Queries = Pick<Statements, 'query'>;

/** The newest loaded coupons, by MySQL. */
export async function readLoaded(database: Queries): Promise<number[]> {
  return (await listLoaded(database))
    .map(({ id }) => id)
    .sort((a, b) => b - a)
    .slice(0, COUPONS_MAX);
}

/** The same by what Redis lists: what is known if MySQL was never asked. */
export async function readListed(redis: Redis): Promise<number[]> {
  return readCouponIds(await redis.smembers(LOADED_COUPONS))
    .sort((a, b) => b - a)
    .slice(0, COUPONS_MAX);
}

/** Names of coupons that are shown. They stay as they were while MySQL does not answer. */
export async function lookAtNames(database: Queries, loaded: readonly number[], metrics: CouponMetrics): Promise<void> {
  metrics.showNames(await readNames(database, loaded));
}

/** Drafts that open soon, or should be open; what is over already is not preloaded any more. */
export async function lookAtDrafts(database: Queries, metrics: CouponMetrics): Promise<void> {
  metrics.showUnpreloaded(await readDraftOpenings(database, DRAFT_WINDOW_MINUTES, COUPONS_MAX));
}

/** A loaded coupon without a loss is reported as 0, so that a first loss is a rise. */
export async function lookAtLosses(
  database: Queries,
  loaded: readonly number[],
  metrics: CouponMetrics,
): Promise<void> {
  const missing = await countMissing(database, COUPONS_MAX);
  const reissued = await countReissued(database, COUPONS_MAX);
  const possible = await countPossible(database, COUPONS_MAX);
  const coupons = new Set([...loaded, ...missing.keys(), ...reissued.keys(), ...possible.keys()]);
  const of = (figures: ReadonlyMap<number, number>, id: number) => figures.get(id) ?? 0;
  metrics.showDeclaredLosses(
    new Map(
      [...coupons].map((id) => [
        id,
        { missing: of(missing, id), reissued: of(reissued, id), possible: of(possible, id) },
      ]),
    ),
  );
}

export interface CouponLook {
  readonly couponId: number;
  readonly inspection: CouponSnapshot;
  /** Null: nothing waits for MySQL. */
  readonly waiting: { readonly rows: number; readonly oldestMs: number } | null;
}

/** Of a coupon that Redis refuses to look at: it is not ready. */
const NOTHING: CouponSnapshot = {
  stock: '',
  state: '',
  opensAtMs: 0,
  closesAtMs: 0,
  sequence: '',
  epoch: '',
  unheld: '',
  holders: 0,
  revoked: 0,
  outbox: 0,
  dead: 0,
  hasMeta: false,
  locked: false,
};

export async function lookAtCoupons(redis: Redis, couponIds: readonly number[]): Promise<CouponLook[]> {
  return await Promise.all(
    couponIds.map(async (couponId) => {
      try {
        const inspection = await inspectCoupon(redis, couponId);
        return { couponId, inspection, waiting: await readWaiting(redis, couponId, inspection) };
      } catch (error) {
        // Such as a key whose type someone changed: the other coupons are shown all the same.
        if (!isRedisReply(error)) throw error;
        return { couponId, inspection: NOTHING, waiting: null };
      }
    }),
  );
}

/**
 * @param redisMs what Redis' clock says
 * @param rowsLimit rows in the outbox of one coupon at which issuing is refused
 */
export function showCouponLooks(
  metrics: Pick<Metrics, 'coupons' | 'deadLetters' | 'decisions' | 'outbox'>,
  coupons: readonly CouponLook[],
  redisMs: number,
  rowsLimit: number,
): void {
  const figures = new Map<number, CouponFigures>();
  const backlogs = new Map<number, BacklogFigures>();
  for (const { couponId, inspection, waiting } of coupons) {
    const stock = readCount(inspection.stock);
    figures.set(couponId, { stock, holders: inspection.holders, state: stateOf(inspection, redisMs) });
    backlogs.set(
      couponId,
      waiting
        ? { entries: inspection.outbox, rows: waiting.rows, oldestAgeMs: Math.max(0, redisMs - waiting.oldestMs) }
        : { entries: 0, rows: 0, oldestAgeMs: 0 },
    );
    metrics.decisions.expectDecisions(couponId);
  }
  metrics.coupons.showCoupons(figures);
  metrics.outbox.showBacklog(backlogs, rowsLimit);
  metrics.deadLetters.showDeadLetters(new Map(coupons.map(({ couponId, inspection }) => [couponId, inspection.dead])));
}

async function readWaiting(
  redis: Redis,
  couponId: number,
  { outbox, sequence }: CouponSnapshot,
): Promise<CouponLook['waiting']> {
  if (outbox === 0) return null;
  const oldest = await oldestEntry(redis, couponKeys(couponId).outbox);
  if (!oldest) return null;
  const entry = packEntry(oldest[0], oldest[1], 0);
  return {
    rows: entry ? Math.max(entry.rows, Number(sequence) - entry.firstSequence + 1) : outbox,
    // Not of our layout: its age is known from its id.
    oldestMs: entry?.issuedAtMs ?? Number(oldest[0].split('-')[0]),
  };
}

function stateOf(
  { stock, state, sequence, hasMeta, opensAtMs, closesAtMs }: CouponSnapshot,
  redisMs: number,
): CouponState {
  const complete = readCount(stock) !== null && hasMeta && readCount(sequence) !== null;
  if (!complete || !(state === 'open' || state === 'paused' || state === 'closed')) return 'not_ready';
  // Sold out is known from the coupons left.
  const phase = phaseAt({ state, opensAtMs, closesAtMs, left: Number.POSITIVE_INFINITY }, redisMs);
  return phase === 'ended' ? 'closed' : (phase as CouponState);
}
