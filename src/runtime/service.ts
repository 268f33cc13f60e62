// A background duty and its life: turns one after the other, with a pause between, from start() to stop().
// Promise: one turn at a time; a turn that fails is reported and followed by the next one; stop() ends a pause at once,
// and notifies the turn under way by its signal. Nothing is kept: what a crash interrupts is the next start's turn.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { pauseUnlessAborted } from './retry.ts';
import { ThrottledLog } from './throttled-log.ts';

export interface ServiceOptions {
  /** Of the actor, as the log says it: "the gate". */
  readonly name: string;
  readonly log: Logger;
  /** Ends early, without an error, when the signal is aborted. */
  readonly turn: (signal: AbortSignal) => Promise<unknown>;
  /** From the end of a turn to the next one, in milliseconds; may depend on how long the turn took. 0: none. */
  readonly pauseMs: number | ((turnMs: number) => number);
  /** From the start to the first turn, in milliseconds. */
  readonly startAfterMs?: number;
  /** After a failed turn, instead of the pause, in milliseconds. */
  readonly retryMs?: (failures: number) => number;
  /**
   * A turn failed, for the so many-th time in succession. By default it is an error in the log, said again after 5 s.
   * Must not fail itself.
   */
  readonly onFailure?: (error: unknown, failures: number) => void | Promise<void>;
  /** For so long stop() waits for the turn under way, in milliseconds. By default until it ends. */
  readonly stopMs?: number;
}

export class Service {
  readonly #options: ServiceOptions;
  readonly #stopping = new AbortController();
  readonly #throttledLog: ThrottledLog;
  #loop: Promise<void> | undefined;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#throttledLog = new ThrottledLog(options.log);
  }

  /** Aborted by stop(). */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Again, or after stop(): does nothing. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Resolves when no turn is under way, or after `stopMs`. */
  async stop(): Promise<void> {
    const { stopMs } = this.#options;
    this.#stopping.abort();
    if (stopMs === undefined) await this.#loop;
    else await Promise.race([this.#loop, sleep(stopMs, undefined, { ref: false })]);
  }

  async #run(): Promise<void> {
    const { startAfterMs = 0 } = this.#options;
    const { signal } = this;
    if (startAfterMs > 0) await pauseUnlessAborted(startAfterMs, signal);
    let failures = 0;
    while (!signal.aborted) {
      const startMs = performance.now();
      failures = (await this.#succeeds(failures + 1)) ? 0 : failures + 1;
      const pauseMs = this.#pauseMs(performance.now() - startMs, failures);
      if (pauseMs > 0) await pauseUnlessAborted(pauseMs, signal);
    }
  }

  async #succeeds(failures: number): Promise<boolean> {
    const { name, turn, onFailure } = this.#options;
    try {
      await turn(this.signal);
      return true;
    } catch (error) {
      // The end of what it was waiting for.
      if (this.signal.aborted) return false;
      if (onFailure) await onFailure(error, failures);
      else this.#throttledLog.write('error', { error: String(error) }, `${name} failed, and tries again`);
      return false;
    }
  }

  #pauseMs(turnMs: number, failures: number): number {
    const { pauseMs, retryMs } = this.#options;
    if (failures > 0 && retryMs) return retryMs(failures);
    return typeof pauseMs === 'number' ? pauseMs : pauseMs(turnMs);
  }
}
