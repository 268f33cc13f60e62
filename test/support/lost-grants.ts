// The declared loss of a history: grants that were answered, and that Redis lost before MySQL had them. They are taken out
// of the history that is checked, but only where the loss is explained: the number is declared lost in MySQL, was given to
// somebody else since, or lies beyond the counter that Redis has now and so was never given again.
import type { Attempt } from '../../src/history/attempt.ts';
import type { HistoryState } from '../../src/history/check.ts';
import type { VerifyStores } from '../../src/recovery/verify.ts';
import { couponKeys } from '../../src/redis/keys.ts';

export interface Lost {
  readonly user: number;
  readonly sequence: number;
}

/** @param lostAtMs what was answered later must not be lost */
export async function takeOutLost(
  { redis, database }: VerifyStores,
  couponId: number,
  history: readonly Attempt[],
  state: Omit<HistoryState, 'settled'>,
  lostAtMs: number,
): Promise<{ kept: Attempt[]; lost: Lost[] }> {
  const numberOf = new Map<number, number>();
  const ownerOf = new Map<number, number>();
  for (const { user, sequence } of [...state.dead, ...state.outbox, ...state.rows]) {
    numberOf.set(user, sequence);
    ownerOf.set(sequence, user);
  }
  const declared = await database.query<{ first: number; last: number }>(
    'SELECT first_sequence AS first, last_sequence AS last FROM declared_loss WHERE coupon_id = ?',
    [couponId],
  );
  const counter = Number((await redis.hget(couponKeys(couponId).meta, 'sequence')) ?? 0);
  const isExplained = (sequence: number) =>
    sequence > counter ||
    ownerOf.has(sequence) ||
    declared.some(({ first, last }) => first <= sequence && sequence <= last);
  const lost = new Map<number, Lost>();
  for (const { user, status, sequence, endedAtMs } of history) {
    if (status !== 201 || sequence === null || endedAtMs > lostAtMs) continue;
    if (numberOf.get(user) !== sequence && isExplained(sequence)) lost.set(user, { user, sequence });
  }
  return {
    kept: history.filter(({ user, endedAtMs }) => !(lost.has(user) && endedAtMs <= lostAtMs)),
    lost: [...lost.values()],
  };
}
