// Settles unknown outcomes as a client would: GET /api/v2/me/coupons/{id}, once the request's deadline has passed.
import type { Settlement } from '../history/check.ts';
import { pollUntil } from '../runtime/poll.ts';
import type { UserKey } from '../user-id.ts';
import { get } from './get.ts';
import { createSign, type Sign, trusted } from './signature.ts';

export interface SettleOptions {
  readonly url: string;
  readonly couponId: number;
  readonly sign?: Sign;
  /** How long to go on asking while the server has no answer. */
  readonly patienceMs: number;
}

const ASKED_AT_ONCE = 20;
const ASK_AGAIN_AFTER_MS = 250;

/** @returns who could be settled; any user who is missing stayed unknown */
export async function settle(users: readonly UserKey[], options: SettleOptions): Promise<Map<UserKey, Settlement>> {
  const settled = new Map<UserKey, Settlement>();
  const untilMs = performance.now() + options.patienceMs;
  const queue = users.values();
  const ask = async () => {
    for (const user of queue) {
      const isSettled = async () => {
        const settlement = await askOnce(user, options);
        if (settlement !== null) settled.set(user, settlement);
        return settlement !== null;
      };
      await pollUntil(isSettled, { everyMs: ASK_AGAIN_AFTER_MS, withinMs: untilMs - performance.now() });
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, ask));
  return settled;
}

/** @returns null if the server can't be reached, or has no answer now */
async function askOnce(
  user: UserKey,
  { url, couponId, sign = createSign(trusted) }: SettleOptions,
): Promise<Settlement | null> {
  try {
    const at = `${url}/api/v2/me/coupons/${couponId}`;
    const { status, body } = await get(at, sign('GET', new URL(at).pathname, user));
    const content = JSON.parse(body) as { sequence?: unknown; userId?: unknown; code?: unknown };
    if (status === 200 && content.userId === user && Number.isSafeInteger(content.sequence)) {
      return { issued: true, sequence: content.sequence as number };
    }
    if (status === 404 && content.code === 'NOT_ISSUED_COUPON') return { issued: false };
    // The server knows no such coupon, so no one can hold it.
    if (status === 404 && content.code === 'NOT_FOUND_COUPON') return { issued: false };
    return null;
  } catch {
    return null;
  }
}
