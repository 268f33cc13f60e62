// One operation of openapi.json, the answers that are problems, and the two operations that both ports have.
import { type ProblemCode, problems } from '../errors.ts';

export interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  /** Empty for an operation that is open to anyone. */
  readonly security: readonly object[];
  /** Who may, of the admin API. */
  readonly 'x-roles'?: readonly string[];
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}

export const problemSchema = {
  type: 'object',
  description: 'RFC 9457. docs/errors.md says what each code means, and what to do',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(problems) },
    detail: { type: 'string' },
    fields: {
      type: 'array',
      description: 'what is wrong in each field, if known',
      items: {
        type: 'object',
        properties: { field: { type: 'string' }, problem: { type: 'string' } },
        required: ['field', 'problem'],
      },
    },
    opensAt: { type: ['string', 'null'], format: 'date-time', description: 'of NOT_OPEN_COUPON' },
    checks: { type: 'object', additionalProperties: { type: 'string' }, description: 'of NOT_READY at /readyz' },
  },
  required: ['type', 'title', 'status', 'code'],
  additionalProperties: true,
} as const;

/** One answer for each status, by reference: its name lists its codes. */
export function problemAnswers(codes: readonly ProblemCode[]): Record<string, object> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set(codes)) {
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, ofStatus]) => [status, { $ref: `${ANSWERS}${ofStatus.sort().join('.')}` }]),
  );
}

export function livenessOperation(operationId: string, codes: readonly ProblemCode[]): Operation {
  return {
    path: '/livez',
    method: 'GET',
    operationId,
    summary: 'The process answers',
    tags: ['health'],
    security: [],
    responses: {
      200: {
        description: 'live',
        content: {
          'application/json': {
            schema: { type: 'object', properties: { status: { const: 'live' } }, required: ['status'] },
            example: { status: 'live' },
          },
        },
      },
      ...problemAnswers(codes),
    },
  };
}

export function thisDocumentOperation(operationId: string, codes: readonly ProblemCode[]): Operation {
  return {
    path: '/openapi.json',
    method: 'GET',
    operationId,
    summary: 'This document',
    tags: ['health'],
    security: [],
    responses: {
      200: {
        description: 'the document',
        content: { 'application/json': { schema: { type: 'object' }, example: { openapi: '3.1.0' } } },
      },
      ...problemAnswers(codes),
    },
  };
}

const ANSWERS = '#/components/responses/';

/** The answers that these operations refer to. */
export function referredAnswers(operations: readonly Operation[]): Record<string, object> {
  const names = operations.flatMap(({ responses }) =>
    Object.values(responses).flatMap((answer) => {
      const { $ref = '' } = answer as { $ref?: string };
      return $ref.startsWith(ANSWERS) ? [$ref.slice(ANSWERS.length)] : [];
    }),
  );
  return Object.fromEntries(
    [...new Set(names)].sort().map((name) => {
      const codes = name.split('.') as [ProblemCode, ...ProblemCode[]];
      return [name, problemAnswer(problems[codes[0]].status, codes)];
    }),
  );
}

function problemAnswer(status: number, codes: readonly [ProblemCode, ...ProblemCode[]]): object {
  const [code] = codes;
  const retryAfter = {
    'Retry-After': { required: true, description: 'whole seconds', schema: { type: 'integer', minimum: 0 } },
  };
  return {
    description: codes.map((code) => `${code}: ${problems[code].title}`).join('; '),
    ...(status === 503 || status === 429 ? { headers: retryAfter } : {}),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { type: 'object', properties: { code: { enum: codes }, status: { const: status } } },
          ],
        },
        example: { type: `urn:couponrush:problem:${code}`, title: problems[code].title, status, code },
      },
    },
  };
}
