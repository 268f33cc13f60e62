// After Redis has recovered: may it have lost grants that are in no store, and how many, from when to when? The answer
// is sound for any fault. A lost grant has a number above the highest that survived, so it was made after that one,
// before this Redis began to decide, and there is a coupon of the stock left for it. See docs/decisions/gate.md.
import type { Redis } from 'ioredis';
import { readRedisSettings } from '../durability.ts';
import { OperationalError } from '../errors.ts';
import { decodeEntry } from '../outbox/entry.ts';
import { couponKeys } from '../redis/keys.ts';
import { newestEntry } from '../redis/stream-pages.ts';
import { isRedisReply, runIdOf } from '../redis/verified-pool.ts';
import type { Database } from '../store/database.ts';
import { hasAuditSince } from '../store/tables/audit.ts';
import { type Coupon, readCouponAndHighest } from '../store/tables/coupons.ts';
import { readLastIssuedAt } from '../store/tables/issuances.ts';
import { askAfterLoss, type LossBounds } from '../store/tables/possible-losses.ts';

/** This Redis process, as it was found. */
export interface Survivor {
  readonly runId: string;
  /** Why it may have forgotten something though all that MySQL knows of is there; null: it can't have. */
  readonly weakness: string | null;
  /** No grant that it forgot is later than this. Milliseconds since 1970, by Redis' clock. */
  readonly lostBeforeMs: number;
}

/** A move of an operator reaches Redis so long after its record in MySQL, at worst. */
const MOVE_MS = 5000;
const DURABILITY = new Set(['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite']);

/** @param cause `restart`: another process than before. `emptied`: content was removed from a running process. */
export async function readSurvivor(redis: Redis, cause: 'restart' | 'emptied'): Promise<Survivor> {
  const info = await redis.info('server', 'replication');
  const runId = runIdOf(info);
  if (runId === undefined) throw new OperationalError('NO_RUN_ID', 'transient', 'Redis does not tell its run_id');
  const number = (name: string) => Number(new RegExp(`^${name}:(-?\\d+)`, 'm').exec(info)?.[1]);
  const nowMs = number('server_time_usec') / 1000;
  // A master that was a replica before: -1 on any other.
  const tookOver = number('second_repl_offset') > 0;
  // Redis counts from whole seconds to whole seconds: it was started within the second before this.
  const startedMs = nowMs - (number('uptime_in_seconds') - 1) * 1000;
  return {
    runId,
    weakness: tookOver ? 'this Redis took over from another one' : await readWeakness(redis),
    lostBeforeMs: tookOver || cause === 'emptied' ? nowMs : Math.min(nowMs, startedMs),
  };
}

async function readWeakness(redis: Redis): Promise<string | null> {
  const settings = (await readRedisSettings(redis)).filter(({ name }) => DURABILITY.has(name));
  const weak = settings.find(({ verdict }) => verdict !== 'safe');
  if (weak === undefined) return null;
  return weak.value === null ? `its ${weak.name} is not known` : `its ${weak.name} is ${weak.value}`;
}

/** When the newest grant was made that is in MySQL or in this outbox. To be asked before anything is changed. */
export async function readLastGrantMs(redis: Redis, database: Database, couponId: number): Promise<number | null> {
  const rowAt = await readLastIssuedAt(database, couponId);
  const newest = await newestEntry(redis, couponKeys(couponId).outbox).catch((error: unknown) => {
    // A key of a wrong type: the rebuild reports it.
    if (isRedisReply(error)) return null;
    throw error;
  });
  const entryMs = newest ? (decodeEntry(newest[0], newest[1])?.issuedAtMs ?? null) : null;
  const rowMs = rowAt?.getTime() ?? null;
  return entryMs === null && rowMs === null ? null : Math.max(entryMs ?? 0, rowMs ?? 0);
}

export interface Found {
  readonly survivor: Survivor;
  /** As readLastGrantMs found it. */
  readonly lastGrantMs: number | null;
  readonly reason: string;
}

/** Records what may be lost of a coupon that is about to be rebuilt, as far as MySQL knows: a crash may come next. */
export async function suspectBeforeRebuild(database: Database, couponId: number, found: Found): Promise<void> {
  const coupon = await readCouponAndHighest(database, couponId);
  if (!coupon) return;
  const bounds = await boundLoss(database, coupon, found, {
    base: coupon.highest,
    held: coupon.totalStock - coupon.stock,
  });
  await askAfterLoss(database, { couponId, runId: found.survivor.runId, epoch: coupon.epoch + 1 }, bounds);
}

/** Records what may be lost of a coupon that is complete in Redis again, for the HTTP workers to answer. */
export async function suspectLoss(redis: Redis, database: Database, couponId: number, found: Found): Promise<void> {
  const { holders, meta } = couponKeys(couponId);
  const [held, numbers] = await Promise.all([redis.scard(holders), redis.hmget(meta, 'epoch', 'base', 'sequence')]);
  const [epoch = 0, base = 0, sequence = 0] = numbers.map(Number);
  const coupon = await readCouponAndHighest(database, couponId);
  if (!coupon) return;
  // Without what was granted since.
  const bounds = await boundLoss(database, coupon, found, { base, held: held - (sequence - base) });
  await askAfterLoss(database, { couponId, runId: found.survivor.runId, epoch }, bounds);
}

/** @returns null if no grant can have been made that is not there */
async function boundLoss(
  database: Database,
  { id, totalStock, state, opensAt, closesAt, createdAt }: Coupon,
  { survivor, lastGrantMs, reason }: Found,
  { base, held }: { base: number; held: number },
): Promise<LossBounds | null> {
  const numbersMax = totalStock - held;
  const afterMs = Math.max(lastGrantMs ?? createdAt.getTime(), opensAt?.getTime() ?? 0);
  const beforeMs = Math.min(survivor.lostBeforeMs, closesAt?.getTime() ?? Number.POSITIVE_INFINITY);
  if (numbersMax <= 0 || beforeMs <= afterMs) return null;
  // A coupon that is paused or closed may have been open until its last move.
  if (state !== 'OPEN' && !(await hasAuditSince(database, id, new Date(afterMs - MOVE_MS)))) return null;
  return {
    afterSequence: base,
    numbersMax,
    grantedAfter: new Date(afterMs),
    grantedBefore: new Date(beforeMs),
    reason,
  };
}
