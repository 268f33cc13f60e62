export { type ClientOptions, CouponClient, type IssueOptions } from './client.ts';
export type { Coupon, CouponState, CouponStatus } from './coupon.ts';
export { type IssueResult, RequestRefused } from './issue-result.ts';
export type { ServerClock } from './server-clock.ts';
export type { Timing } from './timing.ts';
export type { Fetch, TransportOptions } from './transport.ts';
