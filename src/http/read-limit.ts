// Reads never slow the issue path more than they must: they have their own connections, they are gathered into few
// calls of a store, and those calls rest in between while anyone waits to be issued a coupon. No more than a bound of
// reads wait for a store (I6); above it they are refused at once.
import type { Exchange } from './exchange.ts';

/** Between two starts of gathered calls while applicants wait: a read takes up to so much longer then. */
const REST_MS = 10;

export class ReadLimit {
  readonly #max: number;
  readonly #isIssuing: () => boolean;
  #waiting = 0;

  /** @param isIssuing whether applicants wait for their answer */
  constructor(max: number, isIssuing: () => boolean) {
    this.#max = max;
    this.#isIssuing = isIssuing;
  }

  /** Milliseconds between two calls of a store for reads, now. */
  readonly restMs = (): number => (this.#isIssuing() ? REST_MS : 0);

  /** The same route, as a read. */
  limited<Rest extends unknown[]>(
    route: (exchange: Exchange, ...rest: Rest) => void | Promise<void>,
  ): (exchange: Exchange, ...rest: Rest) => Promise<void> {
    return (exchange, ...rest) => this.run(exchange, () => route(exchange, ...rest));
  }

  /** Runs the read, or refuses it at once. */
  async run(exchange: Exchange, read: () => void | Promise<void>): Promise<void> {
    if (this.#waiting >= this.#max) {
      exchange.problem('OVERLOADED', 'Too many reads at once: ask again');
      return;
    }
    this.#waiting += 1;
    try {
      await read();
    } finally {
      this.#waiting -= 1;
    }
  }
}
