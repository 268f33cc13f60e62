// Whether a request may use Redis and MySQL, by what the gate has said of them last. Asked before each request.
// Promise: nothing is read from or written to a Redis of another installation. While it is not proven that Redis and
// MySQL belong together, HTTP workers go on to issue, and MySQL may be another's: then only the mark of a pause is let
// through, into a Redis whose claim this node has seen proven.
import { setTimeout as sleep } from 'node:timers/promises';
import { orUndefinedAfter } from '../runtime/patience.ts';

/** As the primary passes it on. */
export interface KnownInstallation {
  /** Which Redis may have and be ours. With a problem that is not final: those known before it. */
  readonly claims: readonly string[];
  readonly problem: string | null;
}

export interface Refusal {
  readonly reason: string;
  /** HTTP workers issue on this Redis: a pause may place its mark there, and write nothing to MySQL. */
  readonly allowsBrake: boolean;
}

export interface InstallationCheckOptions {
  readonly known: () => KnownInstallation;
  /** What Redis has now; null: none. */
  readonly readClaim: () => Promise<string | null>;
  /** How long to wait for a claim that Redis has and the gate has not reported yet. */
  readonly waitMs?: number;
}

const WAIT_MS = 1500;
const RETRY_MS = 100;
const ANSWER_MS = 400;

/** @returns null if the request may use both */
export async function findRefusal({
  known,
  readClaim,
  waitMs = WAIT_MS,
}: InstallationCheckOptions): Promise<Refusal | null> {
  for (const untilMs = performance.now() + waitMs; ; await sleep(RETRY_MS)) {
    // That Redis does not answer is said by what is asked of it.
    const claim = await orUndefinedAfter(readClaim(), ANSWER_MS).catch(() => undefined);
    const { claims, problem } = known();
    const isKnown = typeof claim === 'string' && claims.includes(claim);
    if (problem !== null) return { reason: problem, allowsBrake: isKnown };
    if (isKnown || claim === undefined) return null;
    if (performance.now() > untilMs) {
      return { reason: 'It is not known yet whether this Redis belongs to this MySQL', allowsBrake: false };
    }
  }
}
