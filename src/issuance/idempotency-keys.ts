// Finds an Idempotency-Key that one user sends for two coupons. The key is bound to the coupon it comes with first, in
// a Redis key of its own slot, before the request joins a batch. The binding lasts ten seconds, and a day once a coupon
// was issued. What was issued under a key is not kept here: lua/issue.lua keeps it, in one step with the grant. If a
// binding is lost (a crash, Redis set back), only the 422 for another coupon is lost.
import { keyClaimKey } from '../redis/keys.ts';
import { membershipKeys, readMemberships } from '../redis/membership.ts';
import type { VerifiedPool } from '../redis/verified-pool.ts';
import type { UserId } from '../user-id.ts';

/** As long as the longest ISSUE_DEADLINE_MS, and short for what was refused: a binding takes 100 to 370 bytes (I6). */
const CLAIM_MS = 10_000;
/** As long as lua/issue.lua remembers the grant. */
const KEEP_MS = 86_400_000;
const COUPONS_MAX = 10_000;

/** `unavailable`: it can't be known before the deadline. Nothing was issued. */
export type KeyClaim = 'claimed' | 'reused' | 'unavailable';

export class IdempotencyKeys {
  readonly #redis: Pick<VerifiedPool, 'run'>;
  readonly #reportError: (error: unknown) => void;
  /** Coupons that were seen in Redis: only for these are keys bound, so that made-up ids leave no key behind. */
  readonly #seen = new Set<number>();

  constructor(redis: Pick<VerifiedPool, 'run'>, reportError: (error: unknown) => void) {
    this.#redis = redis;
    this.#reportError = reportError;
  }

  /** @param deadlineMs monotonic. Settles by then; never rejects */
  async claim(couponId: number, userId: UserId, key: string, deadlineMs: number): Promise<KeyClaim> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<KeyClaim>((resolve) => {
      timer = setTimeout(() => resolve('unavailable'), Math.max(0, deadlineMs - performance.now()));
    });
    const bound = this.#bind(couponId, userId, key).catch((): KeyClaim => 'unavailable');
    return Promise.race([bound, late]).finally(() => clearTimeout(timer));
  }

  /** A coupon was issued under the key. Not waited for: the answer does not depend on it. */
  keep(couponId: number, userId: UserId, key: string): void {
    this.#redis.run(0, 'claim-key', [keyClaimKey(userId, key)], [couponId, KEEP_MS])?.catch(this.#reportError);
  }

  async #bind(couponId: number, userId: UserId, key: string): Promise<KeyClaim> {
    if (!this.#seen.has(couponId)) {
      const reply = await this.#redis.run(0, 'memberships', membershipKeys(couponId), [userId]);
      // The line finds out why, and answers.
      if (readMemberships(reply, 1).kinds[0] === 'absent') return 'claimed';
      if (this.#seen.size >= COUPONS_MAX) this.#seen.clear();
      this.#seen.add(couponId);
    }
    const bound = await this.#redis.run(0, 'claim-key', [keyClaimKey(userId, key)], [couponId, CLAIM_MS]);
    if (bound === null) return 'unavailable';
    return bound === String(couponId) ? 'claimed' : 'reused';
  }
}
