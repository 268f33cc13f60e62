// Rates and percentiles between samples of the server's counters.
import { Samples } from './samples.ts';
import type { ServerMetrics } from './server-metrics.ts';

export interface ServerFigures {
  /** ISO 8601, by our own clock. */
  readonly at: string;
  /** Of issue requests, by kind of the answer. */
  readonly answersPerSecond: Readonly<Record<string, number>>;
  /** Of the last seconds; null: nothing was asked. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Part of the issue requests that could not be decided; null: nothing was asked. */
  readonly errorRate: number | null;
  /** Issued, and not in MySQL yet: all coupons. */
  readonly backlog: number;
  /** Decisions of Redis a second, by coupon and outcome. */
  readonly byCoupon: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** As the alerts look back. */
const MINUTE_MS = 60_000;
const LATELY_MS = 5000;
const RATE_MS = 900;
/** Kinds that a chart has from the start. */
const ALWAYS = ['granted', 'sold_out'];

export class ServerSamples {
  readonly #samples = new Samples<ServerMetrics>(MINUTE_MS + 1000);

  add(metrics: ServerMetrics): void {
    if (this.#samples.last?.atMs !== metrics.atMs) this.#samples.add(metrics);
  }

  get last(): ServerMetrics | null {
    return this.#samples.last;
  }

  /** null: there is no sample. One alone has no rates. */
  figures(): ServerFigures | null {
    const { last } = this.#samples;
    const before = this.#samples.before(RATE_MS);
    const earlier = this.#samples.before(LATELY_MS);
    if (!last) return null;
    const at = new Date(last.atMs).toISOString();
    const backlog = [...last.outboxRows.values()].reduce((sum, rows) => sum + rows, 0);
    if (!before || !earlier) {
      return { at, answersPerSecond: {}, p50Ms: null, p99Ms: null, errorRate: null, backlog, byCoupon: {} };
    }
    const seconds = Math.max(0.001, (last.atMs - before.atMs) / 1000);
    return {
      at,
      answersPerSecond: answerRates(before, last, seconds),
      p50Ms: percentileMs(earlier, last, 0.5),
      p99Ms: percentileMs(earlier, last, 0.99),
      errorRate: errorsBetween(earlier, last).ratio,
      backlog,
      byCoupon: decisionRates(before, last, seconds),
    };
  }

  /** Of the last minute, for health checks. */
  get ofMinute(): { readonly p99Ms: number | null; readonly slow: number; readonly errors: Errors } {
    const { last } = this.#samples;
    const before = this.#samples.before(MINUTE_MS);
    if (!last || !before) return { p99Ms: null, slow: 0, errors: { ratio: null, count: 0 } };
    const slow = risen(last.buckets, before.buckets, Number.POSITIVE_INFINITY) - risen(last.buckets, before.buckets, 3);
    return { p99Ms: percentileMs(before, last, 0.99), slow, errors: errorsBetween(before, last) };
  }
}

export interface Errors {
  readonly ratio: number | null;
  readonly count: number;
}

/** A counter that fell belongs to a server that was restarted. */
function risen<K>(later: ReadonlyMap<K, number>, earlier: ReadonlyMap<K, number>, key: K): number {
  const now = later.get(key) ?? 0;
  const before = earlier.get(key) ?? 0;
  return now < before ? now : now - before;
}

function answerRates(before: ServerMetrics, last: ServerMetrics, seconds: number): Record<string, number> {
  const rates: Record<string, number> = {};
  for (const [outcome, count] of last.answers) {
    if (count === 0 && !ALWAYS.includes(outcome)) continue;
    rates[outcome === 'granted' ? 'issued' : outcome] = rounded(risen(last.answers, before.answers, outcome) / seconds);
  }
  return rates;
}

function decisionRates(before: ServerMetrics, last: ServerMetrics, seconds: number): ServerFigures['byCoupon'] {
  const none: ReadonlyMap<string, number> = new Map();
  return Object.fromEntries(
    [...last.decisions].map(([coupon, counts]) => {
      const rate = (outcome: string) => rounded(risen(counts, before.decisions.get(coupon) ?? none, outcome) / seconds);
      return [coupon, Object.fromEntries([...counts.keys()].map((outcome) => [outcome, rate(outcome)]))];
    }),
  );
}

function errorsBetween(before: ServerMetrics, last: ServerMetrics): Errors {
  let all = 0;
  let count = 0;
  for (const name of last.classes.keys()) {
    if (name === 'rejected') continue;
    const requests = risen(last.classes, before.classes, name);
    all += requests;
    if (name === 'unavailable' || name === 'unknown') count += requests;
  }
  return { ratio: all === 0 ? null : count / all, count };
}

/** As Prometheus has it: linear within a bucket; beyond the last bound, that bound. */
function percentileMs(before: ServerMetrics, last: ServerMetrics, part: number): number | null {
  const bounds = [...last.buckets.keys()].sort((a, b) => a - b);
  const total = risen(last.buckets, before.buckets, Number.POSITIVE_INFINITY);
  if (total === 0) return null;
  let lower = 0;
  let below = 0;
  for (const bound of bounds) {
    const upTo = risen(last.buckets, before.buckets, bound);
    if (upTo >= part * total && upTo > below) {
      if (bound === Number.POSITIVE_INFINITY) break;
      return rounded((lower + ((bound - lower) * (part * total - below)) / (upTo - below)) * 1000);
    }
    if (bound !== Number.POSITIVE_INFINITY) lower = bound;
    below = upTo;
  }
  return rounded(lower * 1000);
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
