// Proof and repair: verify, rebuild, dead letters.
import { redriveLetters, resolveLetters } from '../../coupons/dead-letter-commands.ts';
import { MoveRefused } from '../../coupons/move.ts';
import { previewRebuild, rebuildNow } from '../../coupons/rebuild-now.ts';
import { findDeadLetter, listDeadLetters } from '../../outbox/dead-letters.ts';
import { verifyCoupon } from '../../verify/verify.ts';
import * as answers from '../answer-schemas.ts';
import { type AdminRoute, route } from '../route.ts';
import * as schemas from '../schemas.ts';
import { findCoupon } from './coupons.ts';

const bodyRefusals = ['NOT_FOUND_COUPON', 'UNSUPPORTED_MEDIA_TYPE', 'VALIDATION_FAILED', 'PAYLOAD_TOO_LARGE'] as const;

export const recoveryRoutes: readonly AdminRoute[] = [
  route<undefined, { mode: 'live' | 'final'; examples: number }>({
    method: 'GET',
    path: '/admin/v1/coupons/{couponId}/verification',
    operationId: 'verifyCoupon',
    summary: 'Compare Redis and MySQL, user by user',
    query: schemas.verifyQuery,
    answer: answers.verification,
    problems: ['NOT_FOUND_COUPON', 'VALIDATION_FAILED', 'OVERLOADED'],
    heavy: true,
    async handle(servers, { couponId, query: { mode, examples }, report }) {
      const verification = await verifyCoupon(servers, couponId, { mode, examplesMax: examples, report });
      if (verification.redis === null && verification.mysql === null) {
        throw new MoveRefused('NOT_FOUND_COUPON', `there is no coupon ${couponId}, neither in MySQL nor in Redis`);
      }
      return { body: verification };
    },
  }),
  route<{ reason?: string; dryRun?: boolean }>({
    method: 'POST',
    path: '/admin/v1/coupons/{couponId}/rebuild',
    operationId: 'rebuildCoupon',
    summary: 'Make what Redis has of a coupon anew, from MySQL',
    description: 'Nothing of the coupon is issued meanwhile. The server does this by itself after a loss of Redis.',
    body: schemas.rebuildBody,
    bodyOptional: true,
    answer: answers.rebuildAnswer,
    problems: [...bodyRefusals, 'STATE_CONFLICT', 'NOT_PROVEN', 'OVERLOADED'],
    heavy: true,
    async handle(servers, { couponId, actor, body, report }) {
      await findCoupon(servers, couponId);
      if (body.dryRun) return { body: { dryRun: true, verification: await previewRebuild(servers, couponId) } };
      const order = { couponId, actor, reason: body.reason };
      const { holders, sequence, restored, lost } = await rebuildNow(servers, order, ({ rows, rowsTotal }) =>
        report(rows, rowsTotal),
      );
      return { body: { holders, sequence, restored, lost } };
    },
  }),
  route<undefined, { limit: number; after?: string; id?: string }>({
    method: 'GET',
    path: '/admin/v1/coupons/{couponId}/dead-letters',
    operationId: 'listDeadLetters',
    summary: 'Issued coupons that MySQL refused, oldest first',
    query: schemas.deadLettersQuery,
    answer: answers.deadLetters,
    problems: ['NOT_FOUND_COUPON', 'VALIDATION_FAILED'],
    async handle(servers, { couponId, query }) {
      await findCoupon(servers, couponId);
      if (query.id === undefined) return { body: { letters: await listDeadLetters(servers.redis, couponId, query) } };
      const letter = await findDeadLetter(servers.redis, couponId, query.id);
      return { body: { letters: letter ? [letter] : [] } };
    },
  }),
  route<{ ids?: string[]; all?: true; dryRun?: boolean }>({
    method: 'POST',
    path: '/admin/v1/coupons/{couponId}/dead-letters/redrive',
    operationId: 'redriveDeadLetters',
    summary: 'Send dead letters back to MySQL',
    body: schemas.redriveBody,
    answer: answers.redriveAnswer,
    problems: [...bodyRefusals, 'NOT_READY'],
    async handle(servers, { couponId, actor, body: { ids, dryRun } }) {
      await findCoupon(servers, couponId);
      const sent = await redriveLetters(servers, { couponId, actor, dryRun }, ids ?? 'all');
      return { body: { sent, ...(dryRun ? { dryRun } : {}) } };
    },
  }),
  route<{ ids: string[]; reason: string; dryRun?: boolean }>({
    method: 'POST',
    path: '/admin/v1/coupons/{couponId}/dead-letters/resolve',
    operationId: 'resolveDeadLetters',
    summary: 'Give dead letters up, with a reason that is kept',
    body: schemas.resolveBody,
    answer: answers.resolveAnswer,
    problems: [...bodyRefusals, 'NOT_READY'],
    async handle(servers, { couponId, actor, body: { ids, reason, dryRun } }) {
      await findCoupon(servers, couponId);
      const resolved = await resolveLetters(servers, { couponId, actor, dryRun }, ids, reason);
      return { body: { resolved, ...(dryRun ? { dryRun } : {}) } };
    },
  }),
];
