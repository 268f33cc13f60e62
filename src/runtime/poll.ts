// Waiting for what does not announce itself.
import { pauseUnlessAborted } from './retry.ts';

export interface PollOptions {
  /** From one answer to the next question, in milliseconds. */
  readonly everyMs: number;
  /** By default without end. */
  readonly withinMs?: number;
  /** Ends the wait at once. */
  readonly signal?: AbortSignal;
}

/**
 * Asks at once, and again until the answer is yes.
 * @returns whether it was; false if the time is over or the signal is aborted
 * @throws what `isDone` throws
 */
export async function pollUntil(
  isDone: () => boolean | undefined | Promise<boolean | undefined>,
  { everyMs, withinMs = Number.POSITIVE_INFINITY, signal }: PollOptions,
): Promise<boolean> {
  const endMs = performance.now() + withinMs;
  while (!signal?.aborted) {
    if (await isDone()) return true;
    if (performance.now() >= endMs) return false;
    await pauseUnlessAborted(everyMs, signal);
  }
  return false;
}
