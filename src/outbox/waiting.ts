// One user's coupon on its way to MySQL: in the outbox, or among the dead letters. A long stream is searched page by
// page (lua/find-holding.lua), so that Redis can decide in between.
import type { Redis } from 'ioredis';
import { couponKeys } from '../redis/keys.ts';
import { runScript } from '../redis/scripts.ts';
import type { UserKey } from '../user-id.ts';

export interface WaitingCoupon {
  readonly sequence: number;
  readonly issuedAt: Date;
}

/** As Redis has it: `absent`: the coupon is not loaded; `incomplete`: holders are missing. */
export type Membership = 'absent' | 'holder' | 'revoked' | 'not-holder' | 'incomplete';

const PAGE_BYTES = 65_536;

async function find(redis: Redis, couponId: number, args: readonly (string | number)[]): Promise<string[]> {
  const { stock, holders, outbox, dead, meta, revoked } = couponKeys(couponId);
  return (await runScript(redis, 'find-holding', [stock, holders, outbox, dead, meta, revoked], args)) as string[];
}

export async function readMembership(redis: Redis, couponId: number, userId: UserKey): Promise<Membership> {
  const [membership] = await find(redis, couponId, [userId, 'holders', '-', PAGE_BYTES]);
  return membership as Membership;
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
  const [found, second, issuedAt] = await find(redis, couponId, [userId, stream, from, PAGE_BYTES]);
  if (found === 'end') return null;
  if (found === 'more') return { kind: 'more', from: `(${second}` };
  return { kind: 'found', coupon: { sequence: Number(second), issuedAt: new Date(Number(issuedAt)) } };
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
