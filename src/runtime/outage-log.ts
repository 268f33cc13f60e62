// Says once that something is away, and once that it is back: a retry every second must not be a log line every second.
import type { Logger } from '../log.ts';

const REPEAT_MS = 10_000;

/**
 * States: up and away. failed() moves to away, succeeded() back to up. While away, a reminder is logged every 10 s.
 */
export class Outage {
  readonly #what: string;
  readonly #log: Logger;
  #sinceMs: number | null = null;
  #saidMs = 0;
  #failures = 0;

  constructor(what: string, log: Logger) {
    this.#what = what;
    this.#log = log;
  }

  get away(): boolean {
    return this.#sinceMs !== null;
  }

  failed(code: string, message: string): void {
    const now = performance.now();
    this.#failures++;
    this.#sinceMs ??= now;
    if (this.#saidMs !== 0 && now - this.#saidMs < REPEAT_MS) return;
    this.#saidMs = now;
    const awayMs = Math.round(now - this.#sinceMs);
    this.#log.warn({ code, error: message, awayMs, failures: this.#failures }, `${this.#what} fails, trying again`);
  }

  succeeded(): void {
    if (this.#sinceMs === null) return;
    const awayMs = Math.round(performance.now() - this.#sinceMs);
    this.#log.info({ awayMs, failures: this.#failures }, `${this.#what} works again`);
    this.#sinceMs = null;
    this.#saidMs = 0;
    this.#failures = 0;
  }
}
