// A burst in figures: what was answered how often, and how fast.
import { type Attempt, outcomeOf } from '../history/attempt.ts';
import type { UserKey } from '../user-id.ts';

/** Milliseconds. */
export interface Spread {
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface BurstSummary {
  readonly attempts: number;
  /** `201`, `400 OUT_OF_STOCK_COUPON`, `no answer: ECONNRESET` …: how often. */
  readonly answers: Readonly<Record<string, number>>;
  /** Users by what became of them: granted before unknown before already-issued before refused. */
  readonly users: Readonly<Record<'granted' | 'unknown' | 'alreadyIssued' | 'refused', number>>;
  /** From the first connection to the last answer. */
  readonly durationMs: number;
  /** From the first to the last begin of a connection: how sudden the burst was. */
  readonly connectsWithinMs: number;
  readonly answersPerSecond: number;
  /** From the request on its connection to the answer, as load tools report it; null without any answer. */
  readonly latencyMs: Spread | null;
  /** The same with the time to connect: what the user waits. */
  readonly withConnectMs: Spread | null;
}

export function summarize(attempts: readonly Attempt[]): BurstSummary {
  const answers: Record<string, number> = {};
  const byUser = new Map<UserKey, Set<string>>();
  const latencies: number[] = [];
  const waits: number[] = [];
  let firstMs = Number.POSITIVE_INFINITY;
  let lastStartMs = 0;
  let lastMs = 0;
  for (const attempt of attempts) {
    const label = labelOf(attempt);
    answers[label] = (answers[label] ?? 0) + 1;
    const outcomes = byUser.get(attempt.user) ?? new Set();
    byUser.set(attempt.user, outcomes.add(outcomeOf(attempt)));
    firstMs = Math.min(firstMs, attempt.startedAtMs);
    lastStartMs = Math.max(lastStartMs, attempt.startedAtMs);
    lastMs = Math.max(lastMs, attempt.endedAtMs);
    if (attempt.status === null) continue;
    latencies.push(attempt.endedAtMs - (attempt.sentAtMs ?? attempt.startedAtMs));
    waits.push(attempt.endedAtMs - attempt.startedAtMs);
  }
  const users = { granted: 0, unknown: 0, alreadyIssued: 0, refused: 0 };
  for (const outcomes of byUser.values()) {
    if (outcomes.has('granted')) users.granted++;
    else if (outcomes.has('unknown')) users.unknown++;
    else if (outcomes.has('already-issued')) users.alreadyIssued++;
    else users.refused++;
  }
  const durationMs = attempts.length === 0 ? 0 : lastMs - firstMs;
  return {
    attempts: attempts.length,
    answers: Object.fromEntries(Object.entries(answers).sort(([a], [b]) => a.localeCompare(b))),
    users,
    durationMs: rounded(durationMs),
    connectsWithinMs: attempts.length === 0 ? 0 : rounded(lastStartMs - firstMs),
    answersPerSecond: durationMs === 0 ? 0 : rounded((latencies.length * 1000) / durationMs),
    latencyMs: spreadOf(latencies),
    withConnectMs: spreadOf(waits),
  };
}

function labelOf({ status, code, error }: Attempt): string {
  if (status === null) return `no answer: ${error}`;
  return `${status}${code === null ? '' : ` ${code}`}`;
}

/** Nearest rank: each value is one that was measured. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const rank = (share: number) => rounded(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] as number);
  return { min: rank(0), p50: rank(0.5), p90: rank(0.9), p99: rank(0.99), max: rank(1) };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
