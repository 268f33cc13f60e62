// How often users were refused a coupon, and why: nothing that the stores keep, only counters of the running server
// since its start (docs/metrics.md). What a worker refuses by itself after sold-out is not counted by coupon.
// Promise: counters of another installation are never reported as ours. Ids of coupons repeat in each of them, so what
// answers at a port is believed only if it names the claim that stands in our Redis.

import { baseUrl, reachableHost } from '../address.ts';
import { CLAIMS_HEADER } from '../claims-header.ts';
import type { Config } from '../config.ts';
import { boundedText } from './bounded-text.ts';

export interface Refusals {
  /** Of this coupon, as Redis decided: `sold_out`, `already_issued`, `not_open`, `paused`, `closed`. */
  readonly decided: Readonly<Record<string, number>>;
  /** Of all coupons, by the workers without asking Redis. */
  readonly answeredByWorkers: Readonly<Record<string, number>>;
}

/** Where a server with this configuration publishes its counters; null: it does not. */
export function metricsUrlOf({ metricsHost, metricsPort }: Pick<Config, 'metricsHost' | 'metricsPort'>): string | null {
  if (metricsPort === 0) return null;
  return `${baseUrl({ host: reachableHost(metricsHost), port: metricsPort, tls: false })}/metrics`;
}

const WITHIN_MS = 2000;
const BYTES_MAX = 4 * 1024 * 1024;
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
    const response = await fetch(metricsUrl, { signal: AbortSignal.timeout(WITHIN_MS), redirect: 'error' });
    const claims = response.headers.get(CLAIMS_HEADER)?.split(', ') ?? [];
    if (response.ok && claims.includes(claim)) return parseRefusals(await boundedText(response, BYTES_MAX), couponId);
    await response.body?.cancel();
    return null;
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
