// The declared loss of a history: grants that were answered, and that Redis lost before MySQL had them. They are taken
// out of the history that is checked, but only if couponrush has declared the number lost.
import type { Attempt } from '../../src/history/attempt.ts';
import type { HistoryState } from '../../src/history/check.ts';
import { readLosses } from '../../src/rebuild/declared-losses.ts';
import type { ReadStores } from '../../src/stores.ts';
import type { UserKey } from '../../src/user-id.ts';

export interface Lost {
  readonly user: UserKey;
  readonly sequence: number;
}

/** @param lostAtMs what was answered later must not be lost */
export async function takeOutLost(
  { database }: ReadStores,
  couponId: number,
  history: readonly Attempt[],
  state: Omit<HistoryState, 'settled'>,
  lostAtMs: number,
): Promise<{ kept: Attempt[]; lost: Lost[] }> {
  const numberOf = new Map<UserKey, number>();
  for (const { user, sequence } of [...state.dead, ...state.outbox, ...state.rows]) numberOf.set(user, sequence);
  const losses = await readLosses(database, couponId);
  const isDeclared = (sequence: number) => losses.some(({ first, last }) => first <= sequence && sequence <= last);
  const lost = new Map<UserKey, Lost>();
  for (const { user, status, sequence, endedAtMs } of history) {
    if (status !== 201 || sequence === null || endedAtMs > lostAtMs) continue;
    if (numberOf.get(user) !== sequence && isDeclared(sequence)) lost.set(user, { user, sequence });
  }
  return {
    kept: history.filter(({ user, endedAtMs }) => !(lost.has(user) && endedAtMs <= lostAtMs)),
    lost: [...lost.values()],
  };
}
