// openapi.json of the issue port. Its server validates without schemas, for speed; a test holds this against its
// routes.
import type { ProblemCode } from '../errors.ts';
import { idSchema } from '../ids.ts';
import { issuanceStatuses } from '../store/tables/issuances.ts';
import { userIdSchema } from '../user-id.ts';
import { documentOf, jsonContent } from './document.ts';
import { type IdentityMode, userSecurity } from './identity.ts';
import { livenessOperation, type Operation, problemAnswers, thisDocumentOperation } from './operation.ts';

const id = idSchema;
const time = { type: 'string', format: 'date-time', description: 'ISO 8601, UTC, milliseconds' } as const;

const timeOrNull = { type: ['string', 'null'], format: 'date-time' } as const;

function object(properties: Record<string, object>): object {
  return { type: 'object', properties, required: Object.keys(properties) };
}

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

/** GIVEN_UP: granted, and an operator gave its row up. */
const holdingStatus = { type: 'string', enum: [...issuanceStatuses, 'GIVEN_UP'] } as const;

const issuance = object({
  id,
  couponId: id,
  name: { type: 'string' },
  sequence: id,
  status: { type: 'string', enum: issuanceStatuses },
  discountType: { type: 'string', enum: ['FIXED', 'PERCENT'] },
  discountAmount: { type: 'integer' },
  issuedAt: time,
  expiredAt: timeOrNull,
});

const edge = ['BAD_REQUEST', 'HEADERS_TOO_LARGE', 'OUTCOME_UNKNOWN'] as const satisfies ProblemCode[];
const member = [...edge, 'UNAUTHENTICATED_USER', 'TOO_MANY_REQUESTS', 'NOT_READY'] as const satisfies ProblemCode[];

function json(schema: object, description: string): object {
  return { description, content: jsonContent(schema) };
}

/**
 * @param mode who a user is must be said in this way
 * @param server an URL, or `/` for the origin that serves the document
 */
export function issueDocument(mode: IdentityMode, server: string): object {
  const { schemes, requirement } = userSecurity(mode);
  return documentOf({
    title: 'couponrush issue API',
    description: 'For users, behind a gateway, on PORT. The admin API on ADMIN_PORT has a document of its own.',
    server,
    tags: [
      { name: 'issue', description: 'to get a coupon' },
      { name: 'read', description: 'what there is' },
      { name: 'health', description: 'for the load balancer' },
    ],
    securitySchemes: schemes,
    operations: [...userOperations(requirement), ...openOperations()],
  });
}

function userOperations(security: readonly object[]): Operation[] {
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
      security,
      parameters: [couponId, idempotencyKey],
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
          'REVOKED_COUPON',
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
      security,
      parameters: [couponId],
      responses: {
        200: json(
          object({ couponId: id, userId: userIdSchema, sequence: id, status: holdingStatus, issuedAt: time }),
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
        'Page by page: lastId of an answer asks for the next page. ' +
        'It shows what MySQL has: a coupon that was issued a moment ' +
        'may be missing until its row is written; GET of that coupon knows it at once.',
      tags: ['read'],
      security,
      parameters: [
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
  ];
}

function openOperations(): Operation[] {
  return [
    {
      path: '/api/v2/coupons/{couponId}',
      method: 'GET',
      operationId: 'readPublicCoupon',
      summary: 'What anyone may see of a coupon',
      description:
        'At most a second old, two through a cache on the way. Known without MySQL while the coupon is in Redis, ' +
        'except name and discount. serverTime is of the answer itself, and state is the one at that time.',
      tags: ['read'],
      security: [],
      parameters: [couponId],
      responses: {
        200: json(
          object({
            couponId: id,
            name: { type: ['string', 'null'], description: 'null: not known now, as MySQL is unreachable' },
            discountType: { type: ['string', 'null'], enum: ['FIXED', 'PERCENT', null] },
            discountAmount: { type: ['integer', 'null'] },
            state: { type: 'string', enum: ['SCHEDULED', 'OPEN', 'PAUSED', 'SOLD_OUT', 'CLOSED'] },
            opensAt: timeOrNull,
            closesAt: timeOrNull,
            total: { type: 'integer', minimum: 0, description: 'how many may be issued' },
            remaining: { type: 'integer', minimum: 0 },
            serverTime: {
              ...time,
              description: 'when this answer was made, by the clock that opens and closes coupons; never ahead of it',
            },
          }),
          'the coupon',
        ),
        ...problemAnswers([...edge, 'TOO_MANY_REQUESTS', 'NOT_FOUND_COUPON', 'NOT_READY', 'OVERLOADED']),
      },
    },
    livenessOperation('readLiveness', edge),
    {
      path: '/readyz',
      method: 'GET',
      operationId: 'readReadiness',
      summary: 'Requests may be sent here',
      tags: ['health'],
      security: [],
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
    thisDocumentOperation('readDescription', edge),
  ];
}
