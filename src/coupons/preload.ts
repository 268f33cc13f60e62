// Brings a coupon into Redis, where it can be issued. MySQL first: a crash after it leaves an open coupon that is not
// in Redis (NOT_READY), which the gate loads within two seconds. The other way round, a crash would leave a coupon that
// Redis issues and that no process would rebuild after a loss of Redis. See docs/decisions/preload.md.
import { OperationalError } from '../errors.ts';
import { isLoaded, rebuildCoupon } from '../rebuild/rebuild.ts';
import { duplicateOnce } from '../redis/connections.ts';
import { redisNow } from '../redis/time.ts';
import type { Coupon } from '../store/tables/coupons.ts';
import type { Stores } from '../stores.ts';
import { pastProblem } from './fields.ts';
import { bringToRedis, type MoveOutcome, MoveRefused, type Order, recordMove } from './move.ts';

/** `already`: it was in Redis before, and nothing was changed. */
export type PreloadOutcome = 'preloaded' | 'already' | 'absent' | 'archived';

const WAIT_MS = 20;
const WAIT_MAX_MS = 10_000;

/**
 * Can be called again at any time, and by several at once.
 * @throws OperationalError; the coupon is then loaded by the gate, or by the next call
 */
export async function preloadCoupon(
  servers: Stores,
  couponId: number,
  order: Omit<Order, 'couponId'> = { actor: 'couponrush' },
): Promise<PreloadOutcome> {
  try {
    const { changed } = await recordMove(servers, 'preload', { ...order, couponId }, async (_tx, coupon) => {
      await checkNotOver(servers, coupon);
      return {};
    });
    if (!changed && (await isLoaded(servers.redis, couponId))) return 'already';
  } catch (error) {
    if (error instanceof MoveRefused && error.code === 'NOT_FOUND_COUPON') return 'absent';
    if (error instanceof MoveRefused && error.code === 'STATE_CONFLICT') return 'archived';
    throw error;
  }
  await loadCoupon(servers, couponId);
  await bringToRedis(servers, couponId);
  return 'preloaded';
}

/** What preloadCoupon would do, and refuse; nothing is changed. @throws MoveRefused */
export async function previewPreload(servers: Stores, order: Order): Promise<MoveOutcome> {
  const recorded = await recordMove(servers, 'preload', { ...order, dryRun: true }, async (_tx, coupon) => {
    await checkNotOver(servers, coupon);
    return {};
  });
  return { ...recorded, inEffect: false, dryRun: true };
}

/** By Redis' clock, which is the one that closes it. */
async function checkNotOver({ redis }: Stores, { closesAt }: Coupon): Promise<void> {
  if (!closesAt) return;
  const nowMs = await redisNow(redis);
  if (closesAt.getTime() > nowMs) return;
  const problem = pastProblem(closesAt, nowMs, 'no user could get the coupon');
  throw new MoveRefused('VALIDATION_FAILED', `closesAt ${problem}. Edit it before the preload`, [
    { field: 'closesAt', problem },
  ]);
}

/** Loads the coupon unless it is loaded, or waits for the process that does. */
export async function loadCoupon({ redis, database, log }: Stores, couponId: number): Promise<void> {
  const once = duplicateOnce(redis);
  try {
    for (const giveUpAt = performance.now() + WAIT_MAX_MS; ; ) {
      const outcome = await rebuildCoupon({ redis: once, database, log }, couponId, { unlessLoaded: true });
      if (outcome.kind === 'rebuilt' || outcome.kind === 'loaded') return;
      if (outcome.kind === 'over') {
        throw new OperationalError('OVER_STOCK', 'permanent', `coupon ${couponId} has more holders than stock`);
      }
      if (outcome.kind === 'absent') {
        throw new OperationalError(
          'NOT_LOADABLE',
          'permanent',
          `coupon ${couponId} is not there, a draft, or archived`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      if (performance.now() > giveUpAt) {
        throw new OperationalError(
          'REBUILD_BUSY',
          'transient',
          `coupon ${couponId} is being rebuilt by another process`,
        );
      }
    }
  } finally {
    once.disconnect();
  }
}
