// Who took a coupon back, when and why: records of revocations in the table `coupon_audit`, by user.
import { type UserKey, userFromSql } from '../../user-id.ts';
import type { Statements } from '../database.ts';

export interface Revocation {
  readonly at: Date;
  /** As the audit table shows them. */
  readonly by: string;
  readonly reason: string | null;
  /** false: MySQL has it, and Redis not yet. */
  readonly inEffect: boolean;
}

/** By user, of those among these users whose coupon was revoked; at most some thousands of them. */
export async function readRevocations(
  database: Pick<Statements, 'query'>,
  couponId: number,
  users: readonly UserKey[],
): Promise<Map<UserKey, Revocation>> {
  if (users.length === 0) return new Map();
  const records = await database.query<{
    userId: number | string;
    at: Date;
    actor: string;
    detail: string | null;
    result: string;
  }>(
    `SELECT user_id AS userId, at, actor, detail, result FROM coupon_audit
      WHERE user_id IN (?) AND coupon_id = ? AND action = 'revoke' AND result <> 'REFUSED' ORDER BY id`,
    [users, couponId],
  );
  return new Map(
    records.map(({ userId, at, actor, detail, result }) => [
      userFromSql(userId),
      { at, by: actor, reason: detail, inEffect: result === 'APPLIED' },
    ]),
  );
}
