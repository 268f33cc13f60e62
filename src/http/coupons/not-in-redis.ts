// What is told of a coupon that Redis can't decide about: a draft has not opened yet, an archived one is closed (and its
// holders are told that they hold it, out of MySQL). Anything else is NOT_READY, to be asked again.
// MySQL is asked once a second and coupon, however many users ask (I6).

import type { Decision } from '../../issuance/decision.ts';
import { decisions } from '../../issuance/decision.ts';
import type { FindHolding } from '../../issuance/holding.ts';
import type { Database } from '../../store/database.ts';
import type { CouponState } from '../../store/tables/coupons.ts';

export interface UnloadedOptions {
  readonly database: Pick<Database, 'query'>;
  readonly findHolding: FindHolding;
  /** Milliseconds since 1970, by Redis' clock. */
  readonly redisNowMs: () => number;
  readonly now?: () => number;
}

interface Standing {
  readonly state: CouponState;
  readonly opensAtMs: number;
}

interface Entry {
  readonly standing: Promise<Standing | null>;
  readonly freshUntil: number;
}

const FRESH_MS = 1000;
const ENTRIES_MAX = 1000;

export class UnloadedCoupons {
  readonly #options: UnloadedOptions;
  readonly #now: () => number;
  readonly #entries = new Map<number, Entry>();

  constructor(options: UnloadedOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Never rejects. */
  async decide(couponId: number, userId: string): Promise<Decision> {
    const standing = await this.#standingOf(couponId);
    if (standing?.state === 'DRAFT' && standing.opensAtMs > this.#options.redisNowMs()) {
      return { kind: 'not-open', opensAtMs: standing.opensAtMs };
    }
    if (standing?.state !== 'ARCHIVED') return decisions.notReady;
    try {
      const found = await this.#options.findHolding(couponId, userId);
      if (found.kind === 'held') return decisions.alreadyIssued;
      return found.kind === 'not-held' ? decisions.closed : decisions.notReady;
    } catch {
      return decisions.notReady;
    }
  }

  #standingOf(couponId: number): Promise<Standing | null> {
    const known = this.#entries.get(couponId);
    if (known && known.freshUntil > this.#now()) return known.standing;
    this.#entries.delete(couponId);
    const standing = this.#ask(couponId);
    this.#entries.set(couponId, { standing, freshUntil: this.#now() + FRESH_MS });
    if (this.#entries.size > ENTRIES_MAX) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return standing;
  }

  /** null where MySQL can't be asked. */
  async #ask(couponId: number): Promise<Standing | null> {
    try {
      const [row] = await this.#options.database.query<{ state: CouponState; opensAt: Date | null }>(
        'SELECT state, opens_at AS opensAt FROM coupon WHERE id = ?',
        [couponId],
      );
      return row ? { state: row.state, opensAtMs: row.opensAt?.getTime() ?? 0 } : null;
    } catch {
      return null;
    }
  }
}
