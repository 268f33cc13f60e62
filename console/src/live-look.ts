// What `GET /admin/v1/live` sends, and how old it is. Nothing here knows the page.
import type { LiveHistory, LiveLook } from './api-types.ts';

export type Look = LiveLook;
export type CouponLook = Look['coupons'][number];
/** One second of the charts. */
export type Sample = LiveHistory['samples'][number];

/** A look a second at rest, and its way: older than this is not shown as if it were now. */
export const STALE_AFTER_MS = 3000;
export const SAMPLES_MAX = 900;
/** A little less than a second: looks come at about that pace. */
const SAMPLE_EVERY_MS = 950;

export type StoreName = 'redis' | 'mysql';

/**
 * How old what is shown of a store is. The look's own age counts too: a stream that has stopped says nothing new of a
 * store that it once called well.
 * @param nowMs by the server's clock. @returns null if it was never read
 */
export function storeAgeMs(look: Pick<Look, 'at' | 'storesAt'>, store: StoreName, nowMs: number): number | null {
  const at = look.storesAt[store];
  return at === null ? null : Math.max(0, nowMs - new Date(at).getTime());
}

export function lookAgeMs(look: Pick<Look, 'at'>, nowMs: number): number {
  return Math.max(0, nowMs - new Date(look.at).getTime());
}

export function isStale(ageMs: number | null): boolean {
  return ageMs === null || ageMs > STALE_AFTER_MS;
}

/** While Redis does not answer, a look repeats its last figures: they are no sample of this second. */
export function sampleOf(look: Pick<Look, 'at' | 'coupons' | 'server' | 'redis'>): Sample {
  const coupons: Sample['coupons'] = {};
  for (const { id, live, issuedPerSecond } of look.redis === 'ok' ? look.coupons : []) {
    if (live) coupons[id] = { left: live.left, issuedPerSecond, waiting: live.backlog };
  }
  return {
    at: look.at,
    coupons,
    answersPerSecond: look.server?.answersPerSecond ?? null,
    p50Ms: look.server?.p50Ms ?? null,
    p99Ms: look.server?.p99Ms ?? null,
  };
}

/** At most one a second, and never out of order: after a reconnect the history overlaps with what is there. */
export function addSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last && new Date(sample.at).getTime() - new Date(last.at).getTime() < SAMPLE_EVERY_MS) return samples;
  return [...samples.slice(-(SAMPLES_MAX - 1)), sample];
}

/** @param history what the server kept; @param own what this page has seen before */
export function joinSamples(own: readonly Sample[], history: readonly Sample[]): readonly Sample[] {
  const [first] = history;
  if (!first) return own;
  return [...own.filter(({ at }) => at < first.at), ...history].slice(-SAMPLES_MAX);
}

/** Without a look for longer than this: a chart must not draw a line over it. */
const GAP_MS = 5000;

/** @returns the samples, with an empty one after each that had no other one soon */
export function withGaps(samples: readonly Sample[]): readonly Sample[] {
  return samples.flatMap((sample, index) => {
    const next = samples[index + 1];
    const atMs = Date.parse(sample.at);
    if (!next || Date.parse(next.at) - atMs <= GAP_MS) return [sample];
    const at = new Date(atMs + 1).toISOString();
    return [sample, { at, coupons: {}, answersPerSecond: null, p50Ms: null, p99Ms: null }];
  });
}
