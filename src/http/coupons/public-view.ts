// What anyone may see of a coupon, from Redis while it is loaded there, else from MySQL after its
// archiving. A draft is not there for them. Kept for at most a second, so that a crowd that waits for the opening costs
// one read a second and worker.
// Promise: never older than MAX_AGE_MS, one read at a time for each coupon, and bounded in entries and reads (I6).
import { type Phase, phaseAt, type Standing } from '../../coupons/phase.ts';
import { couponKeys } from '../../redis/keys.ts';
import type { VerifiedPool } from '../../redis/verified-pool.ts';
import { BoundedMap } from '../../runtime/bounded-map.ts';
import { isPublished } from '../../store/tables/coupons.ts';
import type { CouponCache } from './coupon-cache.ts';

export interface CouponView {
  /** scheduled: opens later. The clock that decides is Redis'. */
  readonly state: Exclude<Phase, 'ended'>;
  /** Milliseconds since 1970; null: no bound. */
  readonly opensAtMs: number | null;
  readonly closesAtMs: number | null;
  readonly total: number;
  readonly remaining: number;
}

export type ViewAnswer =
  | { readonly kind: 'view'; readonly view: CouponView }
  | { readonly kind: 'absent' | 'not-known-now' };

/** Also the age that Cache-Control gives to every cache on the way to the user. */
export const MAX_AGE_MS = 1000;
const ENTRIES_MAX = 10_000;

const ABSENT: ViewAnswer = { kind: 'absent' };
const NOT_KNOWN_NOW: ViewAnswer = { kind: 'not-known-now' };

interface Entry {
  readonly answer: Promise<ViewAnswer>;
  readonly freshUntilMs: number;
}

export class PublicViews {
  readonly #redis: Pick<VerifiedPool, 'run'>;
  readonly #coupons: Pick<CouponCache, 'read'>;
  readonly #entries = new BoundedMap<number, Entry>(ENTRIES_MAX);

  constructor(redis: Pick<VerifiedPool, 'run'>, coupons: Pick<CouponCache, 'read'>) {
    this.#redis = redis;
    this.#coupons = coupons;
  }

  /** What is known without asking a store; null if a store must be asked. */
  peek(couponId: number): Promise<ViewAnswer> | null {
    const entry = this.#entries.peek(couponId);
    return entry && performance.now() < entry.freshUntilMs ? entry.answer : null;
  }

  /** Never rejects for a store that is unreachable. */
  look(couponId: number): Promise<ViewAnswer> {
    const known = this.peek(couponId);
    if (known) return known;
    const answer = this.#ask(couponId);
    this.#entries.set(couponId, { answer, freshUntilMs: performance.now() + MAX_AGE_MS });
    // What can't be known now may be known in a moment.
    const forgetIfUnknown = (found: ViewAnswer | null) => {
      if (found?.kind !== 'view' && found?.kind !== 'absent' && this.#entries.peek(couponId)?.answer === answer) {
        this.#entries.delete(couponId);
      }
    };
    answer.then(forgetIfUnknown, () => forgetIfUnknown(null));
    return answer;
  }

  /** The coupon changed; null: any may have. */
  forget(couponId: number | null): void {
    if (couponId === null) this.#entries.clear();
    else this.#entries.delete(couponId);
  }

  async #ask(couponId: number): Promise<ViewAnswer> {
    const { stock, holders, meta } = couponKeys(couponId);
    try {
      const reply = await this.#redis.run(0, 'view', [stock, holders, meta], []);
      if (Array.isArray(reply) && reply.length > 0) return { kind: 'view', view: fromRedis(reply) };
    } catch {
      // MySQL may know enough.
    }
    return this.#askMysql(couponId);
  }

  async #askMysql(couponId: number): Promise<ViewAnswer> {
    const coupon = await this.#coupons.read(couponId);
    if (coupon === undefined) return NOT_KNOWN_NOW;
    if (coupon === null || !isPublished(coupon)) return ABSENT;
    // While it is loaded, Redis alone knows how many are left.
    if (coupon.state !== 'ARCHIVED') return NOT_KNOWN_NOW;
    return {
      kind: 'view',
      view: {
        state: 'closed',
        opensAtMs: coupon.opensAt?.getTime() ?? null,
        closesAtMs: coupon.closesAt?.getTime() ?? null,
        total: coupon.totalStock,
        remaining: coupon.stock,
      },
    };
  }
}

function fromRedis([now, stock, holders, state, opensAt, closesAt]: readonly unknown[]): CouponView {
  const [opensAtMs, closesAtMs, total] = [Number(opensAt), Number(closesAt), Number(stock)];
  const remaining = Math.max(0, total - Number(holders));
  const standing = { state: state as Standing['state'], opensAtMs, closesAtMs, left: remaining };
  const phase = phaseAt(standing, Number(now));
  return {
    state: phase === 'ended' ? 'closed' : phase,
    opensAtMs: opensAtMs || null,
    closesAtMs: closesAtMs || null,
    total,
    remaining,
  };
}
