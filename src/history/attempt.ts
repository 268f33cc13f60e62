// One request of a rush and what became of it, as its client saw it. A history is a list of these, and the evidence
// against which Redis and MySQL are checked.
import type { UserKey } from '../user-id.ts';

export interface Attempt {
  readonly user: UserKey;
  /** HTTP status; null if the connection ended, or the client's patience, before an answer. */
  readonly status: number | null;
  /** Code of the problem document; null if there was none. */
  readonly code: string | null;
  /** The number that a 201 gave; null if it gave none. */
  readonly sequence: number | null;
  /** Why there was no answer, or none that could be read. */
  readonly error: string | null;
  /** The answer said that it repeats an earlier one (`Idempotent-Replayed`). */
  readonly replayed: boolean;
  /** Milliseconds since 1970: the client began to connect. */
  readonly startedAtMs: number;
  /** The request left; null if no connection came about. */
  readonly sentAtMs: number | null;
  readonly endedAtMs: number;
}

/**
 * `refused` is a promise that nothing was issued (I5). `unknown` must be settled by asking: 504, no answer at all, and
 * any status that the contract does not know.
 */
export type Outcome = 'granted' | 'already-issued' | 'revoked' | 'refused' | 'unknown';

export function outcomeOf(attempt: Attempt): Outcome {
  const { status } = attempt;
  if (status === 201) return 'granted';
  if (attempt.code === 'ALREADY_ISSUED_COUPON') return 'already-issued';
  if (attempt.code === 'REVOKED_COUPON') return 'revoked';
  if (status !== null && ((status >= 400 && status < 500) || status === 503)) return 'refused';
  return 'unknown';
}

type Answer = Pick<Attempt, 'status' | 'code' | 'sequence' | 'error'>;

/** Reads the answer of the issue route. A 201 for another user than the one who asked has no sequence, but an error. */
export function readAnswer(user: UserKey, status: number, body: string): Answer {
  let content: { code?: unknown; userId?: unknown; sequence?: unknown };
  try {
    content = Object(JSON.parse(body));
  } catch {
    return { status, code: null, sequence: null, error: 'the body is not JSON' };
  }
  const code = typeof content.code === 'string' ? content.code : null;
  if (status !== 201) return { status, code, sequence: null, error: code === null ? 'the body has no code' : null };
  if (content.userId !== user) return { status, code, sequence: null, error: 'granted to another user than asked' };
  if (!Number.isSafeInteger(content.sequence))
    return { status, code, sequence: null, error: 'granted without a sequence' };
  return { status, code, sequence: content.sequence as number, error: null };
}
