// Erases a user, who asked for it: a pseudonym takes their place in rows, holders, Idempotency-Keys, dead letters and
// the audit. What was issued stays issued, so verify, rebuild and archive agree as before. docs/erase.md says what is
// kept.
//
// Promise: refused means that nothing was changed. MySQL first, coupon by coupon, each a move with a version and a
// record (RECORDED until Redis has it); the caretaker brings to Redis what a crash left half done. Whom the pseudonym
// stands for is written in `erased_user` until all is done, so asking again goes on with the same pseudonym; then it is
// forgotten. Under the lock of a rebuild: no dead letter of the user is sent back meanwhile.
import { OperationalError } from '../errors.ts';
import { findWaiting, isWaitingSince } from '../outbox/waiting.ts';
import { couponKeys } from '../redis/keys.ts';
import { newestEntry } from '../redis/stream-pages.ts';
import { redisNow } from '../redis/time.ts';
import type { Statements } from '../store/database.ts';
import type { Coupon } from '../store/tables/coupons.ts';
import {
  findPseudonym,
  forgetUser,
  insertPseudonym,
  listUnappliedCoupons,
  type Replacement,
  replaceInCoupon,
} from '../store/tables/erased-users.ts';
import type { Stores } from '../stores.ts';
import { isPseudonym, type UserKey } from '../user-id.ts';
import { takeRebuildLock } from './dead-letter-commands.ts';
import { isNamedInTexts, replaceInTexts } from './erase-texts.ts';
import { findCouponsOfUser } from './find-user.ts';
import { bringToRedis, type Effect, MoveRefused, makeMove, type Order } from './move.ts';

export interface EraseOrder extends Omit<Order, 'couponId' | 'ifVersion'> {
  readonly userId: UserKey;
  /** Also while a coupon of theirs can still be issued: they could get it a second time, as a stranger. */
  readonly evenOpen?: boolean | undefined;
  /** Only say what would be done. */
  readonly dryRun?: boolean | undefined;
}

export interface Erasure {
  /** null: nothing of the user was found, or nothing was done (dry run). */
  readonly pseudonym: UserKey | null;
  /** Ids of the coupons in which the user was found. */
  readonly coupons: readonly number[];
  /** false: MySQL has it, and Redis not of every coupon yet. Ask again to end it. */
  readonly inEffect: boolean;
}

/** Of one outbox, until it is refused as one that does not drain. */
const SEARCHES_MAX = 5;

/** @throws MoveRefused STATE_CONFLICT, NOT_DRAINED, NOT_READY, VALIDATION_FAILED */
export async function eraseUser(servers: Stores, order: EraseOrder): Promise<Erasure> {
  const { userId } = order;
  const { database } = servers;
  if (isPseudonym(userId)) throw new MoveRefused('VALIDATION_FAILED', `${userId} is a pseudonym: its user is erased`);
  const coupons = await findCouponsOfUser(servers, userId);
  const ids = coupons.map(({ id }) => id);
  await checkErasable(servers, coupons, order);
  const begun = await findPseudonym(database, userId);
  const isKnown = begun !== null || ids.length > 0 || (await isNamedInTexts(database, userId));
  if (order.dryRun || !isKnown) return { pseudonym: null, coupons: ids, inEffect: true };
  const replacement = { userId, pseudonym: begun ?? (await takePseudonym(database, userId)) };
  for (const { id } of coupons) await eraseFromCoupon(servers, order, id, replacement);
  await replaceInTexts(database, replacement);
  const inEffect = await bringAllToRedis(servers, replacement);
  if (inEffect) await forgetUser(database, userId);
  return { pseudonym: replacement.pseudonym, coupons: ids, inEffect };
}

/** Of all coupons before the first one is touched: a refusal changes nothing. */
async function checkErasable(
  servers: Stores,
  coupons: readonly Coupon[],
  { userId, evenOpen }: EraseOrder,
): Promise<void> {
  const nowMs = await redisNow(servers.redis);
  const open = coupons.find(
    ({ state, closesAt }) => (state === 'OPEN' || state === 'PAUSED') && (closesAt?.getTime() ?? nowMs + 1) > nowMs,
  );
  if (open && !evenOpen) {
    throw new MoveRefused(
      'STATE_CONFLICT',
      `Coupon ${open.id} can still be issued, and user ${userId} would be a stranger who can get it a second time: ` +
        'close it first, or say that this may be (--even-open, evenOpen)',
    );
  }
  for (const { id } of coupons) await checkNotWaiting(servers, id, userId);
}

/**
 * What a persister is about to write under the user's own id must be there before it is replaced.
 * @returns where the outbox ended before it was searched, as XRANGE takes it
 */
async function checkNotWaiting({ redis }: Stores, couponId: number, userId: UserKey): Promise<string> {
  const newest = await newestEntry(redis, couponKeys(couponId).outbox);
  if (newest === null) return '-';
  if ((await findWaiting(redis, couponId, userId, 'outbox')) !== null) throw notDrained(couponId, userId);
  return `(${newest[0]}`;
}

function notDrained(couponId: number, userId: UserKey): MoveRefused {
  return new MoveRefused(
    'NOT_DRAINED',
    `The coupon ${couponId} of user ${userId} is on its way to MySQL: ask again in a moment`,
  );
}

async function takePseudonym(database: Stores['database'], userId: UserKey): Promise<UserKey> {
  try {
    return await insertPseudonym(database, userId);
  } catch (error) {
    if (!(error instanceof OperationalError && error.code === 'ER_DUP_ENTRY')) throw error;
    return (await findPseudonym(database, userId)) ?? takePseudonym(database, userId);
  }
}

async function eraseFromCoupon(
  servers: Stores,
  { actor, reason, userId }: EraseOrder,
  couponId: number,
  replacement: Replacement,
): Promise<void> {
  const lock = await takeRebuildLock(servers.redis, couponId);
  const order = { couponId, actor, reason };
  try {
    for (let tries = 1; ; tries++) {
      const searchedTo = await checkNotWaiting(servers, couponId, userId);
      try {
        await makeMove(servers, 'erase', order, (tx) => replaceUnder(servers, tx, order, replacement, searchedTo));
        return;
      } catch (error) {
        if (!(error instanceof SearchOutdated)) throw error;
        if (tries === SEARCHES_MAX) throw notDrained(couponId, userId);
      }
    }
  } finally {
    await lock.release();
  }
}

/** So much was issued since the search that it takes another one, which must not be made under the row's lock. */
class SearchOutdated extends Error {}

/** No rows of the coupon are written until the end of this transaction: only what was issued since is left to check. */
async function replaceUnder(
  { redis }: Stores,
  tx: Statements,
  { couponId }: Pick<Order, 'couponId'>,
  replacement: Replacement,
  searchedTo: string,
): Promise<Effect> {
  const since = await isWaitingSince(redis, couponId, replacement.userId, searchedTo);
  if (since === 'more') throw new SearchOutdated();
  if (since === 'found') throw notDrained(couponId, replacement.userId);
  await replaceInCoupon(tx, couponId, replacement);
  return { userId: replacement.pseudonym };
}

/** Also what an earlier call, or its caretaker, has not brought there yet. @returns whether Redis has all of it */
async function bringAllToRedis(servers: Stores, { pseudonym }: Replacement): Promise<boolean> {
  let inEffect = true;
  for (const couponId of await listUnappliedCoupons(servers.database, pseudonym)) {
    inEffect = (await bringToRedis(servers, couponId)) && inEffect;
  }
  return inEffect;
}
