// GET /api/v2/coupons/{couponId}: what anyone may see of a coupon.
import { MAX_AGE_MS, type PublicViews, type ViewAnswer } from '../coupons/public-view.ts';
import type { Exchange } from '../exchange.ts';
import { isoTime } from '../issue-replies.ts';
import type { ReadLimit } from '../read-limit.ts';
import type { CouponRoute } from '../server.ts';

const CACHE = `public, max-age=${MAX_AGE_MS / 1000}`;
const orNull = (ms: number | null) => (ms === null ? null : isoTime(ms));

/** What is known from a moment ago is answered at any read load; only asking the stores counts as a read. */
export function couponRoute(views: PublicViews, reads: ReadLimit): CouponRoute {
  return async (exchange, couponId) => {
    const known = views.peek(couponId);
    if (known) reply(exchange, couponId, await known);
    else await reads.run(exchange, async () => reply(exchange, couponId, await views.look(couponId)));
  };
}

function reply(exchange: Exchange, couponId: number, answer: ViewAnswer): void {
  switch (answer.kind) {
    case 'view': {
      const { state, opensAtMs, closesAtMs, total, remaining } = answer.view;
      const body = {
        couponId,
        state: state.toUpperCase().replace('-', '_'),
        opensAt: orNull(opensAtMs),
        closesAt: orNull(closesAtMs),
        total,
        remaining,
      };
      exchange.json('200 OK', JSON.stringify(body), 'ok', { cacheControl: CACHE });
      return;
    }
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
