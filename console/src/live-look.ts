// What `GET /admin/v1/live` sends, and how old it is. Nothing here knows the page.
import type { Status } from './api-types.ts';

export type CouponLook = Status['coupons'][number];

export interface Alert {
  readonly name: string;
  readonly severity: string;
  readonly summary: string;
  /** Anchor in docs/runbook.md. */
  readonly runbook: string | null;
}

export interface ServerFigures {
  readonly at: string;
  /** By kind: issued, sold_out, … */
  readonly answersPerSecond: Readonly<Record<string, number>>;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** From 0 to 1. */
  readonly errorRate: number | null;
  readonly backlog: number | null;
}

export interface Look extends Status {
  /** When what is shown of each store was read; null: never yet. */
  readonly storesAt: { readonly redis: string | null; readonly mysql: string | null };
  /** null: the server's metrics can't be read. */
  readonly server: ServerFigures | null;
  readonly alerts: { readonly source: 'prometheus' | 'server'; readonly at: string; readonly firing: readonly Alert[] };
}

export interface CouponSample {
  readonly left: number | null;
  readonly issuedPerSecond: number | null;
  /** Granted, and not in MySQL yet. */
  readonly waiting: number | null;
}

/** One second of the charts. */
export interface Sample {
  readonly at: string;
  readonly coupons: Readonly<Record<string, CouponSample>>;
  /** null: not known, the server's metrics could not be read. */
  readonly answersPerSecond: Readonly<Record<string, number>> | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

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

export function sampleOf(look: Pick<Look, 'at' | 'coupons' | 'server'>): Sample {
  return {
    at: look.at,
    coupons: Object.fromEntries(
      look.coupons.map(({ id, live, issuedPerSecond }) => [
        id,
        { left: live?.left ?? null, issuedPerSecond, waiting: live?.backlog ?? null },
      ]),
    ),
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
