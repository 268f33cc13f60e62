// The routes of the issue port. openapi.json is held to this table.
import type { Route } from '../metrics/requests.ts';

export const routeTable = [
  { name: 'issue', method: 'POST', path: '/api/v2/me/coupons/:couponId/issue', metric: 'issue' },
  { name: 'holding', method: 'GET', path: '/api/v2/me/coupons/:couponId', metric: 'holding' },
  { name: 'myCoupons', method: 'GET', path: '/api/v2/me/coupons', metric: 'list' },
  { name: 'coupon', method: 'GET', path: '/api/v2/coupons/:couponId', metric: 'view' },
  { name: 'live', method: 'GET', path: '/livez', metric: 'health' },
  { name: 'ready', method: 'GET', path: '/readyz', metric: 'health' },
  { name: 'openapi', method: 'GET', path: '/openapi.json', metric: 'other' },
] as const satisfies readonly {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly metric: Route;
}[];
