// The moves of a coupon: preload, pause, resume, restock, revoke, close, archive.
import { archiveCoupon } from '../../coupons/archive.ts';
import { closeCoupon } from '../../coupons/close.ts';
import { MoveRefused, type Order } from '../../coupons/move.ts';
import { type PauseOutcome, pauseCoupon, resumeCoupon } from '../../coupons/pause.ts';
import { pauseAll, previewPauseAll } from '../../coupons/pause-all.ts';
import { preloadCoupon, previewPreload } from '../../coupons/preload.ts';
import { restockCoupon } from '../../coupons/restock.ts';
import { revokeIssuance } from '../../coupons/revoke.ts';
import { couponJson, moveJson } from '../../overview/overview.ts';
import type { UserKey } from '../../user-id.ts';
import * as answers from '../answer-schemas.ts';
import { type AdminRequest, type AdminRoute, route } from '../route.ts';
import * as schemas from '../schemas.ts';
import { findCoupon } from './coupons.ts';

interface MoveBody {
  readonly version?: number;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

const shared = { method: 'POST', bodyOptional: true, body: schemas.moveBody, answer: answers.moveAnswer } as const;
const refusals = [
  'NOT_FOUND_COUPON',
  'STATE_CONFLICT',
  'VERSION_CONFLICT',
  'UNSUPPORTED_MEDIA_TYPE',
  'VALIDATION_FAILED',
  'PAYLOAD_TOO_LARGE',
] as const;

function orderOf({ couponId, actor, body }: AdminRequest<MoveBody>): Order {
  return { couponId, actor, ifVersion: body.version, reason: body.reason, dryRun: body.dryRun };
}

function pauseJson({ coupon, ...outcome }: PauseOutcome) {
  return { ...outcome, coupon: coupon && couponJson(coupon) };
}

export const moveRoutes: readonly AdminRoute[] = [
  route<MoveBody>({
    ...shared,
    path: '/admin/v1/coupons/{couponId}/preload',
    operationId: 'preloadCoupon',
    summary: 'Load a draft into Redis, where it opens by the clock',
    problems: refusals,
    async handle(servers, request) {
      const { couponId, dryRun, ...order } = orderOf(request);
      if (dryRun) return { body: moveJson(await previewPreload(servers, { couponId, ...order })) };
      const { version } = await findCoupon(servers, couponId);
      if (order.ifVersion !== undefined && order.ifVersion !== version) {
        throw new MoveRefused('VERSION_CONFLICT', `The coupon has version ${version}, not ${order.ifVersion}`);
      }
      const outcome = await preloadCoupon(servers, couponId, order);
      if (outcome === 'archived') throw new MoveRefused('STATE_CONFLICT', 'The coupon is archived');
      const coupon = await findCoupon(servers, couponId);
      return { body: moveJson({ coupon, changed: outcome === 'preloaded', inEffect: true }) };
    },
  }),
  route<MoveBody>({
    ...shared,
    path: '/admin/v1/coupons/{couponId}/pause',
    operationId: 'pauseCoupon',
    summary: 'Stop issuing at once, until it is resumed',
    description:
      'Answered within 3 s, also if MySQL does not answer: Redis ' +
      'has the pause, and MySQL gets it when it can be written.',
    ownPatience: true,
    isBrake: true,
    answer: answers.pauseAnswer,
    problems: refusals,
    handle: async (servers, request) => ({ body: pauseJson(await pauseCoupon(servers, orderOf(request))) }),
  }),
  route<Pick<MoveBody, 'reason' | 'dryRun'>>({
    ...shared,
    path: '/admin/v1/pause',
    operationId: 'pauseAllCoupons',
    summary: 'Stop issuing everything at once, each coupon until it is resumed',
    description:
      'Each coupon that is loaded or open, and each draft that would open by itself: it is held, and loaded paused. ' +
      'Answered within 3 s, as one pause is.',
    body: schemas.pauseAllBody,
    ownPatience: true,
    isBrake: true,
    answer: answers.pauseAllAnswer,
    problems: ['UNSUPPORTED_MEDIA_TYPE', 'VALIDATION_FAILED', 'PAYLOAD_TOO_LARGE'],
    async handle(servers, { actor, body }) {
      if (body.dryRun) return { body: await previewPauseAll(servers) };
      const { coupons, drafts } = await pauseAll(servers, { actor, reason: body.reason });
      return {
        body: {
          changed: coupons.some(({ changed }) => changed),
          inEffect: drafts !== 'unknown' && coupons.every(({ inEffect }) => inEffect),
          recorded: coupons.every(({ recorded, held }) => recorded || held),
          drafts,
          coupons: coupons.map(({ coupon: _coupon, ...outcome }) => outcome),
        },
      };
    },
  }),
  route<MoveBody>({
    ...shared,
    path: '/admin/v1/coupons/{couponId}/resume',
    operationId: 'resumeCoupon',
    summary: 'Go on issuing, or no longer hold a draft',
    problems: refusals,
    handle: async (servers, request) => ({ body: moveJson(await resumeCoupon(servers, orderOf(request))) }),
  }),
  route<MoveBody & { add?: number; totalStock?: number }>({
    ...shared,
    bodyOptional: false,
    body: schemas.restockBody,
    path: '/admin/v1/coupons/{couponId}/restock',
    operationId: 'restockCoupon',
    summary: 'Change how many may be issued, while it runs',
    description:
      'Never to less than are issued. Give version where the request may be repeated: add is not idempotent.',
    problems: [...refusals, 'BELOW_ISSUED', 'NOT_READY'],
    async handle(servers, request) {
      const { add, totalStock } = request.body;
      const newStock = add === undefined ? { total: totalStock as number } : { add };
      return { body: moveJson(await restockCoupon(servers, orderOf(request), newStock)) };
    },
  }),
  route<MoveBody & { userId: UserKey }>({
    ...shared,
    bodyOptional: false,
    body: schemas.revokeBody,
    path: '/admin/v1/coupons/{couponId}/revoke',
    operationId: 'revokeIssuance',
    summary: "Take one user's coupon back",
    description:
      'The row becomes REVOKED and keeps its number, the unit can be issued again, the user gets no second one.',
    problems: [...refusals, 'NOT_ISSUED_COUPON', 'NOT_DRAINED'],
    handle: async (servers, request) => ({
      body: moveJson(await revokeIssuance(servers, orderOf(request), request.body.userId)),
    }),
  }),
  route<MoveBody & { waitSeconds: number }>({
    ...shared,
    body: schemas.closeBody,
    answer: answers.closeAnswer,
    path: '/admin/v1/coupons/{couponId}/close',
    operationId: 'closeCoupon',
    summary: 'End a coupon for good',
    description: 'Waits until MySQL has every coupon that was issued, and says whether it has. Repeat it to wait on.',
    problems: refusals,
    async handle(servers, request) {
      const waitMs = request.body.waitSeconds * 1000;
      const outcome = await closeCoupon(servers, orderOf(request), waitMs, (left) => request.report(left, null));
      const { drained, backlog, deadLetters } = outcome;
      return { body: { ...moveJson(outcome), drained, backlog, deadLetters } };
    },
  }),
  route<MoveBody>({
    ...shared,
    answer: answers.archiveAnswer,
    path: '/admin/v1/coupons/{couponId}/archive',
    operationId: 'archiveCoupon',
    summary: 'Prove a closed coupon, and remove it from Redis',
    problems: [...refusals, 'NOT_DRAINED', 'NOT_PROVEN', 'OVERLOADED'],
    heavy: true,
    async handle(servers, request) {
      const outcome = await archiveCoupon(servers, orderOf(request), request.report);
      return { body: { ...moveJson(outcome), verification: outcome.verification } };
    },
  }),
];
