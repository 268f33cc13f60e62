// Looks at both stores and at every loaded coupon once a second, so that the metrics can tell the state of the event.
// Promise: a look that hangs is bounded by its connections, the next one comes after it, and nothing here writes.
// It runs in each persister: several tell the same, and a reader takes the largest.
import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import { type CheckedSetting, describeUnsafe, publishSettings, readSettings } from '../recovery/settings-check.ts';
import type { Database } from '../store/database.ts';
import {
  type CouponLook,
  lookAtCoupons,
  lookAtDrafts,
  lookAtLosses,
  readLoaded,
  showCouponLooks,
} from './coupon-figures.ts';
import { lookAtMysql, lookAtRedis } from './store-health.ts';

export interface ObserverOptions {
  readonly redis: Redis;
  /** Of its own, with a deadline of a few seconds: while MySQL hangs, so does a look at it. */
  readonly database: Pick<Database, 'query'>;
  readonly log: Logger;
  readonly outboxRowsMax: number;
}

const EVERY_MS = 1000;
/** What changes by an operator's hand, or seldom. */
const SELDOM_TURNS = 10;

export class Observer {
  readonly #options: ObserverOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<unknown> = Promise.resolve();
  #stopped = false;
  #loaded: readonly number[] = [];
  /** The last looks at coupons, which hold until Redis is written to. */
  #couponLooks: readonly CouponLook[] = [];
  #looksMark: string | null = null;
  #turn = 0;
  #saidUnsafe = '';

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  start(): void {
    this.#looking = this.#look().finally(() => {
      if (!this.#stopped) this.#timer = setTimeout(() => this.start(), EVERY_MS);
    });
  }

  /** Resolves when nothing is under way; disconnect its stores to have that soon. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** Redis and MySQL do not wait for each other: one may hang. */
  async #look(): Promise<void> {
    const seldom = this.#turn++ % SELDOM_TURNS === 0;
    await Promise.all([this.#lookAtMysql(seldom), this.#lookAtRedis()]);
    if (seldom) await this.#lookAtSettings();
  }

  async #lookAtMysql(seldom: boolean): Promise<void> {
    const { database, log } = this.#options;
    if (!(await lookAtMysql(database))) return;
    try {
      this.#loaded = await readLoaded(database);
      await lookAtDrafts(database);
      if (seldom) await lookAtLosses(database, this.#loaded);
    } catch (error) {
      log.debug({ error: String(error) }, 'the metrics could not look at MySQL');
    }
  }

  async #lookAtRedis(): Promise<void> {
    const { redis, log, outboxRowsMax } = this.#options;
    const look = await lookAtRedis(redis);
    if (look === null) return;
    const { redisMs, mark } = look;
    try {
      const loaded = this.#loaded;
      const known = this.#couponLooks.map(({ couponId }) => couponId);
      if (mark === null || mark !== this.#looksMark || String(known) !== String(loaded)) {
        this.#couponLooks = await lookAtCoupons(redis, loaded);
        this.#looksMark = mark;
      }
      // Also what was seen before: it grows older, and a window opens and closes by the clock.
      showCouponLooks(this.#couponLooks, redisMs, outboxRowsMax);
    } catch (error) {
      log.debug({ error: String(error) }, 'the metrics could not look at the coupons in Redis');
    }
  }

  async #lookAtSettings(): Promise<void> {
    try {
      const settings = await readSettings(this.#options);
      publishSettings(settings);
      this.#sayUnsafe(settings.filter(({ verdict }) => verdict === 'unsafe'));
    } catch {
      // Asked again soon.
    }
  }

  /** Once for each change: the start said it already. */
  #sayUnsafe(unsafe: readonly CheckedSetting[]): void {
    const said = unsafe.map(describeUnsafe).join('\n');
    if (said !== this.#saidUnsafe) {
      for (const setting of unsafe) this.#options.log.error({ setting: setting.name }, describeUnsafe(setting));
    }
    this.#saidUnsafe = said;
  }
}
