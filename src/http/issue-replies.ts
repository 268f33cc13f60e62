// The one table from decision to HTTP answer.
import type { Decision } from '../issuance/decision.ts';
import { type UserId, userJsonText } from '../user-id.ts';
import type { Exchange } from './exchange.ts';

export function replyDecision(exchange: Exchange, couponId: number, userId: UserId, decision: Decision): void {
  switch (decision.kind) {
    case 'issued':
      exchange.json('201 Created', issuedBody(couponId, userId, decision), 'granted');
      return;
    case 'replayed':
      exchange.json('201 Created', issuedBody(couponId, userId, decision), 'replayed', { header: REPLAYED });
      return;
    case 'key-reused':
      exchange.problem('IDEMPOTENCY_KEY_REUSED');
      return;
    case 'already-issued':
      exchange.problem('ALREADY_ISSUED_COUPON');
      return;
    case 'revoked':
      exchange.problem('REVOKED_COUPON');
      return;
    case 'sold-out':
      exchange.problem('OUT_OF_STOCK_COUPON');
      return;
    case 'not-open':
      exchange.problem('NOT_OPEN_COUPON', 'The coupon opens later', {
        members: `"opensAt":"${isoTime(decision.opensAtMs)}"`,
      });
      return;
    case 'paused':
      exchange.problem('NOT_OPEN_COUPON', 'The coupon is paused');
      return;
    case 'closed':
      exchange.problem('EXPIRED_COUPON');
      return;
    case 'unknown-coupon':
      exchange.problem('NOT_FOUND_COUPON');
      return;
    case 'not-ready':
      exchange.problem('NOT_READY', 'Nothing was issued: ask again');
      return;
    case 'overloaded':
      exchange.problem('OVERLOADED', 'Nothing was issued: ask again');
      return;
    case 'unknown':
      exchange.problem('OUTCOME_UNKNOWN', `Ask GET /api/v2/me/coupons/${couponId} whether the coupon was issued`);
      return;
    default:
      decision satisfies never;
  }
}

const REPLAYED: [string, string] = ['Idempotent-Replayed', 'true'];

function issuedBody(
  couponId: number,
  userId: UserId,
  { sequence, issuedAtMs }: { sequence: number; issuedAtMs: number },
): string {
  const ids = `"couponId":${couponId},"userId":${userJsonText(userId)}`;
  return `{${ids},"sequence":${sequence},"issuedAt":"${isoTime(issuedAtMs)}"}`;
}

let lastMs = Number.NaN;
let lastText = '';

/** ISO 8601 in UTC with milliseconds. All coupons of a batch share the time, so the last one is kept. */
export function isoTime(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}
