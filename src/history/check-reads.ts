// Checks what users read of their own coupon, under load, against what they were answered and what the stores have: no
// holder is told that there is none, and "none" is final once the deadline of each request before it has passed.
// Promise: a pure function; nothing is tolerated.
// Assumes that nothing was revoked or erased meanwhile, and that the stores lost nothing.
import type { UserKey } from '../user-id.ts';
import { Findings } from '../verify/findings.ts';
import type { Attempt } from './attempt.ts';
import type { Violation } from './check.ts';

/** One GET of one coupon by one user, that was answered. 503 says nothing. */
export interface HoldingRead {
  readonly user: UserKey;
  /** null: NOT_ISSUED_COUPON. */
  readonly sequence: number | null;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

export const readViolationMeanings = {
  holderToldNone: 'answered 201, and told afterwards that there is no coupon',
  otherNumber: 'told another number than the one that the stores have',
  strangerToldHeld: 'told of a coupon that no store has',
  noneWasNotFinal: 'told after the deadline that there is no coupon, and was issued one by an earlier request',
} as const;

export type ReadViolationName = keyof typeof readViolationMeanings;
export type ReadViolation = Omit<Violation, 'name'> & { readonly name: ReadViolationName };

const names = Object.keys(readViolationMeanings) as ReadViolationName[];
const EXAMPLES_MAX = 10;

/**
 * @param issued number of each user who holds the coupon in the end
 * @param issueDeadlineMs the server's ISSUE_DEADLINE_MS, and what it may be late
 */
export function checkReads(
  history: readonly Attempt[],
  reads: readonly HoldingRead[],
  issued: ReadonlyMap<UserKey, number>,
  issueDeadlineMs: number,
): ReadViolation[] {
  const found = new Findings<ReadViolationName>(EXAMPLES_MAX);
  const byUser = new Map<UserKey, Attempt[]>();
  for (const attempt of history) byUser.set(attempt.user, [...(byUser.get(attempt.user) ?? []), attempt]);
  for (const read of reads) {
    const { user, sequence } = read;
    const number = issued.get(user);
    if (sequence !== null) {
      if (number === undefined) found.add('strangerToldHeld', user);
      else if (number !== sequence) found.add('otherNumber', user);
      continue;
    }
    const attempts = byUser.get(user) ?? [];
    if (attempts.some(({ status, endedAtMs }) => status === 201 && endedAtMs < read.startedAtMs)) {
      found.add('holderToldNone', user);
    } else if (number !== undefined && attempts.every((each) => isOver(each, read, issueDeadlineMs))) {
      found.add('noneWasNotFinal', user);
    }
  }
  return names
    .filter((name) => found.count(name) > 0)
    .map((name) => ({
      name,
      meaning: readViolationMeanings[name],
      count: found.count(name),
      examples: found.examples(name),
    }));
}

/** Whether the request can't be executed any more when the read begins. One that never left was never executed. */
function isOver({ sentAtMs }: Attempt, read: HoldingRead, issueDeadlineMs: number): boolean {
  return sentAtMs === null || sentAtMs + issueDeadlineMs < read.startedAtMs;
}
