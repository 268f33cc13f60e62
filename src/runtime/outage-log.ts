// Says once that something is unreachable, and once that it works again: a retry every second must not be a log line
// every second.
import type { Logger } from '../log.ts';

const REPEAT_MS = 10_000;

/**
 * States: up and away. failed() moves to away, succeeded() back to up. While away, a reminder is logged every 10 s.
 */
export class OutageLog {
  readonly #what: string;
  readonly #log: Logger;
  readonly #now: () => number;
  #sinceMs: number | null = null;
  #saidMs: number | null = null;
  #failures = 0;

  /** @param what the store, or what else works or fails: "MySQL" */
  constructor(what: string, log: Logger, now = () => performance.now()) {
    this.#what = what;
    this.#log = log;
    this.#now = now;
  }

  get away(): boolean {
    return this.#sinceMs !== null;
  }

  failed(code: string, message: string): void {
    const nowMs = this.#now();
    this.#failures++;
    this.#sinceMs ??= nowMs;
    if (this.#saidMs !== null && nowMs - this.#saidMs < REPEAT_MS) return;
    this.#saidMs = nowMs;
    const awayMs = Math.round(nowMs - this.#sinceMs);
    this.#log.warn({ code, error: message, awayMs, failures: this.#failures }, `${this.#what} fails, trying again`);
  }

  succeeded(): void {
    if (this.#sinceMs === null) return;
    const awayMs = Math.round(this.#now() - this.#sinceMs);
    this.#log.info({ awayMs, failures: this.#failures }, `${this.#what} works again`);
    this.#sinceMs = null;
    this.#saidMs = null;
    this.#failures = 0;
  }
}
