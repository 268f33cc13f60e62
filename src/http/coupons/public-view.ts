// What anyone may see of a coupon, from Redis while it is loaded there, else from MySQL after its
// archiving. A draft is not there for them. Kept for at most a second, so that a crowd that waits for the opening costs
// one read a second and worker.
// Promise: never older than MAX_AGE_MS, one read at a time for each coupon, and bounded in entries and reads (I6).
// What time alone changes is never old: the time of an answer, and its phase by that time.
import { type Phase, phaseAt, type Standing } from '../../coupons/phase.ts';
import { couponKeys } from '../../redis/keys.ts';
import type { RedisClock } from '../../redis/redis-clock.ts';
import type { VerifiedPool } from '../../redis/verified-pool.ts';
import { BoundedMap } from '../../runtime/bounded-map.ts';
import { type Coupon, isPublished } from '../../store/tables/coupons.ts';
import type { CouponCache } from './coupon-cache.ts';

export interface CouponView extends Standing {
  readonly total: number;
  /** Of its row in MySQL; null: not known now. */
  readonly offer: Offer | null;
}

export type Offer = Pick<Coupon, 'name' | 'discountType' | 'discountAmount'>;

/** scheduled: opens later. */
export type PublicPhase = Exclude<Phase, 'ended'>;

export type ViewAnswer =
  | { readonly kind: 'view'; readonly view: CouponView }
  | { readonly kind: 'absent' | 'not-known-now' };

/** Also the age that Cache-Control gives to every cache on the way to the user. */
export const MAX_AGE_MS = 1000;
const ENTRIES_MAX = 10_000;
/** Longest wait for MySQL, while Redis knows the rest. */
const OFFER_WITHIN_MS = 100;

const ABSENT: ViewAnswer = { kind: 'absent' };
const NOT_KNOWN_NOW: ViewAnswer = { kind: 'not-known-now' };

type ViewRedis = Pick<VerifiedPool, 'run'> & { readonly clock: Pick<RedisClock, 'now' | 'observe'> };
type ViewCoupons = Pick<CouponCache, 'read' | 'readWithin'>;

interface Entry {
  readonly answer: Promise<ViewAnswer>;
  readonly freshUntilMs: number;
}

export class PublicViews {
  readonly #redis: ViewRedis;
  readonly #coupons: ViewCoupons;
  readonly #entries = new BoundedMap<number, Entry>(ENTRIES_MAX);

  constructor(redis: ViewRedis, coupons: ViewCoupons) {
    this.#redis = redis;
    this.#coupons = coupons;
  }

  /**
   * Milliseconds since 1970 by the clock that opens and closes coupons, Redis': never ahead of it, and behind it by the
   * time for which its last reply travelled. This machine's clock until Redis has answered once.
   */
  get nowMs(): number {
    return this.#redis.clock.now() ?? Date.now();
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
      if (Array.isArray(reply) && reply.length > 0) {
        this.#redis.clock.observe(Number(reply[0]), performance.now());
        return { kind: 'view', view: { ...fromRedis(reply), offer: await this.#readOffer(couponId) } };
      }
    } catch {
      // MySQL may know enough.
    }
    return this.#askMysql(couponId);
  }

  /** A row of before its preload is not for the public, even if Redis has the coupon. */
  async #readOffer(couponId: number): Promise<Offer | null> {
    const coupon = await this.#coupons.readWithin(couponId, OFFER_WITHIN_MS);
    return coupon && isPublished(coupon) ? coupon : null;
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
        opensAtMs: coupon.opensAt?.getTime() ?? 0,
        closesAtMs: coupon.closesAt?.getTime() ?? 0,
        total: coupon.totalStock,
        left: coupon.stock,
        offer: coupon,
      },
    };
  }
}

/** What the coupon does at this time, as the public sees it. */
export function publicPhase(view: CouponView, nowMs: number): PublicPhase {
  const phase = phaseAt(view, nowMs);
  return phase === 'ended' ? 'closed' : phase;
}

function fromRedis([, stock, holders, state, opensAt, closesAt]: readonly unknown[]): Omit<CouponView, 'offer'> {
  const total = Number(stock);
  return {
    state: state as Standing['state'],
    opensAtMs: Number(opensAt) || 0,
    closesAtMs: Number(closesAt) || 0,
    total,
    left: Math.max(0, total - Number(holders)),
  };
}
