// One user's coupon on its way to MySQL: in the outbox, or among the dead letters. A long stream is searched page by
// page (lua/find-holding.lua), so that Redis can decide in between.
import type { Redis } from 'ioredis';
import { couponKeys } from '../redis/keys.ts';
import { type MembershipKind, membershipKeys, readMemberships } from '../redis/membership.ts';
import { runScript } from '../redis/scripts.ts';
import type { UserKey } from '../user-id.ts';

export interface WaitingCoupon {
  readonly sequence: number;
  readonly issuedAt: Date;
}

const PAGE_BYTES = 65_536;

export async function readMembership(redis: Redis, couponId: number, userId: UserKey): Promise<MembershipKind> {
  const reply = await runScript(redis, 'memberships', membershipKeys(couponId), [userId]);
  return readMemberships(reply, 1).kinds[0] as MembershipKind;
}

type Page =
  | { readonly kind: 'found'; readonly coupon: WaitingCoupon }
  | { readonly kind: 'more'; readonly from: string };

/** @returns null at the end of the stream */
async function findInPage(
  redis: Redis,
  couponId: number,
  userId: UserKey,
  stream: 'outbox' | 'dead',
  from: string,
): Promise<Page | null> {
  const { outbox, dead } = couponKeys(couponId);
  const reply = await runScript(redis, 'find-holding', [stream === 'dead' ? dead : outbox], [userId, from, PAGE_BYTES]);
  const [next, user, sequence, issuedAt] = reply as string[];
  if (user !== undefined) {
    return { kind: 'found', coupon: { sequence: Number(sequence), issuedAt: new Date(Number(issuedAt)) } };
  }
  return next === '' ? null : { kind: 'more', from: `(${next}` };
}

/** @returns null if the stream has nothing of this user */
export async function findWaiting(
  redis: Redis,
  couponId: number,
  userId: UserKey,
  stream: 'outbox' | 'dead',
): Promise<WaitingCoupon | null> {
  for (let from = '-'; ; ) {
    const page = await findInPage(redis, couponId, userId, stream, from);
    if (page?.kind !== 'more') return page?.coupon ?? null;
    from = page.from;
  }
}

/** In one call, which looks at one page at most. @param from as XRANGE takes it. @returns `more`: it is longer */
export async function isWaitingSince(
  redis: Redis,
  couponId: number,
  userId: UserKey,
  from: string,
): Promise<'found' | 'more' | 'none'> {
  return (await findInPage(redis, couponId, userId, 'outbox', from))?.kind ?? 'none';
}
