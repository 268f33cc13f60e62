// So many pieces of work at a time (I6). A piece that waits too long for its turn is not done.
export class Semaphore {
  readonly #waitMs: number;
  #free: number;
  /** In the order of arrival. */
  readonly #waiting = new Set<(granted: boolean) => void>();

  constructor(count: number, waitMs: number) {
    this.#free = count;
    this.#waitMs = waitMs;
  }

  /** @returns what the work returns; null if no turn came in time */
  async run<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.#free > 0) this.#free -= 1;
    else if (!(await this.#turn())) return null;
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next) next(true);
      else this.#free += 1;
    }
  }

  #turn(): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (granted: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        resolve(granted);
      };
      const timer = setTimeout(() => settle(false), this.#waitMs);
      this.#waiting.add(settle);
    });
  }
}
