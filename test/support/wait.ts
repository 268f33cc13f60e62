// Waiting in tests: for a condition, with a deadline that says what did not come true. Never for a length of time.
import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitLimits {
  readonly withinMs?: number;
  readonly everyMs?: number;
}

/**
 * Asks until the answer is neither false, null nor undefined; an error thrown by `ask` counts as not yet.
 * @returns that answer
 * @throws Error naming `what`, with the last error as its cause
 */
export async function waitFor<T>(
  what: string,
  ask: () => T | Promise<T>,
  { withinMs = 10_000, everyMs = 10 }: WaitLimits = {},
): Promise<Exclude<T, false | null | undefined>> {
  const until = performance.now() + withinMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== false && answer !== null && answer !== undefined) {
        return answer as Exclude<T, false | null | undefined>;
      }
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > until) throw new Error(`not within ${withinMs} ms: ${what}`, { cause });
    await sleep(everyMs);
  }
}

/** Settles as `promise` does, or rejects after `withinMs`: for signals that must not be waited for without end. */
export async function within<T>(withinMs: number, what: string, promise: Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const late = sleep(withinMs, undefined, { signal: deadline.signal }).then(() => {
    throw new Error(`not within ${withinMs} ms: ${what}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    late.catch(() => {});
    deadline.abort();
  }
}
