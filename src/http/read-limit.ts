// Reads never slow the issue path: they have their own connections, and no more than a bound of them are under way
// (I6).
import type { Exchange } from './exchange.ts';

export class ReadLimit {
  readonly #max: number;
  #running = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get running(): number {
    return this.#running;
  }

  /** The same route, as a read. */
  limited<Rest extends unknown[]>(
    route: (exchange: Exchange, ...rest: Rest) => void | Promise<void>,
  ): (exchange: Exchange, ...rest: Rest) => Promise<void> {
    return (exchange, ...rest) => this.run(exchange, () => route(exchange, ...rest));
  }

  /** Runs the read, or refuses it at once. */
  async run(exchange: Exchange, read: () => void | Promise<void>): Promise<void> {
    if (this.#running >= this.#max) {
      exchange.problem('OVERLOADED', 'Too many reads at once: ask again');
      return;
    }
    this.#running += 1;
    try {
      await read();
    } finally {
      this.#running -= 1;
    }
  }
}
