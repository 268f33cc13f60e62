// What can come of a click, and the one table from the server's answers to it.
import type { Answer } from './transport.ts';

/** The one result of an intent. Each kind but `unknown` is what the server decided, for good. */
export type IssueResult =
  /** The user has the coupon: granted to this intent, or found when the answer was lost. `issuedAt` is ISO 8601. */
  | {
      readonly kind: 'issued';
      readonly couponId: number;
      readonly sequence: number;
      readonly issuedAt: string;
    }
  /** The user had it before. */
  | { readonly kind: 'alreadyIssued'; readonly couponId: number }
  | { readonly kind: 'soldOut'; readonly couponId: number }
  /** `opensAt` is ISO 8601. */
  | { readonly kind: 'notOpen'; readonly couponId: number; readonly opensAt: string }
  | { readonly kind: 'paused'; readonly couponId: number }
  | { readonly kind: 'closed'; readonly couponId: number }
  /** The user had it, and it was taken back. */
  | { readonly kind: 'revoked'; readonly couponId: number }
  /**
   * Not settled in time. `mayBeIssued: false`: nothing was issued, the server refused every request (busy, or not
   * ready). `mayBeIssued: true`: the coupon may have been issued; the next `issue` of the same client finds out, with
   * the same key. `retryAfterMs`: what the last answer asked for.
   */
  | {
      readonly kind: 'unknown';
      readonly couponId: number;
      readonly mayBeIssued: boolean;
      readonly retryAfterMs: number | null;
    };

/**
 * The server refused the request itself: who the user is (401), which coupon (404), or how it was sent. To be corrected
 * in the caller's code or session; asking again as before changes nothing. Nothing was issued.
 */
export class RequestRefused extends Error {
  readonly status: number;
  /** See docs/errors.md of the server; empty if the answer was not the server's. */
  readonly code: string;

  constructor({ status, code, body }: Answer) {
    super(`${code || status}: ${body.detail ?? body.title ?? 'the request was refused'}`);
    this.name = 'RequestRefused';
    this.status = status;
    this.code = code;
  }
}

/**
 * `busy`: refused for now, and nothing was issued. `unknown`: it may have been. `not-held`: the settling GET found
 * nothing. `refused`: RequestRefused.
 */
export type Reading = IssueResult | { readonly kind: 'busy' | 'not-held' | 'refused' };

/** Of POST …/issue. */
export function readIssue(couponId: number, answer: Answer): Reading {
  const { status, code, body } = answer;
  if (status === 201) return issued(couponId, body) ?? unknown(couponId, true);
  switch (code) {
    case 'ALREADY_ISSUED_COUPON':
      return { kind: 'alreadyIssued', couponId };
    case 'REVOKED_COUPON':
      return { kind: 'revoked', couponId };
    case 'OUT_OF_STOCK_COUPON':
      return { kind: 'soldOut', couponId };
    case 'NOT_OPEN_COUPON': {
      const { opensAt } = body;
      return typeof opensAt === 'string' ? { kind: 'notOpen', couponId, opensAt } : { kind: 'paused', couponId };
    }
    case 'EXPIRED_COUPON':
      return { kind: 'closed', couponId };
    default:
      return readOther(couponId, answer);
  }
}

/** Of GET …/me/coupons/{couponId}, which settles an unknown outcome. */
export function readHolding(couponId: number, answer: Answer): Reading {
  const { status, code, body } = answer;
  if (code === 'NOT_ISSUED_COUPON' || code === 'NOT_FOUND_COUPON') return { kind: 'not-held' };
  if (status !== 200) return readOther(couponId, answer);
  const found = issued(couponId, body);
  if (found === null) return unknown(couponId, true);
  if (body.status === 'ISSUED') return found;
  // Anything else takes longer than one click: used by its holder, for instance.
  return { kind: body.status === 'REVOKED' || body.status === 'GIVEN_UP' ? 'revoked' : 'alreadyIssued', couponId };
}

/** A gateway's own answer has no code: it is a refusal only if its status leaves no doubt. */
function readOther(couponId: number, { status, code }: Answer): Reading {
  if (status === 429 || code === 'NOT_READY' || code === 'OVERLOADED') return { kind: 'busy' };
  if (status >= 400 && status < 500 && status !== 408) return { kind: 'refused' };
  return unknown(couponId, true);
}

function issued(couponId: number, body: Answer['body']): IssueResult | null {
  const { sequence, issuedAt } = body;
  if (body.couponId !== couponId || typeof sequence !== 'number' || typeof issuedAt !== 'string') return null;
  return { kind: 'issued', couponId, sequence, issuedAt };
}

export function unknown(couponId: number, mayBeIssued: boolean, retryAfterMs: number | null = null): IssueResult {
  return { kind: 'unknown', couponId, mayBeIssued, retryAfterMs };
}
