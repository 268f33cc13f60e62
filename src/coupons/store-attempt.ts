// Asking one store, and going on without it: for what must be answered also while the other store is all there is.
import { OperationalError } from '../errors.ts';
import { redisOutage } from '../redis/failures.ts';
import { isRedisReply } from '../redis/verified-pool.ts';
import { orUndefinedAfter } from '../runtime/patience.ts';

const REFUSAL_LENGTH_MAX = 200;

/** @returns undefined if the store does not answer in time, or refuses for a reason that passes by itself */
export async function attempt<T>(work: Promise<T>, withinMs: number): Promise<T | undefined> {
  try {
    return await orUndefinedAfter(work, withinMs);
  } catch (error) {
    if (error instanceof OperationalError || redisOutage(error) !== null) return undefined;
    throw error;
  }
}

export interface Tried<T> {
  /** null: the store does not answer in time, or refuses. */
  readonly value: T | null;
  /** What Redis refuses and goes on refusing, such as a key of another type; null: nothing. */
  readonly refusal: string | null;
}

/** As `attempt`, for one coupon of many: what Redis refuses of it is reported and must not keep the others. */
export async function attemptOne<T>(work: Promise<T>, withinMs: number): Promise<Tried<T>> {
  try {
    return { value: (await attempt(work, withinMs)) ?? null, refusal: null };
  } catch (error) {
    if (!isRedisReply(error)) throw error;
    return { value: null, refusal: error.message.slice(0, REFUSAL_LENGTH_MAX) };
  }
}

export function noStore(detail: string): OperationalError {
  return new OperationalError('NO_STORE', 'transient', detail);
}
