// An operator's rebuild of one coupon in Redis. The gate does the same by itself after a loss.
import { type RebuildOutcome, type RebuildProgress, rebuildCoupon } from '../rebuild/rebuild.ts';
import { duplicateOnce } from '../redis/connections.ts';
import { LOADED_STATES, readCoupon } from '../store/tables/coupons.ts';
import type { Stores } from '../stores.ts';
import { type Verification, verifyCoupon } from '../verify/verify.ts';
import { audited } from './audited.ts';
import { MoveRefused, type Order } from './move.ts';

export type Rebuilt = Extract<RebuildOutcome, { kind: 'rebuilt' }>;

const BUSY_WAIT_MS = 10_000;
const BUSY_POLL_MS = 100;

/** @throws MoveRefused, or what the stores throw: the coupon is then closed, and the gate rebuilds it */
export function rebuildNow(
  servers: Stores,
  { couponId, actor, reason }: Order,
  report: (progress: RebuildProgress) => void = () => {},
): Promise<Rebuilt> {
  return audited(servers.database, { actor, action: 'rebuild', couponId, detail: reason ?? null }, () =>
    rebuild(servers, couponId, report),
  );
}

/**
 * What a rebuild would find and repair; nothing is changed.
 * @throws MoveRefused, if it could not be rebuilt
 */
export async function previewRebuild(servers: Stores, couponId: number): Promise<Verification> {
  const coupon = await readCoupon(servers.database, couponId);
  if (!coupon || !(LOADED_STATES as readonly string[]).includes(coupon.state)) throw notLoadable(couponId);
  return verifyCoupon(servers, couponId, { mode: 'live' });
}

function notLoadable(couponId: number): MoveRefused {
  return new MoveRefused('STATE_CONFLICT', `Coupon ${couponId} is not there, a draft, or archived`);
}

async function rebuild(
  { redis, database, log }: Stores,
  couponId: number,
  report: (progress: RebuildProgress) => void,
): Promise<Rebuilt> {
  const once = duplicateOnce(redis);
  try {
    for (const until = performance.now() + BUSY_WAIT_MS; ; ) {
      const outcome = await rebuildCoupon({ redis: once, database, log, report }, couponId);
      if (outcome.kind === 'rebuilt') return outcome;
      if (outcome.kind === 'over') {
        throw new MoveRefused('NOT_PROVEN', `${outcome.holders} hold the coupon: more than its stock. It stays closed`);
      }
      if (outcome.kind === 'absent') throw notLoadable(couponId);
      if (performance.now() > until) throw new MoveRefused('STATE_CONFLICT', 'Somebody else rebuilds the coupon');
      await new Promise((resolve) => setTimeout(resolve, BUSY_POLL_MS));
    }
  } finally {
    once.disconnect();
  }
}
