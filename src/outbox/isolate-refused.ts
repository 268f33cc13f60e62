// Finds the rows that MySQL refuses among good ones: halves what was refused until single rows remain. The good
// neighbours get written on the way. A bad row has three tries in all, then its refusal is final.

import { pause } from '../runtime/retry.ts';
import type { RefusedRow } from '../store/insert-batch.ts';
import type { Row } from '../store/insert-statement.ts';

/** What a write came to, once transient failures are over. */
export type RowsOutcome =
  | { readonly kind: 'written'; readonly refused: readonly RefusedRow[] }
  | { readonly kind: 'permanent'; readonly scope: 'row' | 'coupon'; readonly code: string; readonly message: string };

export type WriteRows = (rows: readonly Row[]) => Promise<RowsOutcome>;

export interface Refusal {
  readonly row: Row;
  readonly code: string;
  readonly reason: string;
  readonly attempts: number;
}

export const ATTEMPTS_MAX = 3;
/** 200 ms, then 800 ms: a coupon row that was about to be committed is there by then. Jitter of half. */
const PAUSE_MS = 200;

const reasons = {
  SEQUENCE_TAKEN: 'the sequence number belongs to another user',
  USER_HAS_OTHER_SEQUENCE: 'the user has a row with another sequence number',
} as const satisfies Record<RefusedRow['code'], string>;

/**
 * @param first what the write of all `rows` came to
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
    refusals = (await bisect(again, await write(again), write)).map((refusal) => ({ ...refusal, attempts }));
  }
  return refusals;
}

async function bisect(rows: readonly Row[], outcome: RowsOutcome, write: WriteRows): Promise<Refusal[]> {
  if (outcome.kind === 'written') return conflicts(rows, outcome.refused);
  // A reason that holds for the whole coupon holds for each row: halving would only repeat it.
  if (outcome.scope === 'coupon' || rows.length === 1) {
    return rows.map((row) => ({ row, code: outcome.code, reason: outcome.message, attempts: 1 }));
  }
  const middle = Math.ceil(rows.length / 2);
  const refusals: Refusal[] = [];
  for (const half of [rows.slice(0, middle), rows.slice(middle)]) {
    refusals.push(...(await bisect(half, await write(half), write)));
  }
  return refusals;
}

function conflicts(rows: readonly Row[], refused: readonly RefusedRow[]): Refusal[] {
  if (refused.length === 0) return [];
  const codes = new Map(refused.map(({ user, sequence, code }) => [`${sequence}:${user}`, code]));
  const refusals: Refusal[] = [];
  for (const row of rows) {
    const code = codes.get(`${row.sequence}:${row.user}`);
    if (code) refusals.push({ row, code, reason: reasons[code], attempts: 1 });
  }
  return refusals;
}
