// The history checker: joins every answer that clients got with what Redis and MySQL hold, and names each
// contradiction.
// Promise: a pure function; nothing is tolerated, and an empty list means that I1-I3 and I5 held for this history.
// Assumes that the state was read after the last answer and that the outbox was drained, or is part of the state.

import type { IssuedRow, Numbered } from '../store/tables/issuances.ts';
import type { UserKey } from '../user-id.ts';
import { type Example, Findings } from '../verify/findings.ts';
import { type Attempt, outcomeOf } from './attempt.ts';
import { type ViolationName, violationMeanings, violationNames } from './violations.ts';

/** What the settling GET said about a user whose outcome was unknown. */
export type Settlement = { readonly issued: true; readonly sequence: number } | { readonly issued: false };

export interface HistoryState {
  /** Coupons that may be issued in total. */
  readonly stock: number;
  readonly holders: ReadonlySet<UserKey>;
  readonly rows: readonly IssuedRow[];
  readonly outbox: readonly Numbered[];
  readonly dead: readonly Numbered[];
  readonly settled: ReadonlyMap<UserKey, Settlement>;
}

export interface CheckOptions {
  /** Users who held the coupon before the first request of the history. */
  readonly before?: ReadonlySet<UserKey>;
  /** The history has every request that the coupon ever got: a coupon of a user who is not in it is a violation too. */
  readonly complete?: boolean;
}

export interface Violation {
  readonly name: ViolationName;
  readonly meaning: string;
  readonly count: number;
  /** The first few users or sequence numbers. */
  readonly examples: readonly Example[];
}

const EXAMPLES_MAX = 10;
type Found = Findings<ViolationName>;

/** @returns the contradictions; none means that answers, Redis and MySQL agree */
export function checkHistory(
  history: readonly Attempt[],
  state: HistoryState,
  options: CheckOptions = {},
): Violation[] {
  const found: Found = new Findings(EXAMPLES_MAX);
  const before = options.before ?? new Set<UserKey>();
  const stored = new Map<UserKey, number>();
  for (const each of [...state.dead, ...state.outbox, ...state.rows]) stored.set(each.user, each.sequence);
  const byUser = groupByUser(history);

  checkStores(state, found);
  checkSequencesAnswered(history, found);
  const revoked = new Set(state.rows.filter((row) => row.revoked).map((row) => row.user));
  for (const [user, attempts] of byUser) {
    for (const attempt of attempts) if (!isInContract(attempt)) found.add('unexpectedStatus', user);
    const held = before.has(user);
    const issuedAs = stored.get(user) ?? null;
    const holder = state.holders.has(user);
    const outcomes = new Set(attempts.map(outcomeOf));
    if (outcomes.has('granted')) {
      checkGranted(user, attempts, { held, issuedAs, holder: holder || revoked.has(user) }, found);
    } else if (outcomes.has('unknown')) {
      checkSettled(user, state.settled.get(user), issuedAs, holder, found);
    } else if (!held && (holder || issuedAs !== null)) {
      const isKnown = outcomes.has('already-issued') || outcomes.has('revoked');
      found.add(isKnown ? 'rowWithoutGrant' : 'refusedButIssued', user);
    }
    if (isWinnerTurnedAway(attempts, held)) found.add('winnerTurnedAway', user);
    if (outcomes.has('already-issued') && !holder && issuedAs === null) found.add('alreadyIssuedWithoutCoupon', user);
    if (outcomes.has('revoked') && !revoked.has(user)) found.add('revokedWithoutRevocation', user);
    if (isHolderAgain(attempts)) found.add('alreadyIssuedAfterRevocation', user);
  }
  if (options.complete) {
    for (const user of new Set([...stored.keys(), ...state.holders])) {
      if (!byUser.has(user) && !before.has(user)) found.add('rowWithoutGrant', user);
    }
  }
  return violationNames
    .filter((name) => found.count(name) > 0)
    .map((name) => ({
      name,
      meaning: violationMeanings[name],
      count: found.count(name),
      examples: found.examples(name),
    }));
}

function groupByUser(history: readonly Attempt[]): Map<UserKey, Attempt[]> {
  const byUser = new Map<UserKey, Attempt[]>();
  for (const attempt of history) {
    const attempts = byUser.get(attempt.user);
    if (attempts) attempts.push(attempt);
    else byUser.set(attempt.user, [attempt]);
  }
  return byUser;
}

