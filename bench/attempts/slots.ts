// A number of places, and a bounded line before them: the pools and threads of the attempts.

export class Slots {
  readonly #size: number;
  readonly #queueMax: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(size: number, queueMax: number) {
    this.#size = size;
    this.#queueMax = queueMax;
  }

  /** Work under way and waiting. */
  get load(): number {
    return this.#taken + this.#waiting.length;
  }

  /** @throws if the line is full */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken < this.#size) this.#taken += 1;
    else {
      if (this.#waiting.length >= this.#queueMax) throw new Error('the line is full');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#taken -= 1;
    }
  }
}
