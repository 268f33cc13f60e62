// What can come of asking for a coupon: a closed union, answered exactly once to each applicant.
import type { UserId } from '../user-id.ts';

export type Decision =
  | { readonly kind: 'issued'; readonly sequence: number; readonly issuedAtMs: number }
  /** Issued before, to the same user under the same Idempotency-Key: the answer is the original one. */
  | { readonly kind: 'replayed'; readonly sequence: number; readonly issuedAtMs: number }
  /** The user sent this Idempotency-Key for another coupon before. */
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'already-issued' }
  /** Held it once, until an operator took it back: the user gets no second one. */
  | { readonly kind: 'revoked' }
  | { readonly kind: 'sold-out' }
  | { readonly kind: 'not-open'; readonly opensAtMs: number }
  | { readonly kind: 'paused' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'unknown-coupon' }
  /**
   * Nothing can be decided now: Redis is unreachable or unverified, or the coupon is not loaded. Nothing was issued
   * (I5).
   */
  | { readonly kind: 'not-ready' }
  /** A bound was reached. Nothing was issued (I5). */
  | { readonly kind: 'overloaded' }
  /** The deadline passed without Redis' answer: the user may hold the coupon. */
  | { readonly kind: 'unknown' };

/** The decisions without content of their own, made once. */
export const decisions = {
  keyReused: { kind: 'key-reused' },
  alreadyIssued: { kind: 'already-issued' },
  revoked: { kind: 'revoked' },
  soldOut: { kind: 'sold-out' },
  paused: { kind: 'paused' },
  closed: { kind: 'closed' },
  unknownCoupon: { kind: 'unknown-coupon' },
  notReady: { kind: 'not-ready' },
  overloaded: { kind: 'overloaded' },
  unknown: { kind: 'unknown' },
} as const satisfies Record<string, Decision>;

/** One request for a coupon, waiting for its decision. */
export interface Applicant {
  readonly userId: UserId;
  /** 1 to 64 visible ASCII characters; undefined if the user sent none. */
  readonly idempotencyKey: string | undefined;
  /** When it must be answered at the latest, on the monotonic clock (performance.now()). */
  readonly deadlineMs: number;
  /** The client has left: not worth a coupon any more, if the decision is not on its way yet. */
  readonly gone: boolean;
  /** Called exactly once. */
  answer(decision: Decision): void;
}
