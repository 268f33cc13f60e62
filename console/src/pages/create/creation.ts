// Creates the coupons of a plan one after the other, after the server has checked each of them.
// Promise: stops at the first that fails, keeps what was created, and never repeats one whose answer did not
// arrive without being asked to.
import { type ApiError, asApiError, call } from '../../api.ts';
import type { NewCoupon } from '../../api-types.ts';

export type Warning = 'SMALL_FIXED_DISCOUNT' | 'STOCK_MORE_THAN_DOUBLED';

export interface Checked {
  readonly error: ApiError | null;
  readonly warnings: readonly Warning[];
}

export type Result =
  | { readonly state: 'waiting' }
  | { readonly state: 'created'; readonly id: number }
  | { readonly state: 'failed'; readonly error: ApiError };

const AT_ONCE = 4;

/** Dry runs: what the server would say to each. @throws ApiError if it can't be asked at all */
export async function check(coupons: readonly NewCoupon[], signal: AbortSignal): Promise<readonly Checked[]> {
  const checked: Checked[] = [];
  for (let start = 0; start < coupons.length; start += AT_ONCE) {
    const part = coupons.slice(start, start + AT_ONCE);
    checked.push(...(await Promise.all(part.map((coupon) => checkOne(coupon, signal)))));
  }
  return checked;
}

async function checkOne(coupon: NewCoupon, signal: AbortSignal): Promise<Checked> {
  try {
    const answer = await call('createCoupon', { body: { ...coupon, dryRun: true }, signal });
    return { error: null, warnings: 'warnings' in answer ? answer.warnings : [] };
  } catch (error) {
    const problem = asApiError(error);
    // A refusal is about this coupon; anything else is about the server.
    if (problem.status >= 400 && problem.status < 500 && problem.status !== 401)
      return { error: problem, warnings: [] };
    throw error;
  }
}

/**
 * @param results of an earlier run: what is created there is not created again
 * @param onResult called after each
 */
export async function createAll(
  coupons: readonly NewCoupon[],
  results: readonly Result[],
  onResult: (results: readonly Result[]) => void,
): Promise<void> {
  const current = coupons.map((_, index): Result => {
    const before = results[index];
    return before?.state === 'created' ? before : { state: 'waiting' };
  });
  for (const [index, coupon] of coupons.entries()) {
    if (current[index]?.state === 'created') continue;
    try {
      const answer = await call('createCoupon', { body: coupon });
      if (!('id' in answer)) throw new Error('a dry run was not asked for');
      current[index] = { state: 'created', id: answer.id };
    } catch (error) {
      current[index] = { state: 'failed', error: asApiError(error) };
    }
    onResult([...current]);
    if (current[index]?.state === 'failed') return;
  }
}

/** No answer came, or one that does not know the outcome: the coupon may have been created. */
export function isUncertain({ error }: { readonly error: ApiError }): boolean {
  return error.status === 0 || error.status >= 500;
}
