// The right to rebuild one coupon. Redis checks the token at every write, so a rebuild that was frozen and lost its
// lock changes nothing when it wakes up. A lock left by a crash expires by itself.
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { OperationalError } from '../errors.ts';
import { CONSUMER_GROUP, type CouponKeys } from '../redis/keys.ts';
import { LOCK_MS, type LockOwner, releaseLock, renewLock, takeLock } from '../redis/lock.ts';
import { runScript } from '../redis/scripts.ts';
import { redisState } from '../store/tables/coupons.ts';
import type { UserId, UserKey } from '../user-id.ts';
import type { CouponRow } from './epoch.ts';

const RENEW_MS = 1000;
/** 2,000 SADD are about a millisecond of Redis: what others wait behind. */
const STAGED_USERS_MAX = 2000;

export interface OutboxRun {
  readonly firstSequence: number;
  /** null: now, by Redis' clock. */
  readonly issuedAtMs: number | null;
  readonly users: readonly UserId[];
}

/** The rebuild was overtaken. Nothing is wrong with the data: try again. */
export function interrupted(why: string): OperationalError {
  return new OperationalError('REBUILD_INTERRUPTED', 'transient', `the rebuild was interrupted: ${why}`);
}

export class RebuildLock {
  readonly #redis: Redis;
  readonly #keys: CouponKeys;
  readonly #token: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(redis: Redis, keys: CouponKeys, token: string) {
    this.#redis = redis;
    this.#keys = keys;
    this.#token = token;
    // While MySQL is slow nothing is written to Redis. A failure shows at the next write.
    this.#timer = setInterval(() => {
      renewLock(redis, keys.rebuildLock, token).catch(() => {});
    }, RENEW_MS);
    this.#timer.unref();
  }

  /** @returns null if another rebuild of the coupon is under way */
  static async take(redis: Redis, keys: CouponKeys, owner?: LockOwner): Promise<RebuildLock | null> {
    const token = owner?.newToken() ?? randomUUID();
    return (await takeLock(redis, keys.rebuildLock, token, owner)) ? new RebuildLock(redis, keys, token) : null;
  }

  /** Closes the coupon: nothing is decided until load(). */
  async begin(): Promise<void> {
    const { rebuildLock, stock, staging, revoked, meta } = this.#keys;
    const reply = await runScript(
      this.#redis,
      'begin-rebuild',
      [rebuildLock, stock, staging, revoked, meta],
      this.#arguments(),
    );
    if (reply !== 1) throw interrupted('its lock has expired');
  }

  /** @returns how many of the users were not in the set before */
  async stage(target: 'staging' | 'revoked', users: readonly (UserId | UserKey)[]): Promise<number> {
    const calls: Promise<unknown>[] = [];
    for (let start = 0; start < users.length; start += STAGED_USERS_MAX) {
      const part = users.slice(start, start + STAGED_USERS_MAX);
      const keys = [this.#keys.rebuildLock, this.#keys[target]];
      calls.push(runScript(this.#redis, 'stage', keys, [...this.#arguments(), ...part]));
    }
    const replies = (await Promise.all(calls)) as number[];
    if (replies.includes(-1)) throw interrupted('its lock has expired');
    return replies.reduce((sum, added) => sum + added, 0);
  }

  /** @param replaced entry that the runs stand for, or null to add them only */
  async amendOutbox(replaced: string | null, runs: readonly OutboxRun[]): Promise<void> {
    const args = runs.flatMap((run) => [run.firstSequence, run.issuedAtMs ?? '', run.users.join(',')]);
    const reply = await runScript(
      this.#redis,
      'amend-outbox',
      [this.#keys.rebuildLock, this.#keys.outbox],
      [...this.#arguments(), CONSUMER_GROUP, replaced ?? '', ...args],
    );
    if (reply !== 1) throw interrupted('its lock has expired');
  }

  /** Opens the coupon with what was staged, and releases the lock. */
  async load(coupon: CouponRow, sequence: number): Promise<{ status: 'loaded' | 'over'; holders: number }> {
    const { rebuildLock, stock, holders, meta, staging, revoked, idempotencyKeys, brake } = this.#keys;
    const [status, count] = (await runScript(
      this.#redis,
      'load',
      [rebuildLock, stock, holders, meta, staging, revoked, idempotencyKeys, brake],
      [
        this.#token,
        coupon.totalStock,
        redisState(coupon.state),
        coupon.opensAtMs,
        coupon.closesAtMs,
        sequence,
        coupon.epoch,
        coupon.version,
      ],
    )) as ['loaded' | 'fenced' | 'over', number];
    if (status === 'fenced') throw interrupted('its lock has expired');
    return { status, holders: count };
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    // If Redis is unreachable, the lock expires by itself.
    await releaseLock(this.#redis, this.#keys.rebuildLock, this.#token).catch(() => {});
  }

  #arguments(): (string | number)[] {
    return [this.#token, LOCK_MS];
  }
}
