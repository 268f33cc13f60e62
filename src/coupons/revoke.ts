// Takes one user's coupon back. The row keeps its sequence number and becomes REVOKED, the unit returns to the stock,
// and the user can't take a second one. MySQL first: after a crash before Redis, the unit is free in MySQL and still
// held in Redis, so never one too many is issued (I1); the reconciler frees it there.
import { couponKeys } from '../redis/keys.ts';
import type { Statements } from '../store/database.ts';
import { readIssuance, revokeRow } from '../store/tables/issuances.ts';
import type { Stores } from '../stores.ts';
import { type UserKey, userText } from '../user-id.ts';
import { type MoveOutcome, MoveRefused, makeMove, type Order } from './move.ts';

export async function revokeIssuance(servers: Stores, order: Order, user: UserKey): Promise<MoveOutcome> {
  return makeMove(servers, 'revoke', order, async (tx, coupon) => {
    if (!(await revoke(servers, tx, order.couponId, user))) return null;
    return { userId: user, changes: { stock: coupon.stock + 1 } };
  });
}

/** @returns false if it is revoked already */
async function revoke(servers: Stores, tx: Statements, couponId: number, user: UserKey): Promise<boolean> {
  if (await revokeRow(tx, couponId, user)) return true;
  const row = await readIssuance(tx, couponId, userText(user));
  if (row?.status === 'REVOKED') return false;
  if (row) throw new MoveRefused('STATE_CONFLICT', `The coupon of user ${user} is ${row.status}`);
  if ((await servers.redis.sismember(couponKeys(couponId).holders, userText(user))) === 1) {
    throw new MoveRefused(
      'NOT_DRAINED',
      `The coupon of user ${user} is not in MySQL yet: ask again, or look into the dead letters`,
    );
  }
  throw new MoveRefused('NOT_ISSUED_COUPON', `User ${user} does not hold coupon ${couponId}`);
}
