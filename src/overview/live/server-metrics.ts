// The server's own counters, from its /metrics, as far as a look shows them.
import { readOwnMetrics } from '../own-metrics.ts';

export interface ServerMetrics {
  /** Milliseconds by our own clock. */
  readonly atMs: number;
  /** Answers to issue requests since the start, by outcome. */
  readonly answers: ReadonlyMap<string, number>;
  /** Decisions since the start, by coupon and outcome. */
  readonly decisions: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Issue requests by class, since the start. */
  readonly classes: ReadonlyMap<string, number>;
  /** Issue requests that were answered in time, by the upper bound of their seconds: cumulative. */
  readonly buckets: ReadonlyMap<number, number>;
  /** Rows that MySQL does not have yet, and the age of the oldest in seconds, by coupon. */
  readonly outboxRows: ReadonlyMap<string, number>;
  readonly outboxAges: ReadonlyMap<string, number>;
  readonly outboxRowsMax: number | null;
  /** Processes that do no work. */
  readonly workersDown: readonly string[];
}

const LINE = /^couponrush_(\w+?)(?:\{([^}\n]*)\})? (\S+)$/gm;
const LABEL = /(\w+)="([^"]*)"/g;
/** Those who waited; what was shed at once would hide how long. */
const TIMED = new Set(['granted', 'refused', 'unknown']);

/**
 * @param claim that stands in our Redis
 * @throws if no server of this installation answers there
 */
export async function readServerMetrics(metricsUrl: string, claim: string): Promise<ServerMetrics> {
  return parseServerMetrics(await readOwnMetrics(metricsUrl, claim), Date.now());
}

export function parseServerMetrics(text: string, atMs: number): ServerMetrics {
  const found = {
    answers: new Map<string, number>(),
    decisions: new Map<string, Map<string, number>>(),
    classes: new Map<string, number>(),
    buckets: new Map<number, number>(),
    outboxRows: new Map<string, number>(),
    outboxAges: new Map<string, number>(),
    workersDown: [] as string[],
  };
  let outboxRowsMax: number | null = null;
  for (const [, name, list = '', number] of text.matchAll(LINE)) {
    const value = Number(number);
    if (!Number.isFinite(value)) continue;
    const labels = Object.fromEntries([...list.matchAll(LABEL)].map(([, label, text]) => [label, text]));
    const { route, outcome = '', coupon = '', worker = '', le = '' } = labels;
    if (name === 'outbox_rows_limit') outboxRowsMax = value;
    else if (name === 'outbox_rows') found.outboxRows.set(coupon, value);
    else if (name === 'outbox_oldest_age_seconds') found.outboxAges.set(coupon, value);
    else if (name === 'worker_up' && value === 0) found.workersDown.push(worker);
    else if (name === 'decisions_total') addDecision(found.decisions, coupon, outcome, value);
    else if (route !== 'issue') continue;
    else if (name === 'requests_total') found.answers.set(outcome, value);
    else if (name === 'request_duration_seconds_count') found.classes.set(labels.class ?? '', value);
    else if (name === 'request_duration_seconds_bucket' && TIMED.has(labels.class ?? '')) {
      const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
      found.buckets.set(bound, (found.buckets.get(bound) ?? 0) + value);
    }
  }
  return { ...found, atMs, outboxRowsMax };
}

function addDecision(all: Map<string, Map<string, number>>, coupon: string, outcome: string, value: number): void {
  const ofCoupon = all.get(coupon) ?? new Map<string, number>();
  all.set(coupon, ofCoupon.set(outcome, value));
}
