// What a check found, by name: how often, and examples. Counting has no bound, the examples have (I6).

/** A user id, a sequence number, or a text that should have been one. */
export type Example = number | string;

interface Found {
  count: number;
  readonly examples: Example[];
}

export class Findings<Name extends string> {
  readonly #found = new Map<Name, Found>();
  readonly #examplesMax: number;

  constructor(examplesMax: number) {
    this.#examplesMax = examplesMax;
  }

  /** @param example null for a finding about the coupon as a whole, with `count` as its size */
  add(name: Name, example: Example | null, count = 1): void {
    if (count <= 0) return;
    const found = this.#found.get(name) ?? { count: 0, examples: [] };
    this.#found.set(name, found);
    found.count += count;
    if (example !== null && found.examples.length < this.#examplesMax) found.examples.push(example);
  }

  /** Numbers from `first` to `last`, both included. However many there are, it costs no more than the examples. */
  addRange(name: Name, first: number, last: number): void {
    const named = Math.min(last - first + 1, this.#examplesMax);
    for (let offset = 0; offset < named; offset++) this.add(name, first + offset);
    this.add(name, null, last - first + 1 - named);
  }

  get empty(): boolean {
    return this.#found.size === 0;
  }

  count(name: Name): number {
    return this.#found.get(name)?.count ?? 0;
  }

  examples(name: Name): readonly Example[] {
    return this.#found.get(name)?.examples ?? [];
  }

  /** What both have: the same examples under the same name, or, for a finding about the whole coupon, the same name. */
  and(other: Findings<Name>): Findings<Name> {
    const both = new Findings<Name>(this.#examplesMax);
    for (const [name, found] of this.#found) {
      const count = Math.min(found.count, other.count(name));
      if (count === 0) continue;
      const others = new Set(other.examples(name));
      const common = found.examples.filter((example) => others.has(example));
      const complete = found.count === found.examples.length && other.count(name) === others.size;
      if (complete && common.length === 0) continue;
      both.#found.set(name, { count: complete ? common.length : count, examples: common });
    }
    return both;
  }
}
