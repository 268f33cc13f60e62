// Every Redis key and channel that couponrush uses. Operators type these names, so they are a contract.
import { USER_ID_END, type UserId } from '../user-id.ts';

export interface CouponKeys {
  /** String: how many coupons may be issued in total (not what is left), at most `total` of the meta. */
  readonly stock: string;
  /** Set: user ids that hold the coupon. */
  readonly holders: string;
  /**
   * Hash: state, opensAt, closesAt, sequence, total (see lua/issue.lua), epoch, version, unheld, base (see
   * lua/load.lua).
   */
  readonly meta: string;
  /** Stream: grants that MySQL does not have yet. See src/outbox/entry.ts. */
  readonly outbox: string;
  /** Stream: rows that MySQL refused. */
  readonly dead: string;
  /** Set: users whose coupon was revoked. They hold nothing and get no second one. */
  readonly revoked: string;
  /** Hash: pauses that MySQL may not have yet. While it exists the coupon is not open. See lua/brake.lua. */
  readonly brake: string;
  /** Hash with expiry: by user, the Idempotency-Key under which a coupon was issued. See lua/issue.lua. */
  readonly idempotencyKeys: string;
  /** Set: the holders of a rebuild that is not finished. */
  readonly staging: string;
  /** String with expiry: the one rebuild that may write to this coupon. */
  readonly rebuildLock: string;
}

export function couponKeys(id: number): CouponKeys {
  return {
    stock: `coupon:${id}:stock`,
    holders: `issue:coupon:${id}`,
    meta: `coupon:${id}:meta`,
    outbox: `coupon:${id}:outbox`,
    dead: `coupon:${id}:dead`,
    revoked: `coupon:${id}:revoked`,
    brake: `coupon:${id}:brake`,
    idempotencyKeys: `coupon:${id}:keys`,
    staging: `coupon:${id}:staging`,
    rebuildLock: `coupon:${id}:rebuild-lock`,
  };
}

/** String: the last reply given to one lane (one place for a batch in flight). Expires by itself. */
export function memoKey(couponId: number, lane: string): string {
  return `coupon:${couponId}:memo:${lane}`;
}

/** String with expiry: id of the coupon that a user asked for under this Idempotency-Key. Lies in a slot of its own. */
export function keyClaimKey(userId: UserId, idempotencyKey: string): string {
  return `couponrush:key:${userId}${USER_ID_END}${idempotencyKey}`;
}

/** The coupon that a key belongs to, also if the id stands in braces; null for any other key. */
export function couponOfKey(key: string): number | null {
  const id = /^(?:issue:)?coupon:\{?(\d+)\b/.exec(key)?.[1];
  return id === undefined ? null : Number(id);
}

/** Set: ids of the coupons whose outbox the persisters read. */
export const LOADED_COUPONS = 'couponrush:coupons';
/** Set: ids of the coupons that have a pause of which MySQL may not know yet. */
export const BRAKED_COUPONS = 'couponrush:brakes';
/**
 * No coupon has this id. Its mark (`coupon:0:brake`) is a pause of everything, made while MySQL did not list its
 * coupons: see src/coupons/pause-unlisted.ts.
 */
export const EVERY_COUPON = 0;
/** String: run_id of the Redis process whose content was verified against MySQL. */
export const VERIFIED_RUN_ID = 'couponrush:verified';
/** String with expiry: the one persister that may verify and rebuild. */
export const GATE_OWNER = 'couponrush:gate-owner';
/**
 * Hash: which installation this Redis belongs to: id, claim (the last one written by a gate), server (fingerprint of
 * its MySQL server), asked (a claim that another gate wants to see replaced). See docs/decisions/installation.md.
 */
export const INSTALLATION = 'couponrush:installation';
/** Consumer group on each outbox. */
export const CONSUMER_GROUP = 'persisters';
/** Channel on which Redis itself reports changed keys (CLIENT TRACKING with REDIRECT). */
export const INVALIDATION_CHANNEL = '__redis__:invalidate';

/** Channel of one process, on which it writes to itself. */
export function proofChannel(instance: string): string {
  return `couponrush:proof:${instance}`;
}

/** Channel: a coupon changed (`{couponId}`), so what a worker knows of it must be forgotten. */
export const CHANGES_CHANNEL = 'couponrush:changes';
