// Users: what became of their coupons, taking many back, and erasing one who asked for it.
import { eraseUser } from '../../coupons/erase.ts';
import { MoveRefused } from '../../coupons/move.ts';
import { revokeMany } from '../../coupons/revoke-many.ts';
import { readHolder, readUser } from '../../overview/holder.ts';
import { moveJson } from '../../overview/overview.ts';
import { countUnfinished, listUnfinished } from '../../store/tables/erased-users.ts';
import { type UserKey, userIdType } from '../../user-id.ts';
import { type AdminRoute, route } from '../route.ts';
import * as schemas from '../user-schemas.ts';
import { findCoupon } from './coupons.ts';

const bodyRefusals = ['UNSUPPORTED_MEDIA_TYPE', 'VALIDATION_FAILED', 'PAYLOAD_TOO_LARGE'] as const;
/** A thousand ids of 16 digits, or of 64 characters, and a reason. */
const LIST_BYTES_MAX = (userIdType === 'text' ? 80 : 32) * 1024;
const ERASURES_MAX = 100;

export const userRoutes: readonly AdminRoute[] = [
  route({
    method: 'GET',
    path: '/admin/v1/users/{userId}',
    operationId: 'readUser',
    summary: 'All coupons of one user, and what became of each',
    answer: schemas.user,
    problems: [],
    handle: async (servers, { userId }) => ({ body: await readUser(servers, userId) }),
  }),
  route<{ reason: string; evenOpen: boolean; dryRun: boolean }>({
    method: 'POST',
    path: '/admin/v1/users/{userId}/erase',
    operationId: 'eraseUser',
    summary: 'Put a pseudonym in the place of a user who asked to be erased',
    description: 'In both stores, the audit included. Repeat it to go on with one that was interrupted.',
    body: schemas.eraseBody,
    answer: schemas.eraseAnswer,
    problems: [...bodyRefusals, 'STATE_CONFLICT', 'NOT_DRAINED', 'NOT_READY', 'OVERLOADED'],
    heavy: true,
    handle: async (servers, { userId, actor, body }) => ({
      body: await eraseUser(servers, { ...body, userId, actor }),
    }),
  }),
  route({
    method: 'GET',
    path: '/admin/v1/erasures',
    operationId: 'listErasures',
    summary: 'Erasures of users that have begun and not ended',
    description: 'Ask for the erasure of such a user again to end it. One that is under way now is listed, too.',
    answer: schemas.erasureList,
    problems: [],
    async handle({ database }) {
      const erasures = await listUnfinished(database, ERASURES_MAX);
      const total = erasures.length < ERASURES_MAX ? erasures.length : await countUnfinished(database);
      return { body: { erasures, total } };
    },
  }),
  route({
    method: 'GET',
    path: '/admin/v1/coupons/{couponId}/holders/{userId}',
    operationId: 'readHolder',
    summary: "What became of one user's coupon",
    answer: schemas.holder,
    problems: ['NOT_FOUND_COUPON', 'NOT_ISSUED_COUPON'],
    async handle(servers, { couponId, userId }) {
      await findCoupon(servers, couponId);
      const body = await readHolder(servers, couponId, userId);
      if (!body) throw new MoveRefused('NOT_ISSUED_COUPON', `User ${userId} was not issued coupon ${couponId}`);
      return { body };
    },
  }),
  route<{ userIds: UserKey[]; reason: string; dryRun: boolean }>({
    method: 'POST',
    path: '/admin/v1/coupons/{couponId}/revocations',
    operationId: 'revokeMany',
    summary: 'Take the coupons of many users back, as one move',
    description:
      'All or nothing, with a record for each user. One who has none, or whose was taken back before, is listed, and ' +
      'changes nothing: the same list can be sent again.',
    body: schemas.revocationsBody,
    bodyBytesMax: LIST_BYTES_MAX,
    answer: schemas.revocationsAnswer,
    problems: [...bodyRefusals, 'NOT_FOUND_COUPON', 'STATE_CONFLICT'],
    async handle(servers, { couponId, actor, body: { userIds, reason, dryRun } }) {
      const { users, ...outcome } = await revokeMany(servers, { couponId, actor, reason, dryRun }, userIds);
      return { body: { ...moveJson(outcome), ...users } };
    },
  }),
];
