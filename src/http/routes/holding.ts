// GET /api/v2/me/coupons/{couponId}: does this user hold the coupon? It settles an unknown outcome.
import type { FindHolding } from '../../issuance/holding.ts';
import { userKey } from '../../user-id.ts';
import { isoTime } from '../issue-replies.ts';
import type { MemberRoute } from '../server.ts';

export function holdingRoute(findHolding: FindHolding): MemberRoute {
  return async (exchange, userId, couponId) => {
    const found = await findHolding(couponId, userId);
    switch (found.kind) {
      case 'held':
        exchange.json(
          '200 OK',
          JSON.stringify({
            couponId,
            userId: userKey(userId),
            sequence: found.sequence,
            status: found.status,
            issuedAt: isoTime(found.issuedAtMs),
          }),
        );
        return;
      case 'not-held':
        exchange.problem('NOT_ISSUED_COUPON');
        return;
      case 'unknown-coupon':
        exchange.problem('NOT_FOUND_COUPON');
        return;
      case 'not-known-now':
        exchange.problem('NOT_READY', 'It cannot be known now: ask again');
        return;
      default:
        found satisfies never;
    }
  };
}
