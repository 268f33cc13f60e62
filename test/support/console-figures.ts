// What stands on a page of the console, as numbers, and what the stores say at the same time.
import type { Page } from 'playwright-core';
import { couponKeys } from '../../src/redis/keys.ts';
import type { Scene } from './scene.ts';

/** @returns null: the figure is not there, or not known ("–") */
export async function figureOf(page: Page, label: string): Promise<number | null> {
  const text = await page.evaluate<string | null>(`
    [...document.querySelectorAll('.figure')]
      .find((figure) => figure.querySelector('.figure-label')?.textContent === ${JSON.stringify(label)})
      ?.querySelector('.figure-value')?.firstChild?.textContent ?? null`);
  const digits = text?.replaceAll(/[^\d.]/g, '') ?? '';
  return digits === '' ? null : Number(digits);
}

export interface StoreFigures {
  readonly left: number;
  readonly issued: number;
  readonly rows: number;
}

export async function figuresOfStores({ stores }: Scene, couponId: number): Promise<StoreFigures> {
  const keys = couponKeys(couponId);
  const [stock, issued, [row]] = await Promise.all([
    stores.redis.get(keys.stock),
    stores.redis.scard(keys.holders),
    stores.database.query<{ n: number }>('SELECT COUNT(*) AS n FROM user_coupon WHERE coupon_id = ?', [couponId]),
  ]);
  return { left: Number(stock) - issued, issued, rows: row?.n ?? 0 };
}

/** Follows what is left in Redis, so that what a page showed can be found in what was true a moment ago. */
export class LeftInRedis {
  readonly #samples: { readonly atMs: number; readonly left: number }[] = [];
  readonly #scene: Scene;
  readonly #keys: ReturnType<typeof couponKeys>;
  #looking: Promise<void> = Promise.resolve();
  #stopped = false;

  private constructor(scene: Scene, couponId: number) {
    this.#scene = scene;
    this.#keys = couponKeys(couponId);
  }

  /** Has looked once when it resolves. */
  static async start(scene: Scene, couponId: number): Promise<LeftInRedis> {
    const made = new LeftInRedis(scene, couponId);
    await made.#look();
    made.#looking = made.#goOn();
    return made;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#looking;
  }

  /** @returns how old `left` was at that time at most, in ms; null: it was never so */
  ageOf(left: number, atMs: number): number | null {
    const earlier = this.#samples.filter((sample) => sample.atMs <= atMs);
    // What Redis had between two looks counts as well: it was so until the later of them.
    for (let index = earlier.length - 1; index >= 0; index--) {
      const sample = earlier[index] as { atMs: number; left: number };
      const next = this.#samples[index + 1] ?? sample;
      if (left <= Math.max(sample.left, next.left) && left >= Math.min(sample.left, next.left)) {
        return Math.max(0, atMs - next.atMs);
      }
    }
    return null;
  }

  async #goOn(): Promise<void> {
    while (!this.#stopped) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    const { redis } = this.#scene.stores;
    const [stock, issued] = await Promise.all([redis.get(this.#keys.stock), redis.scard(this.#keys.holders)]);
    this.#samples.push({ atMs: performance.now(), left: Number(stock) - issued });
  }
}
