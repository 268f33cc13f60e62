// Pauses everything that is issued now: the one thing to do while it is not known yet what is wrong. It pauses each
// coupon that is in Redis, or that MySQL says is open. Drafts are left alone. Redis first, all of it; then MySQL for as
// long as there is time.
import { readCouponIds } from '../ids.ts';
import { LOADED_COUPONS } from '../redis/keys.ts';
import { listOpenIds } from '../store/tables/brake-records.ts';
import type { Stores } from '../stores.ts';
import { type Brake, newBrake, type Placed, placeBrake } from './brake.ts';
import type { Order } from './move.ts';
import { outcomeOf, type PauseOutcome } from './pause.ts';
import { recordBrake } from './record-brake.ts';
import { attempt, attemptOne, noStore, type Tried } from './store-attempt.ts';

/** Together less than 3 s. */
const REDIS_WITHIN_MS = 900;
const LIST_WITHIN_MS = 700;
const RECORD_WITHIN_MS = 900;

interface Braked {
  readonly brake: Brake;
  readonly placing: Tried<Placed>;
}

/** @throws OperationalError: neither store answers */
export async function pauseAll(
  servers: Stores,
  order: Pick<Order, 'actor' | 'reason'>,
): Promise<readonly PauseOutcome[]> {
  const { value: loaded, refusal } = await attemptOne(listLoadedIds(servers), REDIS_WITHIN_MS / 2);
  if (refusal !== null) servers.log.error({ refusal }, 'Redis does not list its coupons: those of MySQL are paused');
  const first = loaded === null ? [] : await brakeThem(servers, order, loaded);
  const open = await attempt(listOpenIds(servers.database), LIST_WITHIN_MS);
  if (loaded === null && open === undefined) {
    throw noStore('Neither Redis nor MySQL lists coupons: it is not known whether anything is paused');
  }
  const known = new Set(loaded);
  const others = (open ?? []).filter((id) => !known.has(id));
  const all = [...first, ...(await brakeThem(servers, order, others))];
  const outcomes: PauseOutcome[] = [];
  const untilMs = performance.now() + RECORD_WITHIN_MS;
  for (const braked of all) {
    // For good: there is nothing to stop.
    if (braked.placing.value?.status === 'closed') continue;
    const outcome = await finish(servers, braked, open === undefined ? 0 : untilMs - performance.now());
    if (outcome) outcomes.push(outcome);
  }
  return outcomes;
}

async function listLoadedIds({ redis }: Stores): Promise<number[]> {
  return readCouponIds(await redis.smembers(LOADED_COUPONS));
}

async function brakeThem(
  { redis }: Stores,
  { actor, reason }: Pick<Order, 'actor' | 'reason'>,
  couponIds: readonly number[],
): Promise<Braked[]> {
  const brakes = couponIds.map((id) => newBrake(id, actor, reason));
  return Promise.all(
    brakes.map(async (brake) => ({
      brake,
      placing: await attemptOne(placeBrake(redis, brake), REDIS_WITHIN_MS / 2),
    })),
  );
}

/** @returns null if neither store has the pause */
async function finish(servers: Stores, { brake, placing }: Braked, withinMs: number): Promise<PauseOutcome | null> {
  const atMs = placing.value?.atMs ?? null;
  const record = withinMs > 0 ? ((await attempt(recordBrake(servers, brake, { atMs }), withinMs)) ?? null) : null;
  // Closed or archived meanwhile.
  if (record?.refusal) return null;
  if (record === null && placing.value === null) {
    const problem = placing.refusal === null ? {} : { problem: placing.refusal };
    return { couponId: brake.couponId, changed: false, inEffect: false, recorded: false, coupon: null, ...problem };
  }
  return outcomeOf(servers, brake, placing, record, withinMs / 2);
}
