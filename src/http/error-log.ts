// What goes wrong in an HTTP worker, as its log says it. An outage of Redis or MySQL is ordinary: one line when it
// begins, one when nothing has failed for a while. Anything else is unexpected: an error with its stack, repeated
// once in 5 s at most.
import { OperationalError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { redisOutage } from '../redis/failures.ts';
import { ThrottledLog } from '../runtime/throttled-log.ts';

/** Without a failure for so long, the outage is over: successes are not reported to this log. */
const QUIET_MS = 5000;

interface RunningOutage {
  readonly sinceMs: number;
  lastMs: number;
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

export class ErrorLog {
  readonly #log: Logger;
  readonly #throttledLog: ThrottledLog;
  /** By store and kind. */
  readonly #outages = new Map<string, RunningOutage>();

  constructor(log: Logger) {
    this.#log = log;
    this.#throttledLog = new ThrottledLog(log);
  }

  readonly report = (error: unknown): void => {
    if (error instanceof OperationalError) {
      if (error.persistence === 'transient') this.#fail('MySQL', error.code, error);
      else this.#unexpected(error);
      return;
    }
    const outage = redisOutage(error);
    if (outage !== null) this.#fail('Redis', outage, error as Error);
    else this.#unexpected(error);
  };

  #unexpected(error: unknown): void {
    const { stack } = (error ?? {}) as { stack?: string };
    this.#throttledLog.write('error', { error: stack ?? String(error) }, 'unexpected error');
  }

  #fail(store: 'Redis' | 'MySQL', code: string, { message }: Error): void {
    const key = `${store} ${code}`;
    const nowMs = performance.now();
    const outage: RunningOutage = this.#outages.get(key) ?? {
      sinceMs: nowMs,
      lastMs: nowMs,
      failures: 0,
      timer: undefined,
    };
    if (outage.failures === 0) {
      this.#outages.set(key, outage);
      this.#log.warn({ code, error: message }, `${store} fails`);
    }
    outage.lastMs = nowMs;
    outage.failures += 1;
    clearTimeout(outage.timer);
    outage.timer = setTimeout(() => {
      this.#outages.delete(key);
      const awayMs = Math.round(outage.lastMs - outage.sinceMs);
      this.#log.info({ code, awayMs, failures: outage.failures }, `${store} has not failed for ${QUIET_MS / 1000} s`);
    }, QUIET_MS).unref();
  }
}
