// The end of every fault test: settles what stayed unknown as a client would, waits until the outbox is drained, joins
// every answer with Redis and MySQL (I1-I5), and lets verify compare the two. Its line is what the run reports.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attempt, outcomeOf } from '../../src/history/attempt.ts';
import { checkHistory, type Settlement, type Violation } from '../../src/history/check.ts';
import { readHistoryState } from '../../src/history/state.ts';
import { couponKeys } from '../../src/redis/keys.ts';
import { settle } from '../../src/spike/settle.ts';
import type { ReadStores } from '../../src/stores.ts';
import { type UserKey, userKey } from '../../src/user-id.ts';
import { type Gap, verifyCoupon } from '../../src/verify/verify.ts';
import { now } from './issue-client.ts';
import { type Lost, takeOutLost } from './lost-grants.ts';
import { waitFor } from './wait.ts';

export interface ProofOptions {
  /** Base of the issue API that settles. */
  readonly url: string;
  readonly couponId: number;
  /** The server's ISSUE_DEADLINE_MS. */
  readonly issueDeadlineMs?: number;
  readonly drainWithinMs?: number;
  readonly before?: ReadonlySet<UserKey>;
  /**
   * Redis lost what only it knew at this moment (milliseconds since 1970): grants that were answered before it may be
   * declared lost. Without it nothing may be lost.
   */
  readonly lostAtMs?: number;
  /** Differences that this fault is allowed to leave: each must be named. */
  readonly gapsAllowed?: readonly Gap['name'][];
}

export interface Proof {
  readonly line: string;
  readonly requests: number;
  readonly granted: number;
  readonly refused: number;
  readonly unknown: number;
  readonly settled: number;
  readonly lost: readonly Lost[];
  readonly rows: number;
  readonly violations: readonly Violation[];
  readonly gaps: readonly Gap[];
}

const DEADLINE_MS = 2000;
const MARGIN_MS = 200;
const SETTLE_PATIENCE_MS = 15_000;

export async function prove(stores: ReadStores, history: readonly Attempt[], options: ProofOptions): Promise<Proof> {
  const { url, couponId, issueDeadlineMs = DEADLINE_MS, drainWithinMs = 30_000, gapsAllowed = [] } = options;
  const settled = await settleUnknown(history, url, couponId, issueDeadlineMs);
  await waitFor('the outbox is drained', async () => (await stores.redis.xlen(couponKeys(couponId).outbox)) === 0, {
    withinMs: drainWithinMs,
  });
  const users = await everybody(stores, couponId, history);
  const state = { ...(await readHistoryState(stores, couponId, users)), settled: settled.answers };
  const { kept, lost } =
    options.lostAtMs === undefined
      ? { kept: history, lost: [] }
      : await takeOutLost(stores, couponId, history, state, options.lostAtMs);
  const violations = checkHistory(kept, state, {
    complete: true,
    ...(options.before ? { before: options.before } : {}),
  });
  const verification = await verifyCoupon(stores, couponId, { mode: 'final' });
  const gaps = verification.gaps.filter(({ name, count }) => count > 0 && !gapsAllowed.includes(name));
  const count = (outcome: string) => history.filter((attempt) => outcomeOf(attempt) === outcome).length;
  const figures = {
    requests: history.length,
    granted: count('granted'),
    refused: count('refused') + count('already-issued') + count('revoked'),
    unknown: settled.asked,
    settled: settled.answers.size,
    rows: state.rows.length,
  };
  const issued = [...settled.answers.values()].filter((settlement) => settlement.issued).length;
  const line =
    `${figures.requests} requests, ${figures.granted} granted, ${figures.refused} refused, ` +
    `${figures.unknown} unknown, ${figures.settled} settled (${issued} issued), ${figures.rows} rows, ` +
    `${lost.length} declared lost, ${violations.length} violations, ${gaps.length} gaps`;
  return { ...figures, line, lost, violations, gaps };
}

/** What is wrong, for people; empty if all invariants held, but for contradictions that this fault must leave. */
export function describeFailures(
  { violations, gaps, unknown, settled }: Proof,
  allowed: readonly Violation['name'][] = [],
): string {
  const named = [...violations.filter(({ name }) => !allowed.includes(name)), ...gaps].map(
    ({ name, meaning, count, examples }) => `${name} ${count} (${meaning}): ${JSON.stringify(examples)}`,
  );
  if (settled < unknown) named.push(`${unknown - settled} outcomes stayed unknown`);
  return named.join('\n');
}

/** For the list at the end of `npm run test:fault`. */
export function reportHistory(fault: string, line: string): void {
  const folder = process.env.TEST_RUN_DIR;
  if (folder !== undefined) appendFileSync(join(folder, 'histories.txt'), `${fault}\n    ${line}\n`);
}

async function settleUnknown(
  history: readonly Attempt[],
  url: string,
  couponId: number,
  issueDeadlineMs: number,
): Promise<{ asked: number; answers: ReadonlyMap<UserKey, Settlement> }> {
  const granted = new Set(history.filter((attempt) => attempt.status === 201).map(({ user }) => user));
  const open = history.filter((attempt) => outcomeOf(attempt) === 'unknown' && !granted.has(attempt.user));
  const users = [...new Set(open.map(({ user }) => user))];
  const lastMs = open.reduce((last, attempt) => Math.max(last, attempt.endedAtMs), 0);
  await sleep(Math.max(0, lastMs + issueDeadlineMs + MARGIN_MS - now()));
  return { asked: users.length, answers: await settle(users, { url, couponId, patienceMs: SETTLE_PATIENCE_MS }) };
}

/** Who asked, and anyone else who has the coupon: nothing may be issued to someone who never asked. */
async function everybody(
  { redis, database }: ReadStores,
  couponId: number,
  history: readonly Attempt[],
): Promise<UserKey[]> {
  const rows = await database.query<{ user: UserKey }>('SELECT user_id AS user FROM user_coupon WHERE coupon_id = ?', [
    couponId,
  ]);
  const holders = (await redis.smembers(couponKeys(couponId).holders)).map(userKey);
  return [...new Set([...history.map(({ user }) => user), ...rows.map(({ user }) => user), ...holders])];
}
