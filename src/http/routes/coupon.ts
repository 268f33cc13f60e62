// GET /api/v2/coupons/{couponId}: what anyone may see of a coupon.
import { type CouponView, MAX_AGE_MS, type PublicViews, publicPhase, type ViewAnswer } from '../coupons/public-view.ts';
import type { Exchange } from '../exchange.ts';
import { isoTime } from '../issue-replies.ts';
import type { ReadLimit } from '../read-limit.ts';
import type { CouponRoute } from '../server.ts';

const CACHE = `public, max-age=${MAX_AGE_MS / 1000}`;
const orNull = (ms: number) => (ms === 0 ? null : isoTime(ms));

/** What is known from a moment ago is answered at any read load; only asking the stores counts as a read. */
export function couponRoute(views: PublicViews, reads: ReadLimit): CouponRoute {
  return async (exchange, couponId) => {
    const known = views.peek(couponId);
    if (known) reply(exchange, couponId, await known, views);
    else await reads.run(exchange, async () => reply(exchange, couponId, await views.look(couponId), views));
  };
}

/** The time is of this answer, and not of the view: to a clock that learns from it, a kept view adds no delay. */
function viewBody(couponId: number, view: CouponView, nowMs: number): string {
  const { opensAtMs, closesAtMs, total, left, offer } = view;
  return JSON.stringify({
    couponId,
    name: offer?.name ?? null,
    discountType: offer?.discountType ?? null,
    discountAmount: offer?.discountAmount ?? null,
    state: publicPhase(view, nowMs).toUpperCase().replace('-', '_'),
    opensAt: orNull(opensAtMs),
    closesAt: orNull(closesAtMs),
    total,
    remaining: left,
    serverTime: isoTime(nowMs),
  });
}

function reply(exchange: Exchange, couponId: number, answer: ViewAnswer, { nowMs }: Pick<PublicViews, 'nowMs'>): void {
  switch (answer.kind) {
    case 'view':
      exchange.json('200 OK', viewBody(couponId, answer.view, nowMs), 'ok', { cacheControl: CACHE });
      return;
    case 'absent':
      exchange.problem('NOT_FOUND_COUPON');
      return;
    case 'not-known-now':
      exchange.problem('NOT_READY', 'It cannot be known now: ask again');
      return;
    default:
      answer satisfies never;
  }
}
