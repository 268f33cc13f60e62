// Rebuilds what Redis knows of one coupon from everything that survived: MySQL's rows, the outbox, the dead letters and
// this Redis' own holders. The coupon is closed (NOT_READY) meanwhile and opens in one step (lua/load.lua), so a crash
// at any point leaves it closed, and the gate starts again from the beginning.
// Invariants after it: I1 and I2 by the set of holders, I4 by construction; the numbers that are in no store are
// declared lost. See docs/decisions/gate.md.
import type { Redis } from 'ioredis';
import { readCount } from '../ids.ts';
import type { Logger } from '../log.ts';
import { CHANGES_CHANNEL, CONSUMER_GROUP, type CouponKeys, couponKeys, LOADED_COUPONS } from '../redis/keys.ts';
import type { LockOwner } from '../redis/lock.ts';
import { runScript } from '../redis/scripts.ts';
import { countRows, readHighestSequence } from '../store/tables/issuances.ts';
import type { SequenceRange } from '../store/tables/losses.ts';
import type { Stores } from '../stores.ts';
import { collect } from './collect.ts';
import type { Collected, Rebuild } from './collected.ts';
import { declareLosses, RANGES_MAX } from './declared-losses.ts';
import { advanceEpoch, type CouponRow, isUnchanged } from './epoch.ts';
import { interrupted, RebuildLock } from './lock.ts';
import { type Restored, restoreUnrecorded } from './restore.ts';

/** Its connection to Redis must not reconnect (see connectOnce): all steps must meet the same Redis process. */
export interface RebuildContext extends Stores {
  /** Who rebuilds; without it, a caller without predecessors. */
  readonly owner?: LockOwner;
  readonly report?: (progress: RebuildProgress) => void;
}

export interface RebuildProgress {
  readonly couponId: number;
  readonly rows: number;
  readonly rowsTotal: number;
}

export type RebuildOutcome =
  | {
      readonly kind: 'rebuilt';
      readonly holders: number;
      readonly sequence: number;
      readonly restored: number;
      readonly lost: number;
    }
  /** More holders than stock are on record: the coupon stays closed until an operator raises its stock. */
  | { readonly kind: 'over'; readonly holders: number }
  /** It is complete in Redis, and was left as it is. */
  | { readonly kind: 'loaded' }
  /** Not in MySQL, a draft, or archived. */
  | { readonly kind: 'absent' }
  /** Another rebuild of it is under way. */
  | { readonly kind: 'busy' };

/** @throws OperationalError (transient), or the error of Redis: the coupon is closed, and can be rebuilt again */
export async function rebuildCoupon(
  context: RebuildContext,
  couponId: number,
  { unlessLoaded = false }: { unlessLoaded?: boolean } = {},
): Promise<RebuildOutcome> {
  const keys = couponKeys(couponId);
  const lock = await RebuildLock.take(context.redis, keys, context.owner);
  if (!lock) return { kind: 'busy' };
  try {
    if (unlessLoaded && (await isLoaded(context.redis, couponId))) return { kind: 'loaded' };
    const advanced = await advanceEpoch(context.database, couponId);
    if (advanced.kind === 'absent') return { kind: 'absent' };
    if (advanced.kind === 'overtaken') return { kind: 'busy' };
    return await rebuildLocked(context, keys, advanced.coupon, lock);
  } finally {
    await lock.release();
  }
}

/** Whether Redis has of this coupon what decisions need. */
export async function isLoaded(redis: Redis, couponId: number): Promise<boolean> {
  const keys = couponKeys(couponId);
  const [stock, state] = await Promise.all([redis.exists(keys.stock), redis.hexists(keys.meta, 'state')]);
  return stock === 1 && state === 1;
}

