// Rehearsals with a coupon that was made for it.
import { MoveRefused } from '../../coupons/move.ts';
import { spikePage } from '../../spike/spike-page.ts';
import { notesOn, reasonsAgainst, verdictOf } from '../../spike/verdict.ts';
import * as schemas from '../rehearsal-schemas.ts';
import { type Rehearsal, Rehearsals } from '../rehearsals.ts';
import { type AdminRoute, route } from '../route.ts';
import { findCoupon } from './coupons.ts';

interface RehearsalBody {
  readonly users: number;
  readonly firstUser?: number;
  readonly duplicates?: boolean;
}

const PATH = '/admin/v1/coupons/{couponId}/rehearsals';

/** They share what this process remembers. */
export function rehearsalRoutes(): readonly AdminRoute[] {
  const rehearsals = new Rehearsals();
  return [
    beginRoute(rehearsals),
    route({
      method: 'GET',
      path: PATH,
      operationId: 'listRehearsals',
      summary: 'The rehearsals of a coupon that this process remembers, newest first',
      answer: schemas.rehearsalList,
      problems: ['NOT_FOUND_COUPON'],
      async handle(servers, { couponId }) {
        await findCoupon(servers, couponId);
        return { body: { rehearsals: rehearsals.of(couponId).map(summaryJson) } };
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/{rehearsalId}`,
      operationId: 'readRehearsal',
      summary: 'How far a rehearsal is, and at its end its proof',
      description:
        'Once a second is often enough. After a restart of the process: 404, with what the audit table says.',
      answer: schemas.rehearsal,
      problems: ['NOT_FOUND_COUPON', 'NOT_FOUND'],
      async handle(servers, { couponId, rehearsalId }) {
        await findCoupon(servers, couponId);
        return { body: rehearsalJson(await rehearsals.find(servers, couponId, rehearsalId)) };
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/{rehearsalId}/report`,
      operationId: 'readRehearsalReport',
      summary: 'The proof of a rehearsal as one HTML page, to hand round',
      answer: schemas.rehearsalPage,
      mediaTypes: ['text/html'],
      problems: ['NOT_FOUND_COUPON', 'NOT_FOUND', 'STATE_CONFLICT', 'OVERLOADED'],
      async handle(servers, { couponId, rehearsalId }) {
        await findCoupon(servers, couponId);
        const rehearsal = await rehearsals.find(servers, couponId, rehearsalId);
        const { report, endedAt, startedAt, actor, coupon } = rehearsal;
        if (report === null || endedAt === null) {
          const why = rehearsal.failure === null ? 'It still runs' : `It failed: ${rehearsal.failure}`;
          throw new MoveRefused('STATE_CONFLICT', `There is no proof. ${why}`);
        }
        const page = spikePage({ report, couponName: coupon.name, startedAt, endedAt, actor });
        return {
          body: (async function* () {
            yield page;
          })(),
          mediaType: 'text/html; charset=utf-8',
          fileName: `rehearsal-${rehearsalId}-coupon-${couponId}.html`,
        };
      },
    }),
  ];
}

function beginRoute(rehearsals: Rehearsals): AdminRoute {
  return route<RehearsalBody>({
    method: 'POST',
    path: PATH,
    operationId: 'rehearseCoupon',
    summary: 'Let spike users ask for a rehearsal coupon at once, and prove the outcome',
    description:
      'Only of a coupon that was made with `rehearsal: true` and is open, and one at a time. The load goes to ' +
      'the issue port of this node, from processes of low priority. With IDENTITY_MODE=jwt or hmac use ' +
      '`couponrush spike`.',
    body: schemas.rehearsalBody,
    answer: schemas.rehearsal,
    status: 201,
    heavy: true,
    problems: [
      'NOT_FOUND_COUPON',
      'NOT_A_REHEARSAL',
      'REHEARSAL_RUNNING',
      'STATE_CONFLICT',
      'NOT_READY',
      'OVERLOADED',
      'UNSUPPORTED_MEDIA_TYPE',
      'VALIDATION_FAILED',
      'PAYLOAD_TOO_LARGE',
    ],
    async handle(servers, { couponId, actor, rehearse, body }) {
      const { users, firstUser = schemas.REHEARSAL_FIRST_USER, duplicates = false } = body;
      const coupon = await findCoupon(servers, couponId);
      const begun = await rehearsals.begin(servers, { coupon, actor, users, firstUser, duplicates }, rehearse);
      return {
        status: 201,
        body: rehearsalJson(begun),
        location: `/admin/v1/coupons/${couponId}/rehearsals/${begun.id}`,
      };
    },
  });
}

function fieldsJson({ coupon, report: _, ...rehearsal }: Rehearsal) {
  return { couponId: coupon.id, ...rehearsal };
}

function summaryJson(rehearsal: Rehearsal) {
  const { state, report } = rehearsal;
  return { ...fieldsJson(rehearsal), proven: state === 'running' ? null : (report?.ok ?? false) };
}

function rehearsalJson(rehearsal: Rehearsal) {
  return { ...fieldsJson(rehearsal), result: rehearsal.report && resultJson(rehearsal.report) };
}

function resultJson(report: NonNullable<Rehearsal['report']>) {
  const { ok, attempts, firstUser, lastUser, asking: _, url: __, couponId: ___, decided: ____, ...figures } = report;
  return {
    proven: ok,
    verdict: verdictOf(report),
    reasons: reasonsAgainst(report),
    notes: notesOn(report),
    requests: attempts,
    firstUserId: firstUser,
    lastUserId: lastUser,
    ...figures,
  };
}
