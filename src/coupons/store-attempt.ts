// Asking one store, and going on without it: for what must be answered also while the other store is all there is.
import { OperationalError } from '../errors.ts';
import { redisOutage } from '../redis/failures.ts';
import { orUndefinedAfter } from '../runtime/patience.ts';

/** @returns undefined if the store does not answer in time, or refuses for a reason that passes by itself */
export async function attempt<T>(work: Promise<T>, withinMs: number): Promise<T | undefined> {
  try {
    return await orUndefinedAfter(work, withinMs);
  } catch (error) {
    if (error instanceof OperationalError || redisOutage(error) !== null) return undefined;
    throw error;
  }
}

export function noStore(detail: string): OperationalError {
  return new OperationalError('NO_STORE', 'transient', detail);
}
