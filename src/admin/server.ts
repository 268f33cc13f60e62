// The admin API's server. Checks in this order: framing, route, token, body, fields, existence.
// Promise: every answer that is no success is a problem of the catalogue, and no other 5xx than 503 and 504 exists.
// All is bounded (I6): connections, header and body sizes, time to send a request, heavy requests at a time.

import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import { type ExplainedSetting, explainConfig } from '../config.ts';
import { OperationalError } from '../errors.ts';
import { LiveFeed } from '../overview/live/feed.ts';
import { ThrottledLog } from '../runtime/throttled-log.ts';
import type { Database } from '../store/database.ts';
import type { Stores } from '../stores.ts';
import { addRoute, type Places, type RouteSurroundings } from './add-route.ts';
import { liveness } from './answer-schemas.ts';
import type { Authenticator } from './authentication.ts';
import { addConsole, type ConsoleFile } from './console-files.ts';
import type { Refusal } from './installation-check.ts';
import { readJsonStrictly } from './json-body.ts';
import { refuseMalformed } from './malformed.ts';
import { problemOf, sendProblem } from './problem.ts';
import { RefusedRoles } from './refused-changes.ts';
import type { AdminRequest, AdminRoute } from './route.ts';
import { adminRoutes } from './routes.ts';
import { Sessions } from './sessions.ts';
import type { StoreWatch } from './store-watch.ts';
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
  /** Alerts are read from there; otherwise the live stream has the server's own health checks. */
  readonly prometheusUrl?: string | null;
  /** For the live stream, so that a silent MySQL holds no connection of other requests. */
  readonly liveDatabase?: Pick<Database, 'query'>;
  /** By path; otherwise the console is not there. */
  readonly consoleFiles?: ReadonlyMap<string, ConsoleFile>;
  /** What the server runs with; otherwise what this process does. */
  readonly settings?: () => readonly ExplainedSetting[];
}

const BODY_BYTES_MAX = 16 * 1024;
const HEADER_BYTES_MAX = 8 * 1024;
const CONNECTIONS_MAX = 300;
const REQUEST_WITHIN_MS = 10_000;
const KEEP_ALIVE_MS = 5000;
const PARAMETER_LENGTH_MAX = 256;
/** Verifying a coupon with a million holders takes some hundred megabytes for some seconds. */
const HEAVY_MAX = 2;
/** Lists that are sent as their readers take them, which may be slowly. */
const STREAMS_MAX = 4;
/** Of the live stream; their connections must leave some to the others. */
const VIEWERS_MAX = 200;

const CONSOLE_NOT_BUILT = { code: 'NOT_FOUND', detail: 'The console is not built: npm run build makes it' } as const;

export function createAdminServer(options: AdminServerOptions): FastifyInstance {
  const { servers, openapi, consoleFiles = new Map() } = options;
  const app = openFramework();
  app.decorateRequest('principal', null);
  app.decorateRequest('session', null);
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('Cache-Control')) void reply.header('Cache-Control', 'no-store');
    void reply.header('X-Content-Type-Options', 'nosniff');
  });

  const routes = adminRoutes();
  const paths = pathsOf(routes, [...consoleFiles.keys()]);
  // Before the body is parsed, which no route would read.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const methods = paths.find(({ pattern }) => pattern.test(request.url.split('?')[0] as string))?.methods;
    if (!methods) return sendProblem(reply, request.url === '/' ? CONSOLE_NOT_BUILT : { code: 'NOT_FOUND' });
    return sendProblem(reply.header('Allow', methods.join(', ')), { code: 'METHOD_NOT_ALLOWED' });
  });
  answerErrors(app, servers);
  app.get('/livez', { schema: { response: { 200: liveness } } }, async () => ({ status: 'live' }));
  addConsole(app, consoleFiles);
  app.get('/openapi.json', (_request, reply) => reply.type('application/json').send(openapi));

  const defects = new ThrottledLog(servers.log);
  const live = new LiveFeed({
    redis: servers.redis,
    database: options.liveDatabase ?? servers.database,
    metricsUrl: options.metricsUrl ?? null,
    prometheusUrl: options.prometheusUrl ?? null,
    refusal: options.refusal ?? (async () => null),
    onDefect: (error) => defects.write('error', { err: error }, 'a look for the console failed'),
  });
  app.addHook('preClose', () => live.stop());
  const surroundings: RouteSurroundings = {
    metricsUrl: null,
    rehearse: null,
    report: () => {},
    settings: explainConfig,
    refusal: undefined,
    watch: undefined,
    ...options,
    live,
    operators: () => options.authentication.listOperators?.() ?? [],
    refusedRoles: new RefusedRoles(options),
    sessions: new Sessions(options.authentication.findHolder ?? (() => null)),
  };
  const places = {
    heavy: { running: 0, max: HEAVY_MAX },
    streams: { running: 0, max: STREAMS_MAX },
    viewers: { running: 0, max: VIEWERS_MAX },
  };
  for (const route of routes) {
    addRoute(app, route, surroundings, placesFor(route, places));
  }
  return app;
}

/** Without a route: its limits, and what it reads. */
function openFramework(): FastifyInstance {
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
  return app;
}

function answerErrors(app: FastifyInstance, { log }: Stores): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request.method !== 'GET');
    if (error instanceof OperationalError && error.persistence === 'permanent' && error.cause !== undefined) {
      log.error({ code: error.code, error: error.message, route: request.routeOptions.url }, 'MySQL refuses');
    }
    if (problem) return sendProblem(reply, problem);
    log.error({ err: error, route: request.routeOptions.url }, 'a request of the admin API failed');
    return sendProblem(reply, { code: 'OUTCOME_UNKNOWN', detail: 'Something went wrong' });
  });
}

function placesFor(
  { endless, mediaTypes, heavy }: AdminRoute,
  { viewers, streams, heavy: heavyOnes }: Readonly<Record<'viewers' | 'streams' | 'heavy', Places>>,
): Places | null {
  if (endless) return viewers;
  return mediaTypes ? streams : heavy ? heavyOnes : null;
}

interface Path {
  readonly pattern: RegExp;
  readonly methods: readonly string[];
}

function pathsOf(routes: readonly AdminRoute[], files: readonly string[]): Path[] {
  const methods = new Map<string, string[]>(
    ['/livez', '/openapi.json', ...files].map((path) => [path, ['GET', 'HEAD']]),
  );
  for (const { path, method } of routes) {
    const known = methods.get(path) ?? [];
    methods.set(path, [...known, ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
  }
  return [...methods].map(([path, allowed]) => ({
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`),
    methods: allowed,
  }));
}
