// openapi.json of the admin port, made from its list of routes.
import { named } from '../admin/answer-schemas.ts';
import { history, look } from '../admin/live-schemas.ts';
import { SESSION_COOKIE } from '../admin/request-session.ts';
import { rolesFor } from '../admin/roles.ts';
import type { AdminRoute } from '../admin/route.ts';
import { adminRoutes } from '../admin/routes.ts';
import { idInPath, type Schema } from '../admin/schemas.ts';
import type { ProblemCode } from '../errors.ts';
import { storedUserSchema } from '../user-id.ts';
import { documentOf, jsonContent } from './document.ts';
import { livenessOperation, type Operation, problemAnswers, thisDocumentOperation } from './operation.ts';

/** Every route of the admin API can answer these. */
const adminProblems = [
  'BAD_REQUEST',
  'UNAUTHENTICATED_OPERATOR',
  'FORBIDDEN_OPERATOR',
  'TOO_MANY_REQUESTS',
  'HEADERS_TOO_LARGE',
  'STORES_AWAY',
  'OUTCOME_UNKNOWN',
] as const satisfies ProblemCode[];

/** Those that need to know who asks. */
const problemsOfIdentity: readonly ProblemCode[] = ['FORBIDDEN_OPERATOR'];
/** Of a route that asks no store. */
const problemsOfStores: readonly ProblemCode[] = ['STORES_AWAY', 'OUTCOME_UNKNOWN'];

const openProblems = ['BAD_REQUEST', 'HEADERS_TOO_LARGE'] as const satisfies ProblemCode[];

/** @param server an URL, or `/` for the origin that serves the document */
export function adminDocument(server: string): object {
  return documentOf({
    title: 'couponrush admin API',
    description: 'For operators, on ADMIN_PORT. The issue API on PORT has a document of its own.',
    server,
    tags: [
      { name: 'admin', description: 'for operators' },
      { name: 'health', description: 'for monitoring' },
    ],
    securitySchemes: {
      operatorToken: {
        type: 'http',
        scheme: 'bearer',
        description: 'ADMIN_TOKEN, the content of its file, or a token of a named operator. x-roles: who may',
      },
      sessionCookie: {
        type: 'apiKey',
        in: 'cookie',
        name: SESSION_COOKIE,
        description:
          'From POST /admin/v1/session, for browsers, with the port of the address behind its name ' +
          '(couponrush-session-8081), unless it is 80 or 443; both names are read. ' +
          'Changes need an Origin that is the Host, or Sec-Fetch-Site: same-origin',
      },
    },
    operations: [
      livenessOperation('readAdminLiveness', openProblems),
      thisDocumentOperation('readAdminDescription', openProblems),
      ...adminRoutes().map(operationOf),
    ],
    named: new Map([...named, [look, 'LiveLook'], [history, 'LiveHistory']]),
  });
}

function operationOf(route: AdminRoute): Operation {
  const { path, method, operationId, summary, description, query, body, bodyOptional, answer, mediaTypes, status } =
    route;
  const { dryRunAnswer } = route;
  return {
    path,
    method,
    operationId,
    summary,
    ...(description ? { description } : {}),
    tags: ['admin'],
    security: route.open ? [] : [{ operatorToken: [] }, { sessionCookie: [] }],
    'x-roles': rolesFor(operationId),
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => pathParameter(name)),
      ...(query ? queryParameters(query) : []),
      {
        name: 'X-Operator',
        in: 'header',
        required: false,
        description: 'a name for the audit table, with the shared token; a named operator is known by the own one',
        schema: { type: 'string', pattern: '^[A-Za-z0-9_.@+-]{1,64}$' },
      },
    ],
    ...(body ? { requestBody: { required: !bodyOptional, content: jsonContent(body) } } : {}),
    responses: {
      ...(dryRunAnswer ? { 200: { description: 'a dry run', content: jsonContent(dryRunAnswer) } } : {}),
      [status ?? 200]: {
        description: status === 201 ? 'made' : 'done',
        ...(status === 201 && !route.open
          ? { headers: { Location: { schema: { type: 'string' }, description: 'its path' } } }
          : {}),
        content: contentOf(answer, mediaTypes),
      },
      ...problemAnswers([...problemsOf(route), ...route.problems]),
    },
  };
}

function problemsOf({ method, open, storeless }: AdminRoute): ProblemCode[] {
  const never = [...(open ? problemsOfIdentity : []), ...(storeless ? problemsOfStores : [])];
  const possible = adminProblems.filter((code) => !never.includes(code));
  return method === 'GET' ? possible : [...possible, 'FORBIDDEN_ORIGIN'];
}

/** Streamed answers have media types of their own: one value of the schema a line. */
function contentOf(answer: Schema, mediaTypes: readonly string[] | undefined): object {
  if (!mediaTypes) return jsonContent(answer);
  const { 'application/json': content } = jsonContent(answer);
  return Object.fromEntries(mediaTypes.map((type) => [type, content]));
}

/** Ids of coupons are numbers in both APIs, and user ids of their type; what else stands in a path is text. */
function pathParameter(name: string): object {
  const what = name.endsWith('Id')
    ? { description: `id of the ${name.slice(0, -2)}`, schema: name === 'userId' ? storedUserSchema : idInPath }
    : { schema: { type: 'string' } };
  return { name, in: 'path', required: true, ...what };
}

function queryParameters({ properties, required = [] }: Schema): object[] {
  return Object.entries(properties as Record<string, Schema>).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: (required as string[]).includes(name),
    ...(description ? { description } : {}),
    schema,
  }));
}
