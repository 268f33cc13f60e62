// The log of a loop that tries again every few milliseconds: what is new is written at once, what is repeated once in 5
// s.
import type { Logger } from '../log.ts';

const REPEAT_MS = 5000;

export class ThrottledLog {
  readonly #log: Logger;
  readonly #now: () => number;
  /** When each line of the last 5 s was written. */
  readonly #writtenMs = new Map<string, number>();

  constructor(log: Logger, now = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  write(level: 'info' | 'warn' | 'error', fields: object, message: string): void {
    const nowMs = this.#now();
    for (const [line, writtenMs] of this.#writtenMs) if (nowMs - writtenMs >= REPEAT_MS) this.#writtenMs.delete(line);
    const line = JSON.stringify([message, fields]);
    if (this.#writtenMs.has(line)) return;
    this.#writtenMs.set(line, nowMs);
    this.#log[level](fields, message);
  }
}
