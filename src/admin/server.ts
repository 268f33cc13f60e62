// The admin API's server. Checks in this order: framing, route, token, body, fields, existence.
// Promise: every answer that is no success is a problem of the catalogue, and no other 5xx than 503 and 504 exists.
// All is bounded (I6): connections, header and body sizes, time to send a request, heavy requests at a time.

import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { type ExplainedSetting, explainConfig } from '../config.ts';
import { attempt } from '../coupons/store-attempt.ts';
import { OperationalError } from '../errors.ts';
import { ABANDONED, untilAbandoned } from '../store/abandoned.ts';
import { withheldDatabase } from '../store/withheld.ts';
import type { Stores } from '../stores.ts';
import { userKey } from '../user-id.ts';
import { liveness } from './answer-schemas.ts';
import type { Authenticator } from './authentication.ts';
import { fieldProblems } from './field-problems.ts';
import type { Refusal } from './installation-check.ts';
import { readJsonStrictly } from './json-body.ts';
import { refuseMalformed } from './malformed.ts';
import type { Principal } from './principal.ts';
import { invalid, type Problem, problemOf, sendProblem } from './problem.ts';
import { RefusedRoles, recordingRefusals } from './refused-changes.ts';
import { rolesFor } from './roles.ts';
import type { AdminRequest, AdminRoute } from './route.ts';
import { adminRoutes } from './routes.ts';
import { paramsOf } from './schemas.ts';
import type { StoreWatch } from './store-watch.ts';
import { sendStream } from './stream.ts';
import { validatorCompiler } from './validation.ts';

export interface AdminServerOptions {
  readonly authentication: Authenticator;
  readonly servers: Stores;
  /** The text of openapi.json. */
  readonly openapi: string;
  /** Where the server publishes its counters; without it, a report has no refusals. */
  readonly metricsUrl?: string | null;
  /** The server that rehearsals go to; without it they are refused. */
  readonly rehearse?: AdminRequest['rehearse'];
  /** Why no request can be served now, but for the brake if it says so; null if each can. */
  readonly refusal?: () => Promise<Refusal | null>;
  /** Otherwise requests wait for a silent store as long as its connections do. */
  readonly watch?: StoreWatch;
  /** Called with the progress of the long work that runs now. */
  readonly report?: AdminRequest['report'];
  /** What the server runs with; otherwise what this process does. */
  readonly settings?: () => readonly ExplainedSetting[];
}

const BODY_BYTES_MAX = 16 * 1024;
const HEADER_BYTES_MAX = 8 * 1024;
const CONNECTIONS_MAX = 200;
const REQUEST_WITHIN_MS = 10_000;
const KEEP_ALIVE_MS = 5000;
const PARAMETER_LENGTH_MAX = 256;
/** Verifying a coupon with a million holders takes some hundred megabytes for some seconds. */
const HEAVY_MAX = 2;
/** Lists that are sent as their readers take them, which may be slowly. */
const STREAMS_MAX = 4;
const MORE_WITHIN_MS = 1000;
const NOTHING = Promise.resolve([]);
const OPERATOR_HEADER = 'x-operator';
const OPERATOR = /^[\w.@+-]{1,64}$/;
const OPERATOR_RULE = 'X-Operator must be 1 to 64 letters, digits, or any of . _ @ + -';

