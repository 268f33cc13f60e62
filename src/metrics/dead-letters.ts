// Rows that MySQL refuses for good, until an operator sends them back or gives them up.
import { readCounter, readGauge, value } from './registry.ts';

let waiting: ReadonlyMap<number, number> = new Map();
let made: (() => number) | null = null;

/** @param letters by coupon */
export function showDeadLetters(letters: ReadonlyMap<number, number>): void {
  waiting = letters;
}

export function watchDeadLetters(read: () => number): void {
  made = read;
}

readGauge(
  { name: 'dead_letters', help: 'Dead letters that wait for an operator.', labels: ['coupon'], combine: 'one' },
  () => [...waiting].map(([coupon, letters]) => ({ labels: { coupon: String(coupon) }, value: letters })),
);
readCounter({ name: 'dead_letters_made_total', help: 'Rows that became dead letters.' }, () =>
  made ? value(made()) : [],
);
