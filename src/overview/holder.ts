// What became of one user's coupon, for the support agent on the phone with them: MySQL's row, or how far it is on its
// way there.
import { findCouponsOfUser } from '../coupons/find-user.ts';
import { deadLetterPages } from '../outbox/dead-letters.ts';
import { findWaiting, readMembership } from '../outbox/waiting.ts';
import type { MembershipKind } from '../redis/membership.ts';
import { type Coupon, readCoupon } from '../store/tables/coupons.ts';
import { readResolvedOf } from '../store/tables/dead-letters.ts';
import { type IssuedCoupon, readIssuedCoupon } from '../store/tables/holders.ts';
import { type Revocation, readRevocations } from '../store/tables/revocations.ts';
import type { ReadStores } from '../stores.ts';
import { isPseudonym, type UserKey, userText } from '../user-id.ts';

export interface Holder {
  readonly couponId: number;
  readonly userId: UserKey;
  /** MySQL's status; PENDING: on its way to MySQL; DEAD: MySQL refused it; RESOLVED: refused, and given up. */
  readonly status: string;
  readonly sequence: number;
  readonly name: string;
  readonly discountType: string;
  readonly discountAmount: number;
  readonly issuedAt: Date;
  readonly persistedAt: Date | null;
  readonly expiredAt: Date | null;
  /** What Redis says of the user. */
  readonly inRedis: MembershipKind;
  /** null: not revoked, or not by an operator of couponrush. */
  readonly revocation: Revocation | null;
  readonly deadLetter: { readonly id: string; readonly code: string; readonly reason: string } | null;
}

export interface UserOverview {
  readonly userId: UserKey;
  /** A pseudonym: it stands for a user who was erased. */
  readonly erased: boolean;
  /** By coupon, newest first. */
  readonly coupons: readonly Holder[];
  /** Older ones that are left out. */
  readonly more: number;
}

/** Between two looks a coupon may have moved from one place to the next. */
const LOOKS = 3;
const COUPONS_MAX = 200;
const COUPONS_AT_ONCE = 10;

export async function readUser(stores: ReadStores, userId: UserKey): Promise<UserOverview> {
  const found = (await findCouponsOfUser(stores, userId)).reverse();
  const coupons: Holder[] = [];
  for (let start = 0; start < Math.min(found.length, COUPONS_MAX); start += COUPONS_AT_ONCE) {
    const part = found.slice(start, Math.min(start + COUPONS_AT_ONCE, COUPONS_MAX));
    const rows = await Promise.all(part.map((coupon) => readRow(stores, coupon, userId)));
    for (const [index, coupon] of part.entries()) {
      // What has no row is searched for in streams that may be long: those of one coupon at a time.
      const holder = rows[index] ?? (await readHolderOf(stores, coupon, userId));
      if (holder) coupons.push(holder);
    }
  }
  return { userId, erased: isPseudonym(userId), coupons, more: Math.max(0, found.length - COUPONS_MAX) };
}

/** @returns null if the user was never issued this coupon, or there is none */
export async function readHolder(stores: ReadStores, couponId: number, userId: UserKey): Promise<Holder | null> {
  const coupon = await readCoupon(stores.database, couponId);
  return coupon && readHolderOf(stores, coupon, userId);
}

async function readRow(stores: ReadStores, coupon: Coupon, userId: UserKey): Promise<Holder | null> {
  const inRedis = await readMembership(stores.redis, coupon.id, userId);
  const row = await readIssuedCoupon(stores.database, coupon.id, userId);
  return row && withRow(stores, coupon.id, userId, row, inRedis);
}

async function readHolderOf(stores: ReadStores, coupon: Coupon, userId: UserKey): Promise<Holder | null> {
  const inRedis = await readMembership(stores.redis, coupon.id, userId);
  for (let look = 0; look < LOOKS; look++) {
    const row = await readIssuedCoupon(stores.database, coupon.id, userId);
    if (row) return withRow(stores, coupon.id, userId, row, inRedis);
    const waiting = await findUnwritten(stores, coupon, userId);
    if (waiting) return { ...waiting, inRedis };
    // A holder without any trace: it was written between the looks.
    if (inRedis !== 'holder') return null;
  }
  return null;
}

async function withRow(
  { database }: ReadStores,
  couponId: number,
  userId: UserKey,
  row: IssuedCoupon,
  inRedis: MembershipKind,
): Promise<Holder> {
  const revocation =
    row.status === 'REVOKED' ? (await readRevocations(database, couponId, [userId])).get(userId) : null;
  return { couponId, userId, ...row, inRedis, revocation: revocation ?? null, deadLetter: null };
}

async function findUnwritten(
  { redis, database }: ReadStores,
  coupon: Coupon,
  userId: UserKey,
): Promise<Omit<Holder, 'inRedis'> | null> {
  const { name, discountType, discountAmount, expiredAt } = coupon;
  const promised = { name, discountType, discountAmount, expiredAt };
  const unwritten = { couponId: coupon.id, userId, ...promised, persistedAt: null, revocation: null };
  const pending = await findWaiting(redis, coupon.id, userId, 'outbox');
  if (pending) return { ...unwritten, ...pending, status: 'PENDING', deadLetter: null };
  const dead = await findWaiting(redis, coupon.id, userId, 'dead');
  if (dead) {
    return { ...unwritten, ...dead, status: 'DEAD', deadLetter: await findLetter(redis, coupon.id, dead.sequence) };
  }
  const resolved = await readResolvedOf(database, coupon.id, userText(userId));
  return resolved && { ...unwritten, ...resolved, status: 'RESOLVED', deadLetter: null };
}

async function findLetter(
  redis: ReadStores['redis'],
  couponId: number,
  sequence: number,
): Promise<Holder['deadLetter']> {
  for await (const page of deadLetterPages(redis, couponId)) {
    const letter = page.find((each) => each.sequence === sequence);
    if (letter) return { id: letter.id, code: letter.code, reason: letter.reason };
  }
  return null;
}
