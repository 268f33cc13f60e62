// The catalogue of errors that a client can meet. Codes are a contract: stable, documented in docs/errors.md, and
// checked against that file by a test. No other 4xx or 5xx answer exists.

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

export const problems = {
  BAD_REQUEST: { status: 400, title: 'The request is malformed' },
  ALREADY_ISSUED_COUPON: { status: 400, title: 'This user already holds the coupon' },
  REVOKED_COUPON: { status: 400, title: "This user's coupon was revoked" },
  OUT_OF_STOCK_COUPON: { status: 400, title: 'All coupons are issued' },
  NOT_OPEN_COUPON: { status: 400, title: 'The coupon is not open' },
  EXPIRED_COUPON: { status: 400, title: 'The coupon is closed' },
  UNAUTHENTICATED_USER: { status: 401, title: 'The user is not identified' },
  UNAUTHENTICATED_OPERATOR: { status: 401, title: 'The operator is not identified' },
  FORBIDDEN_OPERATOR: { status: 403, title: 'The role of the operator does not include this' },
  FORBIDDEN_ORIGIN: { status: 403, title: 'The request comes from a page of another origin' },
  NOT_FOUND: { status: 404, title: 'There is nothing at this path' },
  NOT_FOUND_COUPON: { status: 404, title: 'There is no such coupon' },
  NOT_ISSUED_COUPON: { status: 404, title: 'This user does not hold the coupon' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The path does not have this method' },
  STATE_CONFLICT: { status: 409, title: 'The coupon is not in a state for this' },
  VERSION_CONFLICT: { status: 409, title: 'The coupon was changed since it was read' },
  NOT_A_REHEARSAL: { status: 409, title: 'The coupon is not made to be rehearsed with' },
  REHEARSAL_RUNNING: { status: 409, title: 'Another rehearsal runs' },
  BELOW_ISSUED: { status: 409, title: 'More coupons are issued than the new stock' },
  NOT_DRAINED: { status: 409, title: 'MySQL does not have all issued coupons yet' },
  NOT_PROVEN: { status: 409, title: 'Redis and MySQL do not agree' },
  CURSOR_EXPIRED: { status: 410, title: 'Events after this cursor were removed' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The request body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The request body is not JSON' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'This Idempotency-Key was sent for another coupon before' },
  OPENS_IN_PAST: { status: 422, title: 'The coupon would open at once: its opening is in the past' },
  EXPIRES_TOO_EARLY: { status: 422, title: 'The coupon would expire before it can be issued and used' },
  VALIDATION_FAILED: { status: 422, title: 'The request has fields that are not acceptable' },
  TOO_MANY_REQUESTS: { status: 429, title: 'Too many requests from this user or address' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The request headers are too large or too many' },
  NOT_READY: { status: 503, title: 'Not ready to decide' },
  OVERLOADED: { status: 503, title: 'Too many requests at once' },
  STORES_AWAY: { status: 503, title: 'Redis or MySQL can not be asked now' },
  OUTCOME_UNKNOWN: { status: 504, title: 'The outcome is not known yet' },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problems;

/** Codes that only an operator can meet, at the admin API. */
export type OperatorProblemCode =
  | 'STATE_CONFLICT'
  | 'VERSION_CONFLICT'
  | 'NOT_A_REHEARSAL'
  | 'REHEARSAL_RUNNING'
  | 'BELOW_ISSUED'
  | 'NOT_DRAINED'
  | 'NOT_PROVEN'
  | 'CURSOR_EXPIRED'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'UNAUTHENTICATED_OPERATOR'
  | 'OPENS_IN_PAST'
  | 'FORBIDDEN_OPERATOR'
  | 'FORBIDDEN_ORIGIN'
  | 'EXPIRES_TOO_EARLY'
  | 'STORES_AWAY'
  | 'VALIDATION_FAILED';

/** Codes of the issue API. */
export type IssueProblemCode = Exclude<ProblemCode, OperatorProblemCode>;

/**
 * A failure of something outside this process. `transient` means that the same call can succeed later without anyone
 * changing it (I3: it is retried without end); `permanent` means that it can't.
 */
export class OperationalError extends Error {
  readonly code: string;
  readonly persistence: 'transient' | 'permanent';
  constructor(code: string, persistence: 'transient' | 'permanent', message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'OperationalError';
    this.code = code;
    this.persistence = persistence;
  }
}

/** A broken invariant of our own code: the process must not go on. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${message}`);
}
