// The latest samples of something that only rises or is counted, so that two of them give a rate.

export class Samples<T extends { readonly atMs: number }> {
  readonly #spanMs: number;
  #samples: T[] = [];

  /** @param spanMs how far back they reach; older ones are dropped (I6: they come at a bounded rate) */
  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  /** If the clock was set back, the older ones are dropped. */
  add(sample: T): void {
    const last = this.#samples.at(-1);
    if (last && sample.atMs < last.atMs) this.#samples = [];
    this.#samples.push(sample);
    const from = sample.atMs - this.#spanMs;
    while ((this.#samples[0] as T).atMs < from) this.#samples.shift();
  }

  get all(): readonly T[] {
    return this.#samples;
  }

  get last(): T | null {
    return this.#samples.at(-1) ?? null;
  }

  /** The newest that is at least so much older than the last one, otherwise the oldest; null: there is only one. */
  before(ageMs: number): T | null {
    const last = this.#samples.at(-1);
    if (!last || this.#samples.length < 2) return null;
    return this.#samples.findLast(({ atMs }) => last.atMs - atMs >= ageMs) ?? (this.#samples[0] as T);
  }
}
