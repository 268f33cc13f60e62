// The start's wait for Redis and MySQL. Each round asks both; a store that is down is asked again, and a line every
// five seconds says what is wrong, for how long, and until when it waits. What waiting can't cure ends the start at
// once. A Redis that is verified needs no MySQL to decide on: the HTTP workers begin on it (the outbox buffers), and
// from then on nothing about MySQL ends this server.
import { setTimeout as sleep } from 'node:timers/promises';
import { UnusableStore } from '../unusable-store.ts';

export interface StoreSteps {
  /**
   * `provenClaim`: Redis is verified, and this node has seen before that it belongs to this MySQL; null: it has not.
   * @throws UnusableStore
   */
  checkRedis(): Promise<{ readonly provenClaim: string | null }>;
  /** @throws UnusableStore */
  checkMysql(): Promise<void>;
  /**
   * Schema, settings, demo coupon: after both were checked. May be repeated.
   * @returns the claim of Redis, if MySQL has just confirmed that it belongs to it
   */
  prepare(): Promise<string | null>;
  /** The part of it that Redis alone needs. */
  prepareRedisAlone(): Promise<void>;
}

export interface StoreWaitOptions {
  readonly steps: StoreSteps;
  /** From the first round; 0: one round. */
  readonly waitMs: number;
  readonly progress: (sentence: string) => void;
  /** Ends the wait: both methods resolve soon, and their results have no meaning. */
  readonly signal: AbortSignal;
}

const LINE_EVERY_MS = 5000;
/** Once the waiting time is over and the server serves: an outage may last for hours. */
const LATER_LINE_EVERY_MS = 60_000;
const ROUND_EVERY_MS = 500;
/** Longer, because preparing the stores is more than a check. */
const MYSQL_ROUND_EVERY_MS = 1000;

interface Round {
  readonly provenClaim: string | null;
  readonly redis: UnusableStore | null;
  readonly mysql: UnusableStore | null;
}

export class StoreWait {
  readonly #options: StoreWaitOptions;
  readonly #startedMs = performance.now();
  #nextLineMs = 0;
  #claim: string | null = null;

  constructor(options: StoreWaitOptions) {
    this.#options = options;
  }

  /**
   * @returns `redis`: MySQL is unreachable, and Redis is verified and known to belong to it
   * @throws Error with a sentence for each store that can't be used, or what preparing the stores throws although both
   *   can be used
   */
  async untilUsable(): Promise<'both' | 'redis'> {
    for (;;) {
      const round = await this.#look();
      if (this.#options.signal.aborted) return 'both';
      throwHopeless(round);
      const usable = usableOf(round);
      const prepared = usable === null ? null : await this.#prepare(usable);
      if (usable !== null && prepared !== null) {
        if (round.mysql !== null) this.#options.progress(round.mysql.message);
        // With MySQL there, it has the last word.
        this.#claim = usable === 'redis' || prepared.claim === round.provenClaim ? round.provenClaim : null;
        return usable;
      }
      this.#goOn([round.redis, round.mysql].filter((each) => each !== null));
      await this.#pause(ROUND_EVERY_MS);
    }
  }

  /** By which HTTP workers may recognise Redis and decide at once, without a persister; null if they may not. */
  get claim(): string | null {
    return this.#claim;
  }

  /** Resolves when MySQL can be used and the stores are prepared, however long that takes, or the wait was ended. */
  async untilMysqlUsable(): Promise<void> {
    const { steps, signal } = this.#options;
    while (!signal.aborted) {
      try {
        await steps.checkMysql();
        await steps.prepare();
        return;
      } catch (error) {
        this.#tell([error as Error], 'issuing goes on');
      }
      await this.#pause(MYSQL_ROUND_EVERY_MS);
    }
  }

  async #look(): Promise<Round> {
    const { steps } = this.#options;
    const [redis, mysql] = await Promise.allSettled([steps.checkRedis(), steps.checkMysql()]);
    return {
      provenClaim: redis.status === 'fulfilled' ? redis.value.provenClaim : null,
      redis: troubleOf(redis),
      mysql: troubleOf(mysql),
    };
  }

  /** @returns null if it failed and a store that it needs became unusable meanwhile: the next round finds out */
  async #prepare(usable: 'both' | 'redis'): Promise<{ readonly claim: string | null } | null> {
    const { steps } = this.#options;
    try {
      if (usable === 'both') return { claim: await steps.prepare() };
      await steps.prepareRedisAlone();
      return { claim: null };
    } catch (error) {
      const { redis, mysql } = await this.#look();
      if (redis === null && (usable === 'redis' || mysql === null)) throw error;
      return null;
    }
  }

  /** @throws one sentence for these troubles once the time is over */
  #goOn(troubles: readonly UnusableStore[]): void {
    if (troubles.length === 0) return;
    const { waitMs } = this.#options;
    const passedMs = performance.now() - this.#startedMs;
    if (passedMs < waitMs) {
      const until = new Date(Date.now() + waitMs - passedMs).toISOString().slice(11, 19);
      this.#tell(troubles, `until ${until} UTC (START_WAIT_MS)`);
      return;
    }
    const sentence = troubles.map(({ message }) => message).join('; ');
    throw new Error(waitMs === 0 ? sentence : `${sentence}; waited ${seconds(passedMs)} (START_WAIT_MS)`);
  }

  #tell(troubles: readonly Error[], until: string): void {
    const nowMs = performance.now();
    if (nowMs < this.#nextLineMs) return;
    const passedMs = nowMs - this.#startedMs;
    this.#nextLineMs = nowMs + (passedMs < this.#options.waitMs ? LINE_EVERY_MS : LATER_LINE_EVERY_MS);
    const sentence = troubles.map(({ message }) => message).join('; ');
    this.#options.progress(`waiting, ${seconds(passedMs)} so far, ${until}: ${sentence}`);
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#options.signal }).catch(() => {});
  }
}

/** What waiting can't cure; both of them, if both are of that kind. */
function throwHopeless({ redis, mysql }: Round): void {
  const hopeless = [redis, mysql].filter((each) => each !== null && !each.curable) as UnusableStore[];
  if (hopeless.length > 0) throw new Error(hopeless.map(({ message }) => message).join('; '));
}

function usableOf({ provenClaim, redis, mysql }: Round): 'both' | 'redis' | null {
  if (redis !== null) return null;
  if (mysql === null) return 'both';
  return provenClaim === null ? null : 'redis';
}

function troubleOf(result: PromiseSettledResult<unknown>): UnusableStore | null {
  if (result.status === 'fulfilled') return null;
  if (result.reason instanceof UnusableStore) return result.reason;
  throw result.reason;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
