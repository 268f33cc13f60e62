// Failures that stay until an operator removes their cause: each is tried again all the time, and said once.
export class KnownFailures<K> {
  readonly #whys = new Map<K, string>();

  /** @returns whether it is new: the first of its key, or for another reason than the last one */
  add(key: K, why: string): boolean {
    const isNew = this.#whys.get(key) !== why;
    this.#whys.set(key, why);
    return isNew;
  }

  /** It works: a failure after this is new. */
  delete(key: K): void {
    this.#whys.delete(key);
  }

  /** All others are gone. */
  keepOnly(keys: { has(key: K): boolean }): void {
    for (const key of this.#whys.keys()) if (!keys.has(key)) this.#whys.delete(key);
  }
}