async function rebuildLocked(
  context: RebuildContext,
  keys: CouponKeys,
  coupon: CouponRow,
  lock: RebuildLock,
): Promise<RebuildOutcome> {
  const { redis, database, log } = context;
  const [storedEpoch, storedSequence] = await redis.hmget(keys.meta, 'epoch', 'sequence');
  await registerCoupon(redis, coupon.id, keys);
  await lock.begin();
  const report = (rows: number) => context.report?.({ couponId: coupon.id, rows, rowsTotal: coupon.issued });
  report(0);
  const rebuild: Rebuild = { redis, database, keys, coupon, lock, report };
  const collected = await collect(rebuild);

  // Redis' own counter counts only if it belongs to the latest history: in a fork its numbers went to others.
  const isLatest = storedEpoch === String(coupon.epoch - 1);
  const lastKnown = Math.max(isLatest ? (readCount(storedSequence) ?? 0) : 0, collected.sequences.max);
  const restored = await restoreUnrecorded(rebuild, collected, lastKnown);
  const sequence = Math.max(lastKnown, collected.sequences.max);
  const lost = await declareMissing(context, coupon, collected, sequence);

  // Nothing can be inserted under the new epoch yet; only an operator's move can have come in between.
  if ((await countRows(database, coupon.id)) !== collected.rows) throw interrupted('rows were written meanwhile');
  if (!(await isUnchanged(database, coupon))) throw interrupted('the coupon was changed meanwhile');

  const { status, holders } = await lock.load(coupon, sequence);
  logOutcome(log, coupon, collected, restored, sequence);
  if (status === 'over') {
    log.error(
      { couponId: coupon.id, holders, stock: coupon.totalStock },
      'more holders than stock: the coupon stays closed',
    );
    return { kind: 'over', holders };
  }
  await redis.publish(CHANGES_CHANNEL, String(coupon.id));
  return { kind: 'rebuilt', holders, sequence, restored: restored.restored, lost };
}

async function declareMissing(
  { database, log }: RebuildContext,
  coupon: CouponRow,
  { sequences }: Collected,
  sequence: number,
): Promise<number> {
  const ranges: SequenceRange[] = [];
  let numbers = 0;
  for (const range of sequences.missing(sequence)) {
    numbers += range.last - range.first + 1;
    const previous = ranges[ranges.length - 1];
    if (ranges.length === RANGES_MAX && previous)
      ranges[ranges.length - 1] = { first: previous.first, last: range.last };
    else ranges.push(range);
  }
  const fresh = await declareLosses(database, coupon.id, ranges, 'Redis lost them before MySQL had them');
  for (const { first, last } of fresh) {
    log.error({ couponId: coupon.id, first, last }, 'declared loss: these sequence numbers are in no store any more');
  }
  return numbers;
}

/** Makes the persisters read its outbox, from the beginning: a group that starts at `$` would skip what is there. */
async function registerCoupon(redis: Redis, couponId: number, keys: CouponKeys): Promise<void> {
  await redis.xgroup('CREATE', keys.outbox, CONSUMER_GROUP, '0', 'MKSTREAM').catch((error: Error) => {
    if (!error.message.startsWith('BUSYGROUP')) throw error;
  });
  await redis.sadd(LOADED_COUPONS, couponId);
}

function logOutcome(
  log: Logger,
  coupon: CouponRow,
  { rows, holders, superseded }: Collected,
  { restored, dropped }: Restored,
  sequence: number,
): void {
  const couponId = coupon.id;
  log.info({ couponId, rows, holders, sequence, epoch: coupon.epoch }, 'rebuilt the coupon in Redis');
  if (superseded > 0) {
    log.error({ couponId, users: superseded }, 'grants of an older Redis whose numbers or stock went to others since');
  }
  if (restored > 0) {
    log.error({ couponId, users: restored }, 'holders without outbox entry and row: handed over to MySQL again');
  }
  if (dropped > 0) {
    log.error(
      { couponId, users: dropped },
      'holders without outbox entry and row, and no stock left for them: removed',
    );
  }
}

/**
 * After a restart of Redis: keeps the coupon as it is, if it is proven that Redis lost nothing that MySQL knows of.
 * Costs three statements and one script, for any number of holders.
 * @returns false if it must be rebuilt
 */
export async function keepCoupon({ redis, database, log }: RebuildContext, couponId: number): Promise<boolean> {
  const keys = couponKeys(couponId);
  const advanced = await advanceEpoch(database, couponId);
  if (advanced.kind !== 'advanced') return false;
  const { coupon } = advanced;
  // Only after the epoch has risen: from now on no row of an earlier reading can be written.
  const highest = await readHighestSequence(database, couponId);
  await registerCoupon(redis, couponId, keys);
  const [status, why] = (await runScript(
    redis,
    'resume',
    [keys.stock, keys.holders, keys.meta, keys.revoked, keys.rebuildLock],
    [coupon.totalStock, coupon.version, coupon.epoch - 1, coupon.epoch, highest],
  )) as ['kept' | 'unproven', string];
  if (status === 'kept') {
    // A process that waits for its outbox has read the epoch before.
    await redis.publish(CHANGES_CHANNEL, String(couponId));
    return true;
  }
  log.warn({ couponId, differs: why }, 'Redis may have lost something of the coupon: it is rebuilt');
  return false;
}
