// Users who ask whether they hold a coupon, as fast as they are answered, while others are issued it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { HoldingRead } from '../../src/history/check-reads.ts';
import type { UserKey } from '../../src/user-id.ts';
import { now } from './issue-client.ts';
import { userIdOf, userOf } from './user-ids.ts';

export interface ReadersOptions {
  readonly url: string;
  readonly couponId: number;
  readonly readers: number;
  /** Who is asked for next. */
  readonly nextUser: () => number;
  /** Each reader rests so long between two questions. */
  readonly restMs: number;
}

export class HoldingReaders {
  readonly reads: HoldingRead[] = [];
  /** 503: says nothing, and must be rare. */
  unavailable = 0;
  /** Neither 200, 404, 503 nor a lost connection. */
  readonly unexpected: string[] = [];
  readonly #options: ReadersOptions;
  readonly #working: Promise<unknown>;
  #stopped = false;

  constructor(options: ReadersOptions) {
    this.#options = options;
    this.#working = Promise.all(Array.from({ length: options.readers }, () => this.#work()));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      await this.#ask(this.#options.nextUser()).catch(() => {});
      await sleep(this.#options.restMs);
    }
  }

  /** @throws if the connection ends before the answer */
  async #ask(number: number): Promise<void> {
    const { url, couponId } = this.#options;
    const user: UserKey = userOf(number);
    const startedAtMs = now();
    const headers = { 'commerce-user-id': userIdOf(number) };
    const response = await fetch(`${url}/api/v2/me/coupons/${couponId}`, { headers });
    const body = (await response.json()) as { sequence?: number; userId?: UserKey; code?: string };
    const endedAtMs = now();
    const { status } = response;
    if (status === 503) this.unavailable += 1;
    else if (status === 200 && body.userId === user && typeof body.sequence === 'number') {
      this.reads.push({ user, sequence: body.sequence, startedAtMs, endedAtMs });
    } else if (status === 404 && body.code === 'NOT_ISSUED_COUPON') {
      this.reads.push({ user, sequence: null, startedAtMs, endedAtMs });
    } else this.unexpected.push(`${status} ${JSON.stringify(body)}`);
  }
}