export function createAdminServer(options: AdminServerOptions): FastifyInstance {
  const { servers, openapi } = options;
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_WITHIN_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: REQUEST_WITHIN_MS, requestTimeout: REQUEST_WITHIN_MS },
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    clientErrorHandler: refuseMalformed,
    frameworkErrors: (_error, _request, reply) => {
      sendProblem(reply as FastifyReply, { code: 'BAD_REQUEST', detail: 'The path is malformed' });
    },
    logger: false,
    trustProxy: false,
    return503OnClosing: false,
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => JSON.stringify);
  // Only JSON: anything else is 415.
  app.removeContentTypeParser('text/plain');
  readJsonStrictly(app);
  app.decorateRequest('principal', null);
  app.addHook('onSend', async (_request, reply) => {
    void reply.header('Cache-Control', 'no-store').header('X-Content-Type-Options', 'nosniff');
  });

  const routes = adminRoutes();
  const paths = pathsOf(routes);
  // Before the body is parsed, which no route would read.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const methods = paths.find(({ pattern }) => pattern.test(request.url.split('?')[0] as string))?.methods;
    if (!methods) return sendProblem(reply, { code: 'NOT_FOUND' });
    return sendProblem(reply.header('Allow', methods.join(', ')), { code: 'METHOD_NOT_ALLOWED' });
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request.method !== 'GET');
    if (error instanceof OperationalError && error.persistence === 'permanent' && error.cause !== undefined) {
      servers.log.error({ code: error.code, error: error.message, route: request.routeOptions.url }, 'MySQL refuses');
    }
    if (problem) return sendProblem(reply, problem);
    servers.log.error({ err: error, route: request.routeOptions.url }, 'a request of the admin API failed');
    return sendProblem(reply, { code: 'OUTCOME_UNKNOWN', detail: 'Something went wrong' });
  });

  app.get('/livez', { schema: { response: { 200: liveness } } }, async () => ({ status: 'live' }));
  app.get('/openapi.json', (_request, reply) => reply.type('application/json').send(openapi));

  const places = { heavy: { running: 0, max: HEAVY_MAX }, streams: { running: 0, max: STREAMS_MAX } };
  const refusedRoles = new RefusedRoles(options);
  for (const route of routes) {
    const place = route.mediaTypes ? places.streams : route.heavy ? places.heavy : null;
    addRoute(app, route, options, place, refusedRoles);
  }
  return app;
}

function addRoute(
  app: FastifyInstance,
  route: AdminRoute,
  {
    authentication,
    servers: both,
    metricsUrl = null,
    rehearse = null,
    refusal,
    watch,
    report = () => {},
    settings = explainConfig,
  }: AdminServerOptions,
  place: { running: number; readonly max: number } | null,
  refusedRoles: RefusedRoles,
): void {
  const params = paramsOf(route.path);
  app.route({
    method: route.method,
    ...(route.bodyBytesMax ? { bodyLimit: route.bodyBytesMax } : {}),
    attachValidation: route.moreProblems !== undefined,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    schema: {
      ...(params ? { params } : {}),
      ...(route.query ? { querystring: route.query } : {}),
      ...(route.body ? { body: route.body } : {}),
    },
    onRequest: async (request, reply) => {
      const verdict = authentication.check(request.ip, request.headers.authorization);
      switch (verdict.kind) {
        case 'allowed':
          request.setDecorator('principal', verdict.principal);
          if (mayAsk(verdict.principal, route)) return undefined;
          return refuseRole(reply, refusedRoles, route, verdict.principal);
        case 'locked':
          return sendProblem(reply, { code: 'TOO_MANY_REQUESTS', retryAfterSeconds: verdict.retryAfterSeconds });
        case 'missing':
        case 'wrong':
          return sendProblem(reply.header('WWW-Authenticate', 'Bearer'), { code: 'UNAUTHENTICATED_OPERATOR' });
        default:
          return verdict satisfies never;
      }
    },
    preValidation: async (request) => {
      if (route.bodyOptional && request.body === undefined) request.body = {};
    },
    handler: async (request, reply) => {
      const principal = request.getDecorator<Principal>('principal');
      const actor = principal.actor ?? actorOf(request);
      if (actor === null) return sendProblem(reply, { code: 'BAD_REQUEST', detail: OPERATOR_RULE });
      const unproven = (await refusal?.()) ?? null;
      const isRefused = unproven !== null && !(route.isBrake && unproven.allowsBrake);
      if (isRefused) return sendProblem(reply, { code: 'NOT_READY', detail: unproven.reason });
      const servers = unproven ? { ...both, database: withheldDatabase(unproven.reason) } : both;
      const refused = await refusalOf(route, servers, request);
      if (refused) return sendProblem(reply, refused);
      if (place && place.running >= place.max) return sendProblem(reply, { code: 'OVERLOADED' });
      if (place) place.running += 1;
      const leave = () => {
        if (place) place.running -= 1;
      };
      let streams = false;
      let work: Promise<unknown> = Promise.resolve();
      try {
        const { couponId, userId, rehearsalId } = request.params as Record<string, string | undefined>;
        const ids = { couponId: Number(couponId), userId: userKey(userId ?? ''), rehearsalId: Number(rehearsalId) };
        const { body: sent, query } = request;
        const asked = { ...ids, body: sent, query, actor, principal, metricsUrl, rehearse, report, settings };
        const { status, location, body, mediaType, fileName } = await watched(route, watch, (stopped) => {
          const stores = route.heavy || !stopped ? servers : withPatience(servers, stopped);
          const handled = recordingRefusals(servers, route, asked, route.handle(stores, asked));
          work = handled;
          return handled;
        });
        if (mediaType) {
          streams = true;
          if (fileName) void reply.header('Content-Disposition', `attachment; filename="${fileName}"`);
          return sendStream(request, reply.type(mediaType), body as AsyncGenerator<string>, leave);
        }
        if (location) void reply.header('Location', location);
        return reply.code(status ?? 200).send(body);
      } finally {
        // An answer that was not waited for leaves its work behind, which needs its place until it ends.
        if (!streams) void work.catch((error) => reportAbandoned(servers, route, error)).then(leave, leave);
      }
    },
  });
}

