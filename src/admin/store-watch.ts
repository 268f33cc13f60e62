// Ends a request whose store has fallen silent, long before the deadline of a statement that may rightly take a minute.
// While requests are under way both stores are asked for a sign of life: MySQL on a connection that only the
// live stream uses as well, Redis on that of the requests.
// Promise: a request ends within 3 s after a store stopped answering. What it began may have been executed: it is
// answered as an outcome that is not known. The work gets a signal that it is not waited for any more.
import type { Redis } from 'ioredis';
import { OperationalError } from '../errors.ts';
import { orUndefinedAfter } from '../runtime/patience.ts';

export interface StoreWatchOptions {
  /** Each resolves if its store answers. */
  readonly askMysql: () => Promise<unknown>;
  readonly askRedis: () => Promise<unknown>;
  readonly now?: () => number;
}

const ASK_EVERY_MS = 400;
const SILENT_MS_MAX = 2200;
/** This process stood still for so long: what the stores said meanwhile is not read yet. */
const LATE_TICK_MS = 1000;

interface Watched {
  readonly startedMs: number;
  readonly fail: (error: OperationalError) => void;
}

export class StoreWatch {
  readonly #options: StoreWatchOptions;
  readonly #now: () => number;
  readonly #watched = new Set<Watched>();
  readonly #heardMs = { mysql: Number.NEGATIVE_INFINITY, redis: Number.NEGATIVE_INFINITY };
  readonly #asking = { mysql: false, redis: false };
  #tickedMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StoreWatchOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** @throws what `work` throws; OperationalError if a store is silent, and `work` is told so */
  async run<T>(work: (stopped: AbortSignal) => Promise<T>): Promise<T> {
    let watched: Watched | undefined;
    const stopping = new AbortController();
    const silent = new Promise<never>((_resolve, reject) => {
      const fail = (error: OperationalError) => {
        stopping.abort();
        reject(error);
      };
      watched = { startedMs: this.#now(), fail };
      this.#watched.add(watched);
    });
    silent.catch(() => {});
    this.#start();
    const working = work(stopping.signal);
    working.catch(() => {});
    try {
      return await Promise.race([working, silent]);
    } finally {
      if (watched) this.#watched.delete(watched);
      if (this.#watched.size === 0) this.stop();
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #start(): void {
    if (this.#timer) return;
    this.#tickedMs = this.#now();
    this.#ask();
    this.#timer = setInterval(() => this.#tick(), ASK_EVERY_MS);
  }

  #tick(): void {
    const nowMs = this.#now();
    const isLate = nowMs - this.#tickedMs > LATE_TICK_MS;
    this.#tickedMs = nowMs;
    if (isLate) this.#heardMs.mysql = this.#heardMs.redis = nowMs;
    for (const { startedMs, fail } of this.#watched) {
      if (nowMs - Math.max(startedMs, this.#heardMs.mysql) > SILENT_MS_MAX) {
        fail(new OperationalError('QUERY_TIMEOUT', 'transient', 'MySQL does not answer'));
      } else if (nowMs - Math.max(startedMs, this.#heardMs.redis) > SILENT_MS_MAX) {
        fail(
          new OperationalError('REDIS_SILENT', 'transient', 'Redis does not answer: MySQL may have the move already'),
        );
      }
    }
    this.#ask();
  }

  #ask(): void {
    const { askMysql, askRedis } = this.#options;
    this.#askOne('mysql', askMysql);
    this.#askOne('redis', askRedis);
  }

  /** A refusal, also of the connection, comes to the request by itself. */
  #askOne(store: 'mysql' | 'redis', ask: () => Promise<unknown>): void {
    if (this.#asking[store]) return;
    this.#asking[store] = true;
    ask()
      .then(
        () => true,
        () => false,
      )
      .then((answered) => {
        this.#asking[store] = false;
        if (answered) this.#heardMs[store] = this.#now();
      });
  }
}

/** For StoreWatchOptions. A question that is still on its way is not waited for: the next one may get through. */
export function pingOf(redis: Redis): () => Promise<unknown> {
  return async () => {
    if ((await orUndefinedAfter(redis.ping(), SILENT_MS_MAX)) === undefined) throw new Error('no answer');
  };
}
