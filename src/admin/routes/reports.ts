// Reports: one event in figures, and all coupons of a period.
import { MoveRefused } from '../../coupons/move.ts';
import { readPeriodReport, readReport } from '../../overview/report.ts';
import { verifyCoupon } from '../../verify/verify.ts';
import * as schemas from '../report-schemas.ts';
import { type AdminRoute, route } from '../route.ts';
import { readTime } from '../time.ts';
import { findCoupon } from './coupons.ts';

export const reportRoutes: readonly AdminRoute[] = [
  route({
    method: 'GET',
    path: '/admin/v1/coupons/{couponId}/report',
    operationId: 'readReport',
    summary: 'An event in figures: totals, speed, face value, refusals, and its proof',
    description: 'Refusals are known since the start of the server, and only of coupons that it has decided about.',
    answer: schemas.report,
    problems: ['NOT_FOUND_COUPON', 'OVERLOADED'],
    heavy: true,
    async handle(servers, { couponId, principal, metricsUrl, report: progress }) {
      const coupon = await findCoupon(servers, couponId);
      const report = await readReport(servers, coupon, metricsUrl);
      const mode = coupon.state === 'CLOSED' || coupon.state === 'ARCHIVED' ? 'final' : 'live';
      // Examples name users, and a viewer may not see those.
      const examples = principal.role === 'viewer' ? { examplesMax: 0 } : {};
      const verification = await verifyCoupon(servers, couponId, { mode, report: progress, ...examples });
      return { body: { ...report, verification } };
    },
  }),
  route<undefined, { from: string; to: string }>({
    method: 'GET',
    path: '/admin/v1/report',
    operationId: 'readPeriodReport',
    summary: 'What was issued within a period, by coupon',
    query: schemas.periodQuery,
    answer: schemas.periodReport,
    problems: ['VALIDATION_FAILED', 'OVERLOADED'],
    heavy: true,
    async handle(servers, { query }) {
      const [from, to] = [readTime(query.from), readTime(query.to)];
      for (const [field, time] of Object.entries({ from, to })) {
        if (Number.isNaN(time.getTime())) {
          throw new MoveRefused('VALIDATION_FAILED', `${field} is no time of the calendar`);
        }
      }
      if (from.getTime() >= to.getTime()) {
        throw new MoveRefused('VALIDATION_FAILED', 'from must lie before to');
      }
      return { body: await readPeriodReport(servers, from, to) };
    },
  }),
];
