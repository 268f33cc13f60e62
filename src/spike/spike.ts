// One spike from its first connection to its proof: burst, drain, settle, join with Redis and MySQL, verify.
// Promise: `ok` only if every answer that was given is true, nothing else was issued, and all stores agree (I1-I5).
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attempt, outcomeOf } from '../history/attempt.ts';
import { checkHistory, type Violation } from '../history/check.ts';
import { readHistoryState, readHoldersAmong } from '../history/state.ts';
import type { ReadStores } from '../stores.ts';
import type { UserKey } from '../user-id.ts';
import { type Verification, verifyCoupon } from '../verify/verify.ts';
import { type DrainReport, DrainWatch } from './drain.ts';
import { Generators } from './generators.ts';
import type { Interruption } from './interruption.ts';
import { patiently } from './patience.ts';
import { settle } from './settle.ts';
import { createSign, type Signing } from './signature.ts';
import { type BurstSummary, summarize } from './summary.ts';
import { spikeUser } from './users.ts';

export interface SpikeOptions {
  /** Base of the issue API, without a slash at its end. */
  readonly url: string;
  readonly couponId: number;
  readonly users: number;
  /** Number of the first; the others follow (src/spike/users.ts). */
  readonly firstUser: number;
  readonly signing: Signing;
  /** Each user asks twice at the same time. */
  readonly duplicates: boolean;
  /** A request without an answer is given up then. */
  readonly timeoutSeconds: number;
  readonly drainLimitMs: number;
  /** The server's ISSUE_DEADLINE_MS: after it an unknown outcome can be settled. */
  readonly issueDeadlineMs: number;
  /** Receives what happens now, one sentence each. */
  readonly progress: (sentence: string) => void;
  readonly interruption?: Interruption;
  /** Of the generator processes, added to that of this one. */
  readonly niceness?: number;
}

export interface SpikeReport extends BurstSummary {
  readonly ok: boolean;
  readonly couponId: number;
  readonly url: string;
  readonly firstUser: UserKey;
  readonly lastUser: UserKey;
  /** How many users asked. */
  readonly asking: number;
  /** Users who held the coupon before the spike. */
  readonly heldBefore: number;
  /** A user was granted, or answered truthfully why not, by a decision. */
  readonly decided: boolean;
  /** Of the unknown outcomes: how they were settled. */
  readonly settled: { readonly issued: number; readonly notIssued: number; readonly unsettled: number };
  readonly drain: DrainReport;
  /** Where the answers contradict what is stored. */
  readonly violations: readonly Violation[];
  /** Whether Redis and MySQL agree on the whole coupon: final if the outbox was drained, else live. */
  readonly verification: Verification;
}

const SETTLE_PATIENCE_MS = 15_000;
/** The server's clock for the deadline started a moment before the client's ended. */
const DEADLINE_MARGIN_MS = 200;
const DECISIONS = new Set([
  'ALREADY_ISSUED_COUPON',
  'REVOKED_COUPON',
  'OUT_OF_STOCK_COUPON',
  'NOT_OPEN_COUPON',
  'EXPIRED_COUPON',
]);

export async function runSpike(stores: ReadStores, options: SpikeOptions): Promise<SpikeReport> {
  const { url, couponId, progress } = options;
  const users = Array.from({ length: options.users }, (_, index) => spikeUser(options.firstUser + index));
  const [firstUser, lastUser] = [users[0] as UserKey, users.at(-1) as UserKey];
  const asking = options.duplicates ? users.flatMap((user) => [user, user]) : users;
  const before = await readHoldersAmong(stores, couponId, users);
  const watch = new DrainWatch(stores, couponId, { first: firstUser, last: lastUser });
  await watch.start();

  const { attempts, drain } = await burstAndDrain(asking, watch, options);
  const summary = summarize(attempts);
  const unknown = unknownUsers(attempts);
  if (unknown.length > 0) {
    progress(
      `${unknown.length} outcomes are unknown: asking for them after the deadline of ${options.issueDeadlineMs} ms`,
    );
    await sleep(options.issueDeadlineMs + DEADLINE_MARGIN_MS);
  }
  const settled = await settle(unknown, {
    url,
    couponId,
    sign: createSign(options.signing),
    patienceMs: SETTLE_PATIENCE_MS,
  });
  progress('joining all answers with Redis and MySQL');
  const state = await patiently(() => readHistoryState(stores, couponId, users));
  const violations = checkHistory(attempts, { ...state, settled }, { before });
  const mode = drain.drained ? 'final' : 'live';
  const verification = await patiently(() => verifyCoupon(stores, couponId, { mode }));
  const issued = [...settled.values()].filter((settlement) => settlement.issued).length;
  const decided = attempts.some(({ status, code }) => status === 201 || DECISIONS.has(code ?? ''));
  return {
    ok: decided && drain.allRowsAfterMs !== null && violations.length === 0 && verification.ok,
    couponId,
    url,
    firstUser,
    lastUser,
    asking: users.length,
    ...summary,
    heldBefore: before.size,
    decided,
    settled: { issued, notIssued: settled.size - issued, unsettled: unknown.length - settled.size },
    drain,
    violations,
    verification,
  };
}

async function burstAndDrain(
  asking: readonly UserKey[],
  watch: DrainWatch,
  { url, couponId, timeoutSeconds, signing, drainLimitMs, progress, interruption, niceness }: SpikeOptions,
): Promise<{ attempts: Attempt[]; drain: DrainReport }> {
  const generators = await Generators.start(asking.length, niceness === undefined ? {} : { niceness });
  try {
    progress(`${asking.length} requests at once to ${url}`);
    const { answered, record } = generators.run({ url, couponId, users: asking, timeoutSeconds, signing });
    interruption?.begin({ requests: asking.length, record, stop: () => generators.stop() });
    const [attempts, drain] = await Promise.all([
      record,
      answered.then(() => {
        progress('all answers are there: waiting for their rows in MySQL');
        return watch.run(record.then(countGranted), drainLimitMs);
      }),
    ]);
    return { attempts, drain };
  } finally {
    generators.close();
  }
}

function countGranted(attempts: readonly Attempt[]): number {
  return new Set(attempts.filter((attempt) => attempt.status === 201).map((attempt) => attempt.user)).size;
}

function unknownUsers(attempts: readonly Attempt[]): UserKey[] {
  const unknown = new Set<UserKey>();
  for (const attempt of attempts) if (outcomeOf(attempt) === 'unknown') unknown.add(attempt.user);
  for (const attempt of attempts) if (outcomeOf(attempt) === 'granted') unknown.delete(attempt.user);
  return [...unknown];
}
