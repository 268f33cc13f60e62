// Looks at both stores and at every loaded coupon once a second, so that the metrics can show the state of the event.
// Promise: a look that hangs is bounded by its connections, the next one comes after it, and nothing here writes.
// It runs in each persister: several report the same, and a reader takes the largest value.
import { type CheckedSetting, describeUnsafe, publishSettings, readSettings } from '../durability.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { Service } from '../runtime/service.ts';
import type { ReadStores } from '../stores.ts';
import {
  type CouponLook,
  lookAtCoupons,
  lookAtDrafts,
  lookAtLosses,
  lookAtNames,
  readListed,
  readLoaded,
  showCouponLooks,
} from './coupon-figures.ts';
import { lookAtMysql, lookAtRedis } from './store-health.ts';

/** Its connections to MySQL are its own, with a deadline of a few seconds: while MySQL hangs, so does a look at it. */
export interface ObserverOptions extends ReadStores {
  readonly log: Logger;
  readonly outboxRowsMax: number;
  readonly metrics: Pick<Metrics, 'coupons' | 'deadLetters' | 'decisions' | 'outbox' | 'settings' | 'stores'>;
}

const EVERY_MS = 1000;
/** What changes by an operator's hand, or seldom. */
const SELDOM_MS = 10_000;

export class Observer {
  readonly #options: ObserverOptions;
  /** Redis and MySQL do not wait for each other: one may hang. */
  readonly #services: readonly Service[];
  /** null: MySQL has not reported it yet. */
  #loaded: readonly number[] | null = null;
  /** The last looks at coupons, which hold until Redis is written to. */
  #couponLooks: readonly CouponLook[] = [];
  #looksMark: string | null = null;
  #saidUnsafe = '';

  constructor(options: ObserverOptions) {
    this.#options = options;
    const { log } = options;
    this.#services = [
      new Service({ name: 'the look at MySQL', log, pauseMs: EVERY_MS, turn: () => this.#lookAtMysql() }),
      new Service({ name: 'the look at Redis', log, pauseMs: EVERY_MS, turn: () => this.#lookAtRedis() }),
      new Service({ name: 'the look at settings and losses', log, pauseMs: SELDOM_MS, turn: () => this.#lookSeldom() }),
    ];
  }

  start(): void {
    for (const service of this.#services) service.start();
  }

  /** Resolves when nothing is under way; disconnect its stores to have that soon. */
  async stop(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.stop()));
  }

  async #lookSeldom(): Promise<void> {
    await this.#lookAtSettings();
    await this.#lookAtLosses();
  }

  async #lookAtMysql(): Promise<void> {
    const { database, log, metrics } = this.#options;
    if (!(await lookAtMysql(database, metrics.stores))) return;
    try {
      this.#loaded = await readLoaded(database);
      await lookAtNames(database, this.#loaded, metrics.coupons);
      await lookAtDrafts(database, metrics.coupons);
    } catch (error) {
      log.debug({ error: String(error) }, 'the metrics could not look at MySQL');
    }
  }

  async #lookAtLosses(): Promise<void> {
    const { database, log, metrics } = this.#options;
    try {
      await lookAtLosses(database, await readLoaded(database), metrics.coupons);
    } catch (error) {
      log.debug({ error: String(error) }, 'the metrics could not look at declared losses');
    }
  }

  async #lookAtRedis(): Promise<void> {
    const { redis, log, outboxRowsMax, metrics } = this.#options;
    const look = await lookAtRedis(redis, metrics.stores);
    if (look === null) return;
    const { redisMs, mark } = look;
    try {
      const loaded = this.#loaded ?? (await readListed(redis));
      const known = this.#couponLooks.map(({ couponId }) => couponId);
      if (mark === null || mark !== this.#looksMark || String(known) !== String(loaded)) {
        this.#couponLooks = await lookAtCoupons(redis, loaded);
        this.#looksMark = mark;
      }
      // Also what was seen before: it grows older, and a window opens and closes by the clock.
      showCouponLooks(metrics, this.#couponLooks, redisMs, outboxRowsMax);
    } catch (error) {
      log.debug({ error: String(error) }, 'the metrics could not look at the coupons in Redis');
    }
  }

  async #lookAtSettings(): Promise<void> {
    try {
      const settings = await readSettings(this.#options);
      publishSettings(this.#options.metrics.settings, settings);
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
