// One operation of openapi.json, and the answers that are problems.
import { type ProblemCode, problems } from '../errors.ts';

export interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}

export const problemSchema = {
  type: 'object',
  description: 'RFC 9457. docs/errors.md tells what each code means, and what to do',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(problems) },
    detail: { type: 'string' },
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

function problemAnswer(status: number, codes: readonly ProblemCode[]): object {
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
      },
    },
  };
}