/** I1 and I2 as the stores have them, regardless of what was answered. */
function checkStores(state: HistoryState, found: Found): void {
  const users = new Set<UserKey>();
  for (const row of state.rows) {
    if (users.has(row.user)) found.add('duplicateRow', row.user);
    users.add(row.user);
  }
  const ownerOf = new Map<number, UserKey>();
  const issued = new Set<UserKey>();
  for (const each of [...state.rows, ...state.outbox, ...state.dead]) {
    const owner = ownerOf.get(each.sequence);
    if (owner !== undefined && owner !== each.user) found.add('duplicateSequence', each.sequence);
    ownerOf.set(each.sequence, each.user);
    if (!('revoked' in each && each.revoked)) issued.add(each.user);
  }
  const over = Math.max(issued.size, state.holders.size) - state.stock;
  if (over > 0) found.add('overIssued', null, over);
}

function checkSequencesAnswered(history: readonly Attempt[], found: Found): void {
  const ownerOf = new Map<number, UserKey>();
  for (const { user, sequence } of history) {
    if (sequence === null) continue;
    const owner = ownerOf.get(sequence);
    if (owner !== undefined && owner !== user) found.add('sequenceGivenTwice', sequence);
    ownerOf.set(sequence, user);
  }
}

interface Standing {
  readonly held: boolean;
  readonly issuedAs: number | null;
  readonly holder: boolean;
}

function checkGranted(user: UserKey, attempts: readonly Attempt[], standing: Standing, found: Found): void {
  const grants = attempts.filter((attempt) => outcomeOf(attempt) === 'granted');
  const first = grants.filter((attempt) => !attempt.replayed);
  if (first.length > 1 || (first.length > 0 && standing.held)) found.add('grantedTwice', user);
  if (standing.issuedAs === null) found.add('grantedWithoutRow', user);
  if (!standing.holder) found.add('grantedWithoutHolder', user);
  if (grants.some((grant) => grant.sequence === null)) found.add('unreadableGrant', user);
  const differs = (grant: Attempt) => grant.sequence !== null && grant.sequence !== standing.issuedAs;
  if (standing.issuedAs !== null && grants.some(differs)) found.add('sequenceMismatch', user);
}

const TURNED_AWAY = new Set(['OUT_OF_STOCK_COUPON', 'NOT_OPEN_COUPON', 'EXPIRED_COUPON']);

/**
 * A holder is answered ALREADY_ISSUED_COUPON before anything else is checked. A refusal that ended before the granted
 * request began is no contradiction: stock can be added in between.
 */
function isWinnerTurnedAway(attempts: readonly Attempt[], held: boolean): boolean {
  let holderFromMs = held ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  for (const attempt of attempts) {
    if (outcomeOf(attempt) === 'granted') holderFromMs = Math.min(holderFromMs, attempt.startedAtMs);
  }
  return attempts.some(
    ({ status, code, endedAtMs }) => status === 400 && TURNED_AWAY.has(code ?? '') && endedAtMs >= holderFromMs,
  );
}

/** A revocation is for good. Answers that crossed on their way say nothing. */
function isHolderAgain(attempts: readonly Attempt[]): boolean {
  const told = attempts.filter((attempt) => outcomeOf(attempt) === 'revoked').map(({ endedAtMs }) => endedAtMs);
  if (told.length === 0) return false;
  const revokedMs = Math.min(...told);
  return attempts.some((each) => outcomeOf(each) === 'already-issued' && each.startedAtMs > revokedMs);
}

function checkSettled(
  user: UserKey,
  settlement: Settlement | undefined,
  issuedAs: number | null,
  holder: boolean,
  found: Found,
): void {
  if (settlement === undefined) found.add('unsettled', user);
  else if (settlement.issued ? settlement.sequence !== issuedAs : holder || issuedAs !== null) {
    found.add('settledWrongly', user);
  }
}

/** 201, every 4xx, 503 and 504; an attempt without any answer contradicts nothing by itself. */
function isInContract({ status }: Attempt): boolean {
  return status === null || status === 201 || (status >= 400 && status < 500) || status === 503 || status === 504;
}
