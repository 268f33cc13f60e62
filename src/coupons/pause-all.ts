// Pauses everything: the one thing to do while it is not known yet what is wrong. It pauses each coupon that is in
// Redis, or that MySQL says is open, and holds each draft that would open by itself: it will be loaded paused. Other
// drafts wait for an operator anyway. Redis first, all of it; then MySQL for as long as there is time.
import { readCouponIds } from '../ids.ts';
import { couponKeys, EVERY_COUPON, LOADED_COUPONS } from '../redis/keys.ts';
import { listOpening } from '../store/tables/brake-records.ts';
import type { Stores } from '../stores.ts';
import { type Brake, brakeOf, newBrake, type Placed, placeBrake } from './brake.ts';
import type { Order } from './move.ts';
import { outcomeOf, type PauseOutcome } from './pause.ts';
import { recordBrake } from './record-brake.ts';
import { attempt, attemptOne, noStore, type Tried } from './store-attempt.ts';

/** Together less than 3 s. */
const REDIS_WITHIN_MS = 900;
const LIST_WITHIN_MS = 700;
const RECORD_WITHIN_MS = 900;

/**
 * What became of drafts that would open by themselves. `held`: each is among the coupons. `waiting`: MySQL did not list
 * them; the persisters hold them as soon as it answers (pause-unlisted.ts). `unknown`: Redis refused to note that.
 */
export const draftFates = ['held', 'waiting', 'unknown'] as const;

export interface PauseAllOutcome {
  readonly coupons: readonly PauseOutcome[];
  readonly drafts: (typeof draftFates)[number];
}

interface Braked {
  readonly brake: Brake;
  readonly placing: Tried<Placed>;
  /** It had a mark before. */
  readonly wasBraked: boolean;
}

/** @throws OperationalError: neither store answers */
export async function pauseAll(servers: Stores, order: Pick<Order, 'actor' | 'reason'>): Promise<PauseAllOutcome> {
  const all = newBrake(EVERY_COUPON, order.actor, order.reason);
  const { value: loaded, refusal } = await attemptOne(listLoadedIds(servers), REDIS_WITHIN_MS / 2);
  if (refusal !== null) servers.log.error({ refusal }, 'Redis does not list its coupons: those of MySQL are paused');
  const first = loaded === null ? [] : await brakeThem(servers, all, loaded);
  const listed = await attempt(listOpening(servers.database), LIST_WITHIN_MS);
  if (listed === undefined) {
    if (loaded === null) {
      throw noStore('Neither Redis nor MySQL lists coupons: it is not known whether anything is paused');
    }
    const { value } = await attemptOne(placeBrake(servers.redis, all), REDIS_WITHIN_MS / 2);
    return { coupons: await finishAll(servers, first, 0), drafts: value === null ? 'unknown' : 'waiting' };
  }
  const known = new Set(loaded);
  const others = [...listed.open, ...listed.drafts].filter((id) => !known.has(id));
  const braked = [...first, ...(await brakeThem(servers, all, others))];
  const drafts = new Set(listed.drafts);
  const isDraft = ({ brake, placing }: Braked) =>
    drafts.has(brake.couponId) && (placing.value === null || placing.value.stateBefore === '');
  const held = braked.filter(isDraft).map(heldOutcome);
  const paused = await finishAll(
    servers,
    braked.filter((one) => !isDraft(one)),
    RECORD_WITHIN_MS,
  );
  return { coupons: [...paused, ...held], drafts: 'held' };
}

export interface PauseAllPreview {
  readonly dryRun: true;
  readonly drafts: Exclude<PauseAllOutcome['drafts'], 'unknown'>;
  /** Those that would be stopped; `held`: a draft. */
  readonly coupons: readonly { readonly couponId: number; readonly held?: true }[];
}

/** What pauseAll would do; nothing is changed. @throws OperationalError: neither store lists coupons */
export async function previewPauseAll(servers: Stores): Promise<PauseAllPreview> {
  const { redis, database } = servers;
  const { value: loaded } = await attemptOne(listLoadedIds(servers), REDIS_WITHIN_MS / 2);
  const listed = await attempt(listOpening(database), LIST_WITHIN_MS);
  if (loaded === null && listed === undefined) throw noStore('Neither Redis nor MySQL lists coupons');
  const states = await attempt(
    Promise.all((loaded ?? []).map(async (id) => [id, await redis.hget(couponKeys(id).meta, 'state')] as const)),
    REDIS_WITHIN_MS / 2,
  );
  const stopped = new Set(states?.filter(([, state]) => state === 'paused' || state === 'closed').map(([id]) => id));
  const all = new Set([...(loaded ?? []), ...(listed?.open ?? [])]);
  const drafts = (listed?.drafts ?? []).filter((id) => !all.has(id));
  return {
    dryRun: true,
    drafts: listed === undefined ? 'waiting' : 'held',
    coupons: [
      ...[...all].filter((id) => !stopped.has(id)).map((couponId) => ({ couponId })),
      ...drafts.map((couponId) => ({ couponId, held: true as const })),
    ],
  };
}

async function listLoadedIds({ redis }: Stores): Promise<number[]> {
  return readCouponIds(await redis.smembers(LOADED_COUPONS));
}

async function brakeThem({ redis }: Stores, all: Brake, couponIds: readonly number[]): Promise<Braked[]> {
  return Promise.all(
    couponIds.map(async (id) => {
      const brake = brakeOf(all, id);
      const [before, placing] = await Promise.all([
        attemptOne(redis.exists(couponKeys(id).brake), REDIS_WITHIN_MS / 2),
        attemptOne(placeBrake(redis, brake), REDIS_WITHIN_MS / 2),
      ]);
      return { brake, placing, wasBraked: before.value === 1 };
    }),
  );
}

/** A draft has no pause in MySQL before it is loaded. */
function heldOutcome({ brake, placing, wasBraked }: Braked): PauseOutcome {
  const shared = { couponId: brake.couponId, recorded: false, coupon: null };
  if (placing.value !== null) return { ...shared, changed: !wasBraked, inEffect: true, held: true };
  const problem = placing.refusal ?? 'Redis does not answer, so this draft is not held: repeat it, or edit its opensAt';
  return { ...shared, changed: false, inEffect: false, problem };
}

/** @param withinMs 0: MySQL did not answer a moment ago, and is not asked */
async function finishAll(servers: Stores, all: readonly Braked[], withinMs: number): Promise<PauseOutcome[]> {
  const outcomes: PauseOutcome[] = [];
  const untilMs = performance.now() + withinMs;
  for (const braked of all) {
    // For good: there is nothing to stop.
    if (braked.placing.value?.status === 'closed') continue;
    const outcome = await finish(servers, braked, withinMs === 0 ? 0 : untilMs - performance.now());
    if (outcome) outcomes.push(outcome);
  }
  return outcomes;
}

/** @returns null if neither store has the pause */
async function finish(servers: Stores, { brake, placing }: Braked, withinMs: number): Promise<PauseOutcome | null> {
  const atMs = placing.value?.atMs ?? null;
  const record =
    withinMs > 0 ? ((await attempt(recordBrake(servers, brake, { atMs, holdDraft: true }), withinMs)) ?? null) : null;
  // Closed or archived meanwhile.
  if (record?.refusal) return null;
  if (record === null && placing.value === null) {
    const problem = placing.refusal === null ? {} : { problem: placing.refusal };
    return { couponId: brake.couponId, changed: false, inEffect: false, recorded: false, coupon: null, ...problem };
  }
  return outcomeOf(servers, brake, placing, record, withinMs / 2);
}
