// The server's clock, which opens and closes coupons: the operator's own may be minutes off.
// Promise: never ahead of the server's by more than its answers are old; good to a second on an ordinary network.
import { signal } from '@preact/signals';

const TICK_MS = 250;
/** A later answer corrects a drift of the own clock; a single late one must not make the countdown jump. */
const SAMPLES_MAX = 20;

const differences: number[] = [];
let offsetMs = 0;

/** Changes four times a second: a countdown reads it, so that it is drawn again. */
export const tick = signal(Date.now());
setInterval(() => {
  tick.value = Date.now();
}, TICK_MS);

/** @param at of an answer of the server, at the moment of its arrival. Each delay makes the difference smaller. */
export function noteServerTime(at: string): void {
  const ms = new Date(at).getTime();
  if (Number.isNaN(ms)) return;
  differences.push(ms - Date.now());
  if (differences.length > SAMPLES_MAX) differences.shift();
  offsetMs = Math.max(...differences);
}

/** Without a subscription: for calculations. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}

/** With a subscription to the tick. */
export function serverNowTicking(): number {
  return tick.value + offsetMs;
}
