// Attempts 4 to 7: the decision in Redis by one script call a request, then an event within the process. A listener
// writes it: it locks the coupon's row, lowers the stock, inserts the user's coupon. What fails there is lost.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { Pool } from 'mysql2/promise';
import { projectRoot } from '../../src/project.ts';
import type { Outcome } from './lock.ts';
import type { AttemptSettings } from './settings.ts';
import { Slots } from './slots.ts';

const lua = readFileSync(join(projectRoot, 'bench/attempts/issue.lua'), 'utf8');
const outcomes: Readonly<Record<string, Outcome>> = { SUCCESS: 'issued', SOLD_OUT: 'sold-out', DUPLICATE: 'duplicate' };

export interface ScriptAttempt {
  issue(couponId: number, user: number): Promise<Outcome>;
  /** Events that are not written yet. */
  pending(): number;
}

export function scriptAttempt({ tasks }: AttemptSettings, redis: readonly Redis[], pool: Pool): ScriptAttempt {
  const listeners = new Slots(tasks.threads, tasks.queueMax);
  for (const each of redis) each.defineCommand('attemptIssue', { numberOfKeys: 2, lua });
  let next = 0;
  return {
    async issue(couponId, user) {
      const connection = redis[next++ % redis.length] as unknown as {
        attemptIssue(...args: (string | number)[]): Promise<string>;
      };
      const reply = await connection.attemptIssue(`issue:coupon:${couponId}`, `coupon:${couponId}:stock`, user);
      const outcome = outcomes[reply] ?? 'failed';
      if (outcome === 'issued') void listeners.run(() => write(pool, couponId, user)).catch(() => {});
      return outcome;
    },
    pending: () => listeners.load,
  };
}

async function write(pool: Pool, couponId: number, user: number): Promise<void> {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const [coupons] = await connection.query('SELECT stock FROM attempt_coupon WHERE id = ? FOR UPDATE', [couponId]);
    const [coupon] = coupons as { stock: number }[];
    await connection.query('UPDATE attempt_coupon SET stock = ? WHERE id = ?', [(coupon?.stock ?? 0) - 1, couponId]);
    await connection.query(
      'INSERT INTO attempt_user_coupon (coupon_id, user_id, issued_at) VALUES (?, ?, UTC_TIMESTAMP(3))',
      [couponId, user],
    );
    await connection.commit();
  } catch (error) {
    await connection.rollback().catch(() => {});
    throw error;
  } finally {
    connection.release();
  }
}
