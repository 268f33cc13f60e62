// How long to wait before something is tried again. Transient failures are retried without end (I3): the outbox is the
// buffer, so a pause costs time and nothing else.
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 50;
const LAST_MS = 2000;
const CONTENTION_MS = 20;
const CONTENTION_TRIES_AT_ONCE = 5;

/** 50 ms doubling to 2 s, with a jitter of half, so that the threads do not all retry at once. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const delay = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 10), LAST_MS);
  return Math.round(delay * (0.5 + random() / 2));
}

/** After a deadlock or a lock wait: at once, spread over 20 ms; if it goes on for five times, as any other failure. */
export function contentionMs(failures: number, random: () => number = Math.random): number {
  if (failures > CONTENTION_TRIES_AT_ONCE) return backoffMs(failures - CONTENTION_TRIES_AT_ONCE, random);
  return Math.round(random() * CONTENTION_MS);
}

/** Resolves early, without an error, when the signal is aborted. */
export async function pauseUnlessAborted(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/** @throws AbortError as soon as the signal is aborted */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}
