// Attempts 1 to 3: a distributed lock for each coupon, and inside it one transaction. It reads the coupon, checks that
// it can be issued and that the user does not have it, saves the coupon with one less, and inserts the user's coupon.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Pool, PoolConnection } from 'mysql2/promise';
import { createLock, IoredisAdapter } from 'redlock-universal';
import type { AttemptSettings } from './settings.ts';

export type Outcome = 'issued' | 'sold-out' | 'duplicate' | 'failed';

const TRY_AGAIN_MS = 50;

/** @returns what becomes of one user's request */
export function lockAttempt(
  settings: AttemptSettings,
  redis: Redis,
  pool: Pool,
): (couponId: number, user: number) => Promise<Outcome> {
  const { wait, lease } = settings.lock ?? { wait: 0, lease: 0 };
  const adapter = new IoredisAdapter(redis);
  return async (couponId, user) => {
    // One try a call, so that the wait is ours to measure: the library counts tries.
    const lock = createLock({ adapter, key: `attempt-lock:${couponId}`, ttl: lease * 1000, retryAttempts: 0 });
    const until = performance.now() + wait * 1000;
    for (;;) {
      const handle = await lock.acquire().catch(() => null);
      if (handle) {
        try {
          return await issueInTransaction(pool, settings.rowLock, couponId, user);
        } finally {
          // False if the lease ran out meanwhile: what was committed stays committed.
          await lock.release(handle).catch(() => false);
        }
      }
      if (performance.now() > until) return 'failed';
      await sleep(TRY_AGAIN_MS * (0.5 + Math.random()));
    }
  };
}

async function issueInTransaction(pool: Pool, rowLock: boolean, couponId: number, user: number): Promise<Outcome> {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const outcome = await issue(connection, rowLock, couponId, user);
    await connection.commit();
    return outcome;
  } catch {
    await connection.rollback().catch(() => {});
    return 'failed';
  } finally {
    connection.release();
  }
}

async function issue(connection: PoolConnection, rowLock: boolean, couponId: number, user: number): Promise<Outcome> {
  const [coupons] = await connection.query(
    `SELECT stock FROM attempt_coupon WHERE id = ?${rowLock ? ' FOR UPDATE' : ''}`,
    [couponId],
  );
  const [coupon] = coupons as { stock: number }[];
  if (!coupon || coupon.stock <= 0) return 'sold-out';
  const [held] = await connection.query(
    'SELECT id FROM attempt_user_coupon WHERE coupon_id = ? AND user_id = ? LIMIT 1',
    [couponId, user],
  );
  if ((held as unknown[]).length > 0) return 'duplicate';
  // As an object-relational mapper saves it: the value that was read, less one.
  await connection.query('UPDATE attempt_coupon SET stock = ? WHERE id = ?', [coupon.stock - 1, couponId]);
  await connection.query(
    'INSERT INTO attempt_user_coupon (coupon_id, user_id, issued_at) VALUES (?, ?, UTC_TIMESTAMP(3))',
    [couponId, user],
  );
  return 'issued';
}
