// What openapi.json tells of the issue API. Its server checks by hand, for speed; a test holds this against its routes.
import type { ProblemCode } from '../errors.ts';
import { idSchema } from '../ids.ts';
import { userIdSchema } from '../user-id.ts';
import { type Operation, problemAnswers } from './operation.ts';

const id = idSchema;
const time = { type: 'string', format: 'date-time', description: 'ISO 8601, UTC, milliseconds' } as const;

const timeOrNull = { type: ['string', 'null'], format: 'date-time' } as const;

function object(properties: Record<string, object>): object {
  return { type: 'object', properties, required: Object.keys(properties) };
}

const user = {
  name: 'Commerce-User-Id',
  in: 'header',
  required: true,
  description: 'who asks, set by the gateway',
  schema: userIdSchema,
} as const;
const couponId = {
  name: 'couponId',
  in: 'path',
  required: true,
  description: 'id of the coupon',
  schema: id,
} as const;

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'the same user repeating with the same key gets the original 201 again, with Idempotent-Replayed: true',
  schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
} as const;

const issuance = object({
  id,
  couponId: id,
  name: { type: 'string' },
  sequence: id,
  status: { type: 'string' },
  discountType: { type: 'string', enum: ['FIXED', 'PERCENT'] },
  discountAmount: { type: 'integer' },
  issuedAt: time,
  expiredAt: timeOrNull,
});

const edge = ['BAD_REQUEST', 'HEADERS_TOO_LARGE', 'OUTCOME_UNKNOWN'] as const satisfies ProblemCode[];
const member = [...edge, 'UNAUTHENTICATED_USER', 'TOO_MANY_REQUESTS', 'NOT_READY'] as const satisfies ProblemCode[];

function json(schema: object, description: string): object {
  return { description, content: { 'application/json': { schema } } };
}

export function issueOperations(): Operation[] {
  return [
    {
      path: '/api/v2/me/coupons/{couponId}/issue',
      method: 'POST',
      operationId: 'issueCoupon',
      summary: 'Ask for a coupon',
      description:
        'Needs no body; one of up to 4,096 bytes is ignored. A 4xx or 503 means that nothing was issued. 504, or a ' +
        'connection that ends before its answer, means ' +
        'unknown: asking again, or GET of the same coupon, settles it.',
      tags: ['issue'],
      parameters: [user, couponId, idempotencyKey],
      responses: {
        201: {
          ...json(object({ couponId: id, userId: userIdSchema, sequence: id, issuedAt: time }), 'issued'),
          headers: {
            'Idempotent-Replayed': {
              description: 'true: issued by an earlier request with the same Idempotency-Key',
              schema: { type: 'string', enum: ['true'] },
            },
          },
        },
        ...problemAnswers([
          ...member,
          'IDEMPOTENCY_KEY_REUSED',
          'ALREADY_ISSUED_COUPON',
          'OUT_OF_STOCK_COUPON',
          'NOT_OPEN_COUPON',
          'EXPIRED_COUPON',
          'NOT_FOUND_COUPON',
          'OVERLOADED',
        ]),
      },
    },
    {
      path: '/api/v2/me/coupons/{couponId}',
      method: 'GET',
      operationId: 'readIssuance',
      summary: 'Whether the user holds a coupon: settles an unknown outcome',
      tags: ['issue'],
      parameters: [user, couponId],
      responses: {
        200: json(
          object({ couponId: id, userId: userIdSchema, sequence: id, status: { type: 'string' }, issuedAt: time }),
          'issued',
        ),
        ...problemAnswers([...member, 'NOT_ISSUED_COUPON', 'NOT_FOUND_COUPON', 'OVERLOADED']),
      },
    },
    {
      path: '/api/v2/me/coupons',
      method: 'GET',
      operationId: 'listIssuances',
      summary: "The user's coupons, newest first",
      description:
        'Page by page: lastId of an answer asks for the next page. Tells what MySQL has: a coupon that was issued a moment ' +
        'may be missing until its row is written; GET of that coupon knows it at once.',
      tags: ['read'],
      parameters: [
        user,
        {
          name: 'lastId',
          in: 'query',
          required: false,
          description: 'id of the last row of the page before',
          schema: id,
        },
        {
          name: 'size',
          in: 'query',
          required: false,
          description: 'rows of a page',
          schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
        },
      ],
      responses: {
        200: json(
          object({
            coupons: { type: 'array', items: issuance },
            lastId: { type: ['integer', 'null'], description: 'id of the last row of this page' },
            hasNext: { type: 'boolean' },
          }),
          'one page',
        ),
        ...problemAnswers([...member, 'OVERLOADED']),
      },
    },
    {
      path: '/api/v2/coupons/{couponId}',
      method: 'GET',
      operationId: 'readCoupon',
      summary: 'What anyone may see of a coupon',
      description:
        'At most a second old, two through a cache on the way. Known without MySQL while the coupon is in Redis.',
      tags: ['read'],
      parameters: [couponId],
      responses: {
        200: json(
          object({
            couponId: id,
            state: { type: 'string', enum: ['SCHEDULED', 'OPEN', 'PAUSED', 'SOLD_OUT', 'CLOSED'] },
            opensAt: timeOrNull,
            closesAt: timeOrNull,
            total: { type: 'integer', description: 'how many may be issued' },
            remaining: { type: 'integer' },
          }),
          'the coupon',
        ),
        ...problemAnswers([...edge, 'TOO_MANY_REQUESTS', 'NOT_FOUND_COUPON', 'NOT_READY', 'OVERLOADED']),
      },
    },
    {
      path: '/livez',
      method: 'GET',
      operationId: 'readLiveness',
      summary: 'The process answers',
      tags: ['health'],
      responses: { 200: json(object({ status: { const: 'live' } }), 'live'), ...problemAnswers(edge) },
    },
    {
      path: '/readyz',
      method: 'GET',
      operationId: 'readReadiness',
      summary: 'Requests may be sent here',
      tags: ['health'],
      responses: {
        200: json(
          object({
            status: { const: 'ready' },
            checks: { type: 'object', additionalProperties: { type: 'string' } },
          }),
          'ready',
        ),
        ...problemAnswers([...edge, 'NOT_READY']),
      },
    },
    {
      path: '/openapi.json',
      method: 'GET',
      operationId: 'readDescription',
      summary: 'This document',
      tags: ['health'],
      responses: { 200: json({ type: 'object' }, 'the document'), ...problemAnswers(edge) },
    },
  ];
}
