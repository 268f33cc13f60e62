// How an answer is counted: from the code that the client sees to the outcome in the metrics.
import type { IssueProblemCode } from '../errors.ts';
import type { Outcome } from '../metrics/requests.ts';

export const outcomeOf = {
  BAD_REQUEST: 'bad_request',
  ALREADY_ISSUED_COUPON: 'already_issued',
  REVOKED_COUPON: 'revoked',
  OUT_OF_STOCK_COUPON: 'sold_out',
  NOT_OPEN_COUPON: 'not_open',
  EXPIRED_COUPON: 'closed',
  UNAUTHENTICATED_USER: 'unauthenticated',
  NOT_FOUND: 'not_found',
  NOT_FOUND_COUPON: 'unknown_coupon',
  NOT_ISSUED_COUPON: 'not_issued',
  METHOD_NOT_ALLOWED: 'method_not_allowed',
  IDEMPOTENCY_KEY_REUSED: 'key_reused',
  TOO_MANY_REQUESTS: 'rate_limited',
  HEADERS_TOO_LARGE: 'headers_too_large',
  NOT_READY: 'not_ready',
  OVERLOADED: 'overloaded',
  OUTCOME_UNKNOWN: 'unknown',
} as const satisfies Record<IssueProblemCode, Outcome>;
