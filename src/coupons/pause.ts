// Pause and resume: in between, the coupon is issued to no one, however many ask. Within Redis it is one field that
// lua/issue.lua reads with each batch, so no request of a later batch is decided by the state before.
//
// A pause is the emergency brake: it goes to Redis first, and is answered within 3 s also if MySQL does not answer or
// is read-only. What MySQL could not record is recorded by the persisters (brake-keeper.ts). If Redis does not answer,
// MySQL has the pause, and Redis gets it when it is reachable again. A resume needs MySQL.
import type { Coupon } from '../store/tables/coupons.ts';
import type { Stores } from '../stores.ts';
import { type Brake, newBrake, type Placed, placeBrake, readBrakesOf } from './brake.ts';
import { type MoveOutcome, MoveRefused, makeMove, type Order } from './move.ts';
import { type BrakeRecord, recordBrake, settleBrake } from './record-brake.ts';
import { releaseDraft } from './release-draft.ts';
import { attempt, attemptOne, noStore, type Tried } from './store-attempt.ts';

export interface PauseOutcome {
  readonly couponId: number;
  /** false: it was paused already. */
  readonly changed: boolean;
  /** The coupon is issued to no one any more. false: MySQL has the pause, and Redis gets it as soon as it answers. */
  readonly inEffect: boolean;
  /** false: MySQL does not have it yet. It is recorded as soon as MySQL can be written. */
  readonly recorded: boolean;
  /** As MySQL has it; null if MySQL does not answer. */
  readonly coupon: Coupon | null;
  /** Redis holds it, and it is not loaded: a draft. It will be loaded paused, and MySQL has the pause then. */
  readonly held?: true;
  /** What is wrong with the coupon in Redis, if something is. */
  readonly problem?: string;
  readonly dryRun?: MoveOutcome['dryRun'];
  readonly warnings?: MoveOutcome['warnings'];
}

/** Together less than 3 s. */
const REDIS_WITHIN_MS = 800;
const MYSQL_WITHIN_MS = 1200;
const SETTLE_WITHIN_MS = 600;

/** @throws MoveRefused: nothing was changed; OperationalError: neither store answers */
export async function pauseCoupon(servers: Stores, order: Order): Promise<PauseOutcome> {
  const { couponId, actor, ifVersion, reason } = order;
  if (order.dryRun) {
    const preview = await attempt(makeMove(servers, 'pause', order), MYSQL_WITHIN_MS);
    if (preview === undefined) throw noStore('MySQL can not be asked now, and a dry run reads the coupon there');
    return { couponId, recorded: false, ...preview };
  }
  const brake = newBrake(couponId, actor, reason);
  const placing = await attemptOne(placeBrake(servers.redis, brake, { ifVersion }), REDIS_WITHIN_MS);
  const atMs = placing.value?.status === 'braked' ? placing.value.atMs : null;
  const record = await attempt(recordBrake(servers, brake, { atMs, ifVersion }), MYSQL_WITHIN_MS);
  return outcomeOf(servers, brake, placing, record ?? null);
}

/** What came of the two halves. Records and refusals of MySQL count; without them Redis alone is what is known. */
export async function outcomeOf(
  servers: Stores,
  brake: Brake,
  placing: Tried<Placed>,
  record: BrakeRecord | null,
  settleWithinMs = SETTLE_WITHIN_MS,
): Promise<PauseOutcome> {
  const { couponId } = brake;
  const { value: placed, refusal } = placing;
  if (record !== null) {
    const settling = await attemptOne(settleBrake(servers, brake, record.coupon), settleWithinMs);
    if (record.refusal) throw record.refusal;
    const inEffect = settling.value === true || placed?.status === 'braked';
    const { changed, coupon } = record;
    return { couponId, changed, inEffect, recorded: true, coupon, ...report(servers, couponId, placing, settling) };
  }
  if (placed === null) {
    throw noStore(`${refusal ?? 'Neither Redis nor MySQL answers'}: it is not known whether the coupon is paused`);
  }
  if (placed.status === 'closed') throw new MoveRefused('STATE_CONFLICT', `Coupon ${couponId} is closed`);
  if (placed.status === 'version') {
    throw new MoveRefused('VERSION_CONFLICT', 'The coupon has another version: read it again');
  }
  const changed = placed.stateBefore !== 'paused';
  const problem = report(servers, couponId, placing);
  return { couponId, changed, inEffect: true, recorded: false, coupon: null, ...problem };
}

function report(
  { log }: Stores,
  couponId: number,
  placing: Tried<Placed>,
  settling?: Tried<boolean>,
): Pick<PauseOutcome, 'problem'> {
  const foreign = placing.value?.foreignKeys.join(', ') ?? '';
  const problem =
    foreign === '' ? (placing.refusal ?? settling?.refusal ?? null) : `Redis had another type of key at ${foreign}`;
  if (problem === null) return {};
  log.error({ couponId, problem }, 'a coupon that is paused is damaged in Redis');
  return { problem };
}

/**
 * A pause that MySQL does not have yet is recorded first, so that the audit table has both. Of a draft that is held
 * (pause-all.ts) only the mark is removed: it opens as if it had not been paused.
 * @throws MoveRefused, or OperationalError: a resume needs MySQL
 */
export async function resumeCoupon(servers: Stores, order: Order): Promise<MoveOutcome> {
  const brakes = await attempt(readBrakesOf(servers.redis, order.couponId), REDIS_WITHIN_MS);
  const released = await releaseDraft(servers, order, brakes);
  if (released) return released;
  if (order.dryRun) return makeMove(servers, 'resume', order);
  for (const brake of brakes ?? []) {
    const record = await recordBrake(servers, brake, { atMs: brake.atMs });
    if (record) await settleBrake(servers, brake, record.coupon);
  }
  return makeMove(servers, 'resume', order);
}