/** Work that has no patience of its own ends if a store falls silent. */
function watched<T>(
  { ownPatience }: AdminRoute,
  watch: StoreWatch | undefined,
  work: (stopped?: AbortSignal) => Promise<T>,
): Promise<T> {
  return watch && !ownPatience ? watch.run(work) : work();
}

/** Heavy work has no need of it: it can be repeated, and opens nothing that was closed since. */
function withPatience(servers: Stores, stopped: AbortSignal): Stores {
  return { ...servers, database: untilAbandoned(servers.database, stopped) };
}

function reportAbandoned({ log }: Stores, { operationId }: AdminRoute, error: unknown): void {
  if (!(error instanceof OperationalError) || error.code !== ABANDONED) return;
  log.warn({ operationId }, 'a request whose outcome was answered as unknown has changed nothing');
}

/** Of a route whose rules say more than its schema: all that is wrong with its body, by both. */
async function refusalOf(route: AdminRoute, servers: Stores, request: FastifyRequest): Promise<Problem | null> {
  const error = request.validationError;
  if (!error) return null;
  if (error.validationContext !== 'body' || !error.validation) throw error;
  const fields = fieldProblems(error.validation);
  const wrong = new Set(fields.map(({ field }) => field.slice(1).split('/')[0] as string));
  const { couponId } = request.params as { couponId?: string };
  const given = { couponId: Number(couponId), body: request.body };
  // If MySQL does not answer, the schema's problems are enough to refuse the body.
  const more = (await attempt(route.moreProblems?.(servers, given, wrong) ?? NOTHING, MORE_WITHIN_MS)) ?? [];
  return invalid([...fields, ...more]);
}

function mayAsk({ role }: Principal, { operationId }: AdminRoute): boolean {
  return rolesFor(operationId).includes(role);
}

async function refuseRole(
  reply: FastifyReply,
  refusedRoles: RefusedRoles,
  route: AdminRoute,
  principal: Principal,
): Promise<FastifyReply> {
  const { operationId, summary } = route;
  const detail = `${summary}: for ${rolesFor(operationId).join(', ')}, and you are ${principal.role}`;
  await refusedRoles.record(route, principal, reply.request, detail);
  return sendProblem(reply, { code: 'FORBIDDEN_OPERATOR', detail });
}

/** For the holder of the shared token; a name in X-Operator is what they say of themselves. */
function actorOf(request: FastifyRequest): string | null {
  const operator = request.headers[OPERATOR_HEADER];
  if (operator === undefined) return `api ${request.ip}`;
  return typeof operator === 'string' && OPERATOR.test(operator) ? `api ${operator} from ${request.ip}` : null;
}

interface Path {
  readonly pattern: RegExp;
  readonly methods: readonly string[];
}

function pathsOf(routes: readonly AdminRoute[]): Path[] {
  const methods = new Map<string, string[]>([
    ['/livez', ['GET', 'HEAD']],
    ['/openapi.json', ['GET', 'HEAD']],
  ]);
  for (const { path, method } of routes) {
    const known = methods.get(path) ?? [];
    methods.set(path, [...known, ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
  }
  return [...methods].map(([path, allowed]) => ({
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`),
    methods: allowed,
  }));
}
