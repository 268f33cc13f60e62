// How often users were refused a coupon, and why: nothing that the stores keep, only counters of the running server
// since its start (docs/metrics.md). What a worker refuses by itself after sold-out is not counted by coupon.
import { readOwnMetrics } from './own-metrics.ts';

export interface Refusals {
  /** Of this coupon, as Redis decided: `sold_out`, `already_issued`, `not_open`, `paused`, `closed`. */
  readonly decided: Readonly<Record<string, number>>;
  /** Of all coupons, by the workers without asking Redis. */
  readonly answeredByWorkers: Readonly<Record<string, number>>;
}

const LINE = /^couponrush_(decisions|local_answers)_total\{(?:coupon="(\d+)",)?outcome="(\w+)"\} (\d+)/gm;

/**
 * @param claim that stands in our Redis; null: none does
 * @returns null if no server of this installation answers there, or it has no such counters
 */
export async function readRefusals(
  metricsUrl: string | null,
  claim: string | null,
  couponId: number,
): Promise<Refusals | null> {
  if (metricsUrl === null || claim === null) return null;
  try {
    return parseRefusals(await readOwnMetrics(metricsUrl, claim), couponId);
  } catch {
    return null;
  }
}

export function parseRefusals(text: string, couponId: number): Refusals | null {
  const decided: Record<string, number> = {};
  const answeredByWorkers: Record<string, number> = {};
  let found = false;
  for (const [, kind, coupon, outcome = '', count] of text.matchAll(LINE)) {
    if (kind === 'local_answers') answeredByWorkers[outcome] = Number(count);
    else if (coupon === String(couponId) && outcome !== 'granted') decided[outcome] = Number(count);
    found ||= coupon === String(couponId);
  }
  return found ? { decided, answeredByWorkers } : null;
}
