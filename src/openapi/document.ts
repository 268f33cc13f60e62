// openapi.json, made from what the code itself uses: the admin API's list of routes with their schemas, the issue API's
// description, and the catalogue of errors. `npm run docs` writes the file; a test fails when it is not current.

import { named } from '../admin/answer-schemas.ts';
import type { AdminRoute } from '../admin/route.ts';
import { adminRoutes } from '../admin/routes.ts';
import { couponIdParams, type Schema } from '../admin/schemas.ts';
import type { ProblemCode } from '../errors.ts';
import { issueOperations } from './issue-api.ts';
import { type Operation, problemAnswers, problemSchema, referredAnswers } from './operation.ts';

/** Every route of the admin API can answer these. */
const adminProblems = [
  'BAD_REQUEST',
  'UNAUTHENTICATED_OPERATOR',
  'TOO_MANY_REQUESTS',
  'HEADERS_TOO_LARGE',
  'STORES_AWAY',
  'OUTCOME_UNKNOWN',
] as const satisfies ProblemCode[];

export function openapiDocument(): object {
  const operations = [...issueOperations(), ...adminRoutes().map(operationOf)];
  const paths: Record<string, Record<string, object>> = {};
  for (const { path, method, ...operation } of operations) {
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'couponrush',
      version: '2',
      description:
        'The issue API answers on PORT, the admin API (/admin/v1) on ADMIN_PORT. /livez and /openapi.json are on both.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      { url: 'http://127.0.0.1:8080', description: 'issue API' },
      { url: 'http://127.0.0.1:8081', description: 'admin API' },
    ],
    tags: [
      { name: 'issue', description: 'for users, on PORT' },
      { name: 'health', description: 'for the load balancer' },
      { name: 'admin', description: 'for operators, on ADMIN_PORT' },
    ],
    paths: withReferences(paths),
    components: {
      securitySchemes: {
        operatorToken: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN, or the content of its file' },
      },
      responses: referredAnswers(operations),
      schemas: {
        Problem: problemSchema,
        ...Object.fromEntries([...named].map(([schema, name]) => [name, withReferences(schema, schema)])),
      },
    },
  };
}

function operationOf(route: AdminRoute): Operation {
  const { path, method, operationId, summary, description, query, body, bodyOptional, answer, mediaTypes, status } =
    route;
  return {
    path,
    method,
    operationId,
    summary,
    ...(description ? { description } : {}),
    tags: ['admin'],
    security: [{ operatorToken: [] }],
    parameters: [
      ...(path.includes('{couponId}') ? parametersOf(couponIdParams, 'path') : []),
      ...(query ? parametersOf(query, 'query') : []),
      {
        name: 'X-Operator',
        in: 'header',
        required: false,
        description: 'a name for the audit table',
        schema: { type: 'string', pattern: '^[A-Za-z0-9_.@+-]{1,64}$' },
      },
    ],
    ...(body ? { requestBody: { required: !bodyOptional, content: { 'application/json': { schema: body } } } } : {}),
    responses: {
      [status ?? 200]: {
        description: status === 201 ? 'made' : 'done',
        ...(status === 201 ? { headers: { Location: { schema: { type: 'string' }, description: 'its path' } } } : {}),
        content: Object.fromEntries((mediaTypes ?? ['application/json']).map((type) => [type, { schema: answer }])),
      },
      ...problemAnswers([...adminProblems, ...route.problems]),
    },
  };
}

function parametersOf({ properties }: Schema, place: 'path' | 'query'): object[] {
  return Object.entries(properties as Record<string, Schema>).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === 'path',
    ...(description ? { description } : {}),
    schema,
  }));
}

/** Named schemas are told once. @param self the one that is told here */
function withReferences<T>(value: T, self?: unknown): T {
  if (typeof value !== 'object' || value === null) return value;
  const name = value === self ? undefined : named.get(value);
  if (name) return { $ref: `#/components/schemas/${name}` } as T;
  if (Array.isArray(value)) return value.map((item) => withReferences(item)) as T;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withReferences(item)])) as T;
}
