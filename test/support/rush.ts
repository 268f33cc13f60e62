// A rush: requests that arrive at their own pace, regardless of what the server does (open loop). A client that waits
// for its answer before it asks again would be slowed down by the very fault that it is to show.
import { type Attempt, outcomeOf } from '../../src/history/attempt.ts';
import { IssueClient, type IssueClientOptions } from './issue-client.ts';

export interface RushOptions extends IssueClientOptions {
  /** Arrivals a second. */
  readonly perSecond: number;
  readonly seconds: number;
  readonly firstUser?: number;
  /** The user of the n-th request, from 0; without it each request is another user's, from `firstUser` on. */
  readonly userOf?: (index: number) => number;
}

/** Between two looks at what is due. */
const TICK_MS = 4;

export class Rush {
  /** In the order of their ends; grows while the rush goes on. */
  readonly attempts: Attempt[] = [];
  /** Resolves with `attempts` when all arrivals have their ending. */
  readonly done: Promise<readonly Attempt[]>;
  readonly #options: RushOptions;
  readonly #client: IssueClient;
  #asked = 0;
  #stopped = false;
  #watchers: ((attempt: Attempt) => void)[] = [];

  constructor(options: RushOptions) {
    this.#options = options;
    this.#client = new IssueClient(options);
    this.done = this.#run().finally(() => this.#client.close());
  }

  get asked(): number {
    return this.#asked;
  }

  get granted(): number {
    return this.attempts.reduce((count, attempt) => count + (outcomeOf(attempt) === 'granted' ? 1 : 0), 0);
  }

  /** No one else arrives. */
  stop(): void {
    this.#stopped = true;
  }

  /** Resolves at the next ending, from now on, that is of this kind. */
  next(matches: (attempt: Attempt) => boolean): Promise<Attempt> {
    return new Promise((resolve) => {
      const watcher = (attempt: Attempt) => {
        if (!matches(attempt)) return;
        this.#watchers = this.#watchers.filter((other) => other !== watcher);
        resolve(attempt);
      };
      this.#watchers.push(watcher);
    });
  }

  /** Resolves at the next coupon that is granted to a request that arrived from now on. */
  nextGrant(): Promise<Attempt> {
    const fromMs = performance.timeOrigin + performance.now();
    return this.next((attempt) => attempt.status === 201 && attempt.startedAtMs >= fromMs);
  }

  async #run(): Promise<readonly Attempt[]> {
    const { perSecond, seconds, firstUser = 1, userOf = (index: number) => firstUser + index } = this.#options;
    const total = Math.round(perSecond * seconds);
    const startMs = performance.now();
    const endings: Promise<void>[] = [];
    while (this.#asked < total && !this.#stopped) {
      const due = Math.min(total, Math.floor(((performance.now() - startMs) / 1000) * perSecond) + 1);
      while (this.#asked < due) endings.push(this.#ask(userOf(this.#asked++)));
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    await Promise.all(endings);
    return this.attempts;
  }

  async #ask(user: number): Promise<void> {
    const attempt = await this.#client.ask(user);
    this.attempts.push(attempt);
    for (const watcher of this.#watchers) watcher(attempt);
  }
}

/** All of these users at the same moment. */
export async function askAtOnce(options: IssueClientOptions, users: readonly number[]): Promise<Attempt[]> {
  const client = new IssueClient(options);
  try {
    return await Promise.all(users.map((user) => client.ask(user)));
  } finally {
    client.close();
  }
}
