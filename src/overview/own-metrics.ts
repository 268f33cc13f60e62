// The counters of the running server, as it publishes them itself.
// Promise: counters of another installation are never taken for ours. Ids of coupons repeat in each of them, so what
// answers at a port is believed only if it names the claim that stands in our Redis.
import { baseUrl, reachableHost } from '../address.ts';
import { CLAIMS_HEADER } from '../claims-header.ts';
import type { Config } from '../config.ts';
import { boundedText } from './bounded-text.ts';

const WITHIN_MS = 2000;
const BYTES_MAX = 4 * 1024 * 1024;

/** Where a server with this configuration publishes its counters; null: it does not. */
export function metricsUrlOf({ metricsHost, metricsPort }: Pick<Config, 'metricsHost' | 'metricsPort'>): string | null {
  if (metricsPort === 0) return null;
  return `${baseUrl({ host: reachableHost(metricsHost), port: metricsPort, tls: false })}/metrics`;
}

/**
 * @param claim that stands in our Redis
 * @returns the text of its page. @throws if no server of this installation answers there
 */
export async function readOwnMetrics(metricsUrl: string, claim: string): Promise<string> {
  const response = await fetch(metricsUrl, { signal: AbortSignal.timeout(WITHIN_MS), redirect: 'error' });
  const claims = response.headers.get(CLAIMS_HEADER)?.split(', ') ?? [];
  if (response.ok && claims.includes(claim)) return boundedText(response, BYTES_MAX);
  await response.body?.cancel();
  throw new Error('what answers there is no server of this installation');
}
