// The order in which the processes of a node start. Loading its code costs each of them a good part of a second of CPU,
// so what a user waits for comes first: one HTTP worker, then the others, then what writes rows and what operators ask.
// No HTTP worker decides on a Redis that is not known to be verified and to belong to this MySQL: then the persister,
// which finds that out, starts with the first one.
// Promise: no process waits for one that has failed to start, nor for one that takes longer than LISTEN_WITHIN_MS. What
// was granted before the persister runs waits in the outbox.
import { pollUntil } from '../runtime/poll.ts';

export interface Startable {
  start(): void;
  /** It does its work: an HTTP worker listens. */
  readonly ready: boolean;
  /** It has ended before it was ready, and is tried again. */
  readonly struggles: boolean;
}

export interface NodeProcesses {
  readonly http: readonly Startable[];
  readonly persister: Startable;
  readonly admin: Startable;
}

export interface StartOptions {
  /** HTTP workers may decide before the persister has spoken. */
  readonly mayDecide: boolean;
  /** Ends the order: what has not started by then is not started. */
  readonly signal: AbortSignal;
  readonly listenWithinMs?: number;
}

const LISTEN_WITHIN_MS = 3000;
const LOOK_EVERY_MS = 10;

/** HTTP workers alone. Resolves when all of them listen, or had their chance. */
export async function startHttpWorkers(
  http: readonly Startable[],
  { signal, listenWithinMs = LISTEN_WITHIN_MS }: Pick<StartOptions, 'signal' | 'listenWithinMs'>,
): Promise<void> {
  const [first, ...others] = http;
  for (const stage of [first ? [first] : [], others]) {
    if (signal.aborted) return;
    for (const child of stage) child.start();
    const listen = () => stage.every((child) => child.ready || child.struggles);
    await pollUntil(listen, { everyMs: LOOK_EVERY_MS, withinMs: listenWithinMs, signal });
  }
}

/** Resolves when all processes are started, though not all of them are ready. */
export async function startNode({ http, persister, admin }: NodeProcesses, options: StartOptions): Promise<void> {
  const { mayDecide, signal } = options;
  if (!mayDecide) persister.start();
  await startHttpWorkers(http, options);
  if (signal.aborted) return;
  if (mayDecide) persister.start();
  admin.start();
}
