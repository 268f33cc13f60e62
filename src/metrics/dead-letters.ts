// Rows that MySQL refuses for good, until an operator sends them back or gives them up.
import { type MetricsRegistry, value } from './registry.ts';

export class DeadLetterMetrics {
  #waiting: ReadonlyMap<number, number> = new Map();
  #made: (() => number) | null = null;

  constructor(registry: MetricsRegistry) {
    registry.readGauge(
      { name: 'dead_letters', help: 'Dead letters that wait for an operator.', labels: ['coupon'], combine: 'one' },
      () => [...this.#waiting].map(([coupon, letters]) => ({ labels: { coupon: String(coupon) }, value: letters })),
    );
    registry.readCounter({ name: 'dead_letters_made_total', help: 'Rows that became dead letters.' }, () =>
      this.#made ? value(this.#made()) : [],
    );
  }

  /** @param letters by coupon */
  showDeadLetters(letters: ReadonlyMap<number, number>): void {
    this.#waiting = letters;
  }

  watchMade(read: () => number): void {
    this.#made = read;
  }
}
