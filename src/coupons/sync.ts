// Brings Redis to what MySQL says of one coupon. The second half of every move, and what completes a move whose process
// died between the halves (see restore.ts).
// Promise: can be called at any time, by any number of processes, in any order: lua/apply-coupon.lua ignores a version
// that Redis has already. So it does not matter whether a caller still holds the lock of the coupon's record.
import { CHANGES_CHANNEL, couponKeys, LOADED_COUPONS } from '../redis/keys.ts';
import { runScript } from '../redis/scripts.ts';
import { newestEntry } from '../redis/stream-pages.ts';
import type { Statements } from '../store/database.ts';
import { markApplied, readUnappliedRevocations } from '../store/tables/audit.ts';
import { type Coupon, type LoadedState, readCoupon, redisState } from '../store/tables/coupons.ts';
import { type Replacement, readUnappliedErasures } from '../store/tables/erased-users.ts';
import type { Stores } from '../stores.ts';
import type { UserKey } from '../user-id.ts';

/**
 * `applied`: Redis has it now. `nothing`: the coupon has nothing to do in Redis. `behind`: it is not complete in Redis
 * or being rebuilt; the gate loads it with MySQL's current record. `waiting`: archived, and its outbox is not empty.
 */
export type SyncOutcome = 'applied' | 'nothing' | 'behind' | 'waiting';

const USERS_A_CALL = 1000;
/** A persister that was about to read the coupon's outbox has done so by then, and does not make the key again. */
const FORGET_MS = 600;

export async function syncCoupon(servers: Stores, couponId: number): Promise<SyncOutcome> {
  const coupon = await readCoupon(servers.database, couponId);
  return coupon ? syncTo(servers, servers.database, coupon) : 'nothing';
}

/** @param coupon as it was read from `database`, which may be the transaction of a move */
export async function syncTo(servers: Stores, database: Statements, coupon: Coupon): Promise<SyncOutcome> {
  // Read after the record: each revocation up to its version is there.
  const revoked = await readUnappliedRevocations(database, coupon.id, coupon.version);
  const outcome = await bring(servers, coupon, revoked);
  if (outcome === 'applied' || outcome === 'nothing') {
    // Only now: a rebuild that had read its rows before would have brought the user back.
    await replaceErased(servers, database, coupon);
    await markApplied(database, coupon.id, coupon.version);
  }
  return outcome;
}

async function replaceErased({ redis }: Stores, database: Statements, coupon: Coupon): Promise<void> {
  for (const replacement of await readUnappliedErasures(database, coupon.id, coupon.version)) {
    await replaceUser(redis, coupon.id, replacement);
  }
}

/** In all that Redis has of the coupon. May be repeated. */
export async function replaceUser(
  redis: Stores['redis'],
  couponId: number,
  { userId, pseudonym }: Replacement,
): Promise<void> {
  const { holders, revoked, idempotencyKeys, dead } = couponKeys(couponId);
  const newest = await newestEntry(redis, dead);
  for (let from = '-'; from !== ''; ) {
    const args = [userId, pseudonym, from, newest?.[0] ?? '+'];
    const keys = [holders, revoked, idempotencyKeys, dead];
    [, from] = (await runScript(redis, 'erase-user', keys, args)) as [number, string];
  }
}

async function bring({ redis }: Stores, coupon: Coupon, revoked: readonly UserKey[]): Promise<SyncOutcome> {
  if (coupon.state === 'DRAFT') return 'nothing';
  if (coupon.state === 'ARCHIVED') return clear(redis, coupon.id);
  let changed = false;
  for (let start = 0; start === 0 || start < revoked.length; start += USERS_A_CALL) {
    const status = await apply(redis, coupon, coupon.state, revoked.slice(start, start + USERS_A_CALL));
    if (status === 'rebuilding' || status === 'not-loaded') return 'behind';
    changed ||= status === 'applied';
  }
  if (changed) await redis.publish(CHANGES_CHANNEL, String(coupon.id));
  return 'applied';
}

async function apply(
  redis: Stores['redis'],
  coupon: Coupon,
  state: LoadedState,
  revoked: readonly UserKey[],
): Promise<'applied' | 'same' | 'rebuilding' | 'not-loaded'> {
  const keys = couponKeys(coupon.id);
  const status = await runScript(
    redis,
    'apply-coupon',
    [keys.stock, keys.holders, keys.meta, keys.revoked, keys.rebuildLock, keys.brake],
    [
      coupon.version,
      coupon.totalStock,
      redisState(state),
      coupon.opensAt?.getTime() ?? 0,
      coupon.closesAt?.getTime() ?? 0,
      ...revoked,
    ],
  );
  return status as 'applied' | 'same' | 'rebuilding' | 'not-loaded';
}

async function clear(redis: Stores['redis'], couponId: number): Promise<SyncOutcome> {
  const { stock, holders, meta, outbox, dead, revoked, staging, rebuildLock, idempotencyKeys } = couponKeys(couponId);
  const keys = [stock, holders, meta, outbox, dead, revoked, staging, rebuildLock, idempotencyKeys];
  if ((await redis.srem(LOADED_COUPONS, couponId)) === 1) {
    await redis.publish(CHANGES_CHANNEL, String(couponId));
    await new Promise((resolve) => setTimeout(resolve, FORGET_MS));
  } else if ((await redis.exists(...keys)) === 0) {
    return 'nothing';
  }
  const status = await runScript(redis, 'clear-coupon', keys, []);
  await redis.publish(CHANGES_CHANNEL, String(couponId));
  if (status === 'cleared') return 'nothing';
  // What is left in the outbox must still reach MySQL.
  await redis.sadd(LOADED_COUPONS, couponId);
  return 'waiting';
}
