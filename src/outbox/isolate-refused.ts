// Finds the rows that MySQL refuses among good ones: halves what was refused until few rows remain, and tries those
// one by one. The good neighbours get written on the way. A bad row has three tries by itself, then its refusal is
// final.
import { pause } from '../runtime/retry.ts';

import type { RefusedRow } from '../store/insert-batch.ts';
import { SINGLY_ROWS_MAX } from '../store/insert-singly.ts';
import type { Row } from '../store/insert-statement.ts';

/** What a write came to, once transient failures are over. */
export type RowsOutcome =
  | { readonly kind: 'written'; readonly refused: readonly RefusedRow[]; readonly untried?: number }
  | { readonly kind: 'permanent'; readonly scope: 'row' | 'coupon'; readonly code: string; readonly message: string };

/** `together`: all or none, except conflicting rows. `singly`: each row by itself, SINGLY_ROWS_MAX at most. */
export type WriteRows = (rows: readonly Row[], manner: 'together' | 'singly') => Promise<RowsOutcome>;

export interface Refusal {
  readonly row: Row;
  readonly code: string;
  readonly reason: string;
  readonly attempts: number;
}

export const ATTEMPTS_MAX = 3;
/** 200 ms, then 800 ms: a coupon row that was about to be committed is there by then. Jitter of half. */
const PAUSE_MS = 200;

/**
 * @param first what the write of all `rows` together came to
 * @returns the rows that stay refused; all others are written
 * @throws AbortError when the signal is aborted; nothing is known then of rows that were not written yet
 */
export async function isolateRefused(
  rows: readonly Row[],
  first: RowsOutcome,
  write: WriteRows,
  signal: AbortSignal,
): Promise<Refusal[]> {
  let refusals = await bisect(rows, first, write);
  for (let attempts = 2; attempts <= ATTEMPTS_MAX && refusals.length > 0; attempts++) {
    await pause(PAUSE_MS * 4 ** (attempts - 2) * (0.5 + Math.random() / 2), signal);
    const again = refusals.map((refusal) => refusal.row);
    const outcome = await write(again, 'together');
    // Each of them was refused by itself: halving would find no good neighbours.
    const refused = refusedAs(again, outcome) ?? (await trySingly(again, write));
    refusals = refused.map((refusal) => ({ ...refusal, attempts }));
  }
  return refusals;
}

async function bisect(rows: readonly Row[], outcome: RowsOutcome, write: WriteRows): Promise<Refusal[]> {
  const refused = refusedAs(rows, outcome);
  if (refused !== null) return refused;
  if (rows.length <= SINGLY_ROWS_MAX) return trySingly(rows, write);
  const middle = Math.ceil(rows.length / 2);
  const refusals: Refusal[] = [];
  for (const half of [rows.slice(0, middle), rows.slice(middle)]) {
    refusals.push(...(await bisect(half, await write(half, 'together'), write)));
  }
  return refusals;
}

/** The refused rows by the outcome of a write; null if it does not say which. */
function refusedAs(rows: readonly Row[], outcome: RowsOutcome): Refusal[] | null {
  if (outcome.kind === 'written') return findRows(rows, outcome.refused);
  // A reason that holds for the whole coupon holds for each row: halving would only repeat it.
  if (outcome.scope === 'row' && rows.length > 1) return null;
  return rows.map((row) => ({ row, code: outcome.code, reason: outcome.message, attempts: 1 }));
}

async function trySingly(rows: readonly Row[], write: WriteRows): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (let start = 0; start < rows.length; ) {
    const some = rows.slice(start, start + SINGLY_ROWS_MAX);
    const outcome = await write(some, 'singly');
    const tried = outcome.kind === 'written' ? some.slice(0, some.length - (outcome.untried ?? 0)) : some;
    const refused = refusedAs(tried, outcome) ?? (await tryEach(tried, write));
    refusals.push(...refused);
    start += tried.length;
  }
  return refusals;
}

/** One write a row. A row whose fate stays unknown must not count as written. */
async function tryEach(rows: readonly Row[], write: WriteRows): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const row of rows) refusals.push(...(refusedAs([row], await write([row], 'singly')) ?? []));
  return refusals;
}

function findRows(rows: readonly Row[], refused: readonly RefusedRow[]): Refusal[] {
  if (refused.length === 0) return [];
  const found = new Map(refused.map((each) => [`${each.sequence}:${each.user}`, each]));
  const refusals: Refusal[] = [];
  for (const row of rows) {
    const each = found.get(`${row.sequence}:${row.user}`);
    if (each) refusals.push({ row, code: each.code, reason: each.reason, attempts: 1 });
  }
  return refusals;
}
