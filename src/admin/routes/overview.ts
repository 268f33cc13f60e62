// What an operator's screen shows: status of everything, and the audit table.

import { ratesBetween, readStatus, type StatusJson, statusJson, withRates } from '../../overview/status.ts';
import { redisNow } from '../../redis/time.ts';
import { listAudit } from '../../store/tables/audit.ts';
import * as answers from '../answer-schemas.ts';
import { type AdminRoute, route } from '../route.ts';
import * as schemas from '../schemas.ts';

/** A rate over more time than this says nothing about now. */
const RATE_MAX_MS = 10_000;
/** Two samples that are closer count as one. */
const RATE_MIN_MS = 500;

/** Remembers one sample, so that the next one can show rates. */
function statusRoute(): AdminRoute {
  let before: StatusJson | null = null;
  return route({
    method: 'GET',
    path: '/admin/v1/status',
    operationId: 'readStatus',
    summary: 'Coupons, rates, backlog, dead letters, processes, and whether Redis may decide',
    description: 'If one of the stores does not answer, it is `unreachable`, and what only that one knows is null.',
    ownPatience: true,
    answer: answers.status,
    problems: [],
    async handle({ redis, database }) {
      const now = statusJson(await readStatus(redis, database));
      const sinceMs = before ? Date.parse(now.at) - Date.parse(before.at) : 0;
      const rates = before && sinceMs >= RATE_MIN_MS && sinceMs <= RATE_MAX_MS ? ratesBetween(before, now) : null;
      if (!before || sinceMs >= RATE_MIN_MS || sinceMs < 0) before = now;
      return { body: withRates(now, rates) };
    },
  });
}

export function overviewRoutes(): readonly AdminRoute[] {
  return [
    statusRoute(),
    route({
      method: 'GET',
      path: '/admin/v1/clock',
      operationId: 'readClock',
      summary: 'The time by which coupons open and close',
      answer: answers.clock,
      problems: [],
      handle: async ({ redis }) => ({ body: { at: new Date(await redisNow(redis)).toISOString() } }),
    }),
    route<undefined, { limit: number; before?: number; couponId?: number }>({
      method: 'GET',
      path: '/admin/v1/audit',
      operationId: 'listAudit',
      summary: 'Who moved which coupon when, newest first',
      query: schemas.auditQuery,
      answer: answers.auditList,
      problems: ['VALIDATION_FAILED'],
      handle: async ({ database }, { query }) => ({ body: { records: await listAudit(database, query) } }),
    }),
  ];
}
