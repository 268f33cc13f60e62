// The last five minutes of looks, one sample a second, so that a page that is opened or loaded again has its charts.
// Only what was looked at is in it: without a viewer there are no looks.
import type { Look } from './look.ts';

export interface HistorySample {
  readonly at: string;
  /** Those that are in Redis. */
  readonly coupons: Readonly<
    Record<string, { readonly left: number; readonly issuedPerSecond: number | null; readonly waiting: number }>
  >;
  readonly answersPerSecond: Readonly<Record<string, number>> | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export const SAMPLES_MAX = 300;
/** A little less than a second: looks come at about that pace. */
const APART_MS = 950;

export class History {
  readonly #samples: HistorySample[] = [];
  #addedMs = Number.NEGATIVE_INFINITY;
  #text: string | null = null;

  /** @param nowMs monotonic */
  add(look: Look, nowMs: number): void {
    if (nowMs - this.#addedMs < APART_MS) return;
    // What is older than the charts reach does not come back.
    if (nowMs - this.#addedMs > SAMPLES_MAX * 1000) this.#samples.length = 0;
    this.#addedMs = nowMs;
    this.#samples.push(sampleOf(look));
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
    this.#text = null;
  }

  /** JSON, made once for all who ask between two samples. */
  get text(): string {
    this.#text ??= JSON.stringify({ samples: this.#samples });
    return this.#text;
  }
}

/** What is not known at the moment of the look is left out: a chart has a gap there. */
function sampleOf({ at, redis, coupons, server }: Look): HistorySample {
  const shown = redis === 'ok' ? coupons : [];
  return {
    at,
    coupons: Object.fromEntries(
      shown.flatMap(({ id, live, issuedPerSecond }) =>
        live ? [[id, { left: live.left, issuedPerSecond, waiting: live.backlog }]] : [],
      ),
    ),
    answersPerSecond: server?.answersPerSecond ?? null,
    p50Ms: server?.p50Ms ?? null,
    p99Ms: server?.p99Ms ?? null,
  };
}
