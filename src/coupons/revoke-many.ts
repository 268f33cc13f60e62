// Takes back the coupons of many users, e.g. of a ring of accounts: one move for a batch.
// Promise: all that a batch takes back is one transaction, with a record for each user, and one call of Redis. A user
// without a coupon, or with one that was taken back before, is reported and changes nothing. So the same list can be
// sent again after any failure, and goes on.
import { couponKeys } from '../redis/keys.ts';
import { lockStatuses, revokeRows } from '../store/tables/holders.ts';
import type { Stores } from '../stores.ts';
import type { UserKey } from '../user-id.ts';
import { type MoveOutcome, makeMove, type Order } from './move.ts';

/** Of one batch: some 50 ms during which nothing else of the coupon is written. */
export const USERS_A_BATCH = 1000;

export interface RevokedUsers {
  /** Taken back by this batch, or, in a dry run, what would be. */
  readonly revoked: number;
  readonly revokedBefore: number;
  /** They do not hold the coupon. */
  readonly notIssued: readonly UserKey[];
  /** Issued, and not in MySQL yet: ask again, or look into the dead letters. */
  readonly notDrained: readonly UserKey[];
  /** Used, cancelled or expired: left as they are. */
  readonly otherwise: readonly { readonly userId: UserKey; readonly status: string }[];
}

export interface ManyOutcome extends MoveOutcome {
  readonly users: RevokedUsers;
}

/**
 * @param userIds at most USERS_A_BATCH; one that is there twice counts once. @throws MoveRefused: nothing was changed
 */
export async function revokeMany(servers: Stores, order: Order, userIds: readonly UserKey[]): Promise<ManyOutcome> {
  const distinct = [...new Set(userIds)];
  let users: RevokedUsers | null = null;
  const outcome = await makeMove(servers, 'revoke', order, async (tx, coupon) => {
    const statuses = await lockStatuses(tx, coupon.id, distinct);
    const sorted = await sortUsers(servers, coupon.id, distinct, statuses);
    users = sorted.users;
    if (sorted.issued.length === 0) return null;
    await revokeRows(tx, coupon.id, sorted.issued);
    return { userIds: sorted.issued, changes: { stock: coupon.stock + sorted.issued.length } };
  });
  return { ...outcome, users: users ?? { revoked: 0, revokedBefore: 0, notIssued: [], notDrained: [], otherwise: [] } };
}

async function sortUsers(
  { redis }: Stores,
  couponId: number,
  userIds: readonly UserKey[],
  statuses: ReadonlyMap<UserKey, string>,
): Promise<{ issued: UserKey[]; users: RevokedUsers }> {
  const withStatus = (wanted: string) => userIds.filter((userId) => statuses.get(userId) === wanted);
  const issued = withStatus('ISSUED');
  const otherwise = [...statuses]
    .filter(([, status]) => status !== 'ISSUED' && status !== 'REVOKED')
    .map(([userId, status]) => ({ userId, status }));
  const strangers = userIds.filter((userId) => !statuses.has(userId));
  const held = strangers.length > 0 ? await redis.smismember(couponKeys(couponId).holders, ...strangers) : [];
  return {
    issued,
    users: {
      revoked: issued.length,
      revokedBefore: withStatus('REVOKED').length,
      notIssued: strangers.filter((_, index) => held[index] === 0),
      notDrained: strangers.filter((_, index) => held[index] === 1),
      otherwise,
    },
  };
}
