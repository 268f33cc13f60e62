// One route in the server: who asks, whether it can be answered now, its turn, and its answer.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { attempt } from '../coupons/store-attempt.ts';
import { OperationalError } from '../errors.ts';
import { ABANDONED, untilAbandoned } from '../store/abandoned.ts';
import { withheldDatabase } from '../store/withheld.ts';
import type { Stores } from '../stores.ts';
import { userKey } from '../user-id.ts';
import { type Admission, admit } from './admission.ts';
import { fieldProblems } from './field-problems.ts';
import type { Refusal } from './installation-check.ts';
import type { Principal } from './principal.ts';
import { invalid, type Problem, sendProblem } from './problem.ts';
import { recordingRefusals } from './refused-changes.ts';
import { RequestSession } from './request-session.ts';
import type { AdminRequest, AdminRoute } from './route.ts';
import { paramsOf } from './schemas.ts';
import type { Sessions } from './sessions.ts';
import type { StoreWatch } from './store-watch.ts';
import { sendStream } from './stream.ts';

/** How many requests of a kind run at once. */
export interface Places {
  running: number;
  readonly max: number;
}

/** What all routes share. */
export interface RouteSurroundings
  extends Admission,
    Pick<AdminRequest, 'metricsUrl' | 'rehearse' | 'report' | 'settings' | 'live' | 'operators'> {
  readonly servers: Stores;
  readonly sessions: Sessions;
  /** Why no request can be served now, but for the brake if it says so; null if each can. */
  readonly refusal: (() => Promise<Refusal | null>) | undefined;
  readonly watch: StoreWatch | undefined;
}

const MORE_WITHIN_MS = 1000;
/** An endless stream says something each 5 s. */
const ENDLESS_STALL_MS = 15_000;
const NOTHING = Promise.resolve([]);
const OPERATOR_HEADER = 'x-operator';
const OPERATOR = /^[\w.@+-]{1,64}$/;
const OPERATOR_RULE = 'X-Operator must be 1 to 64 letters, digits, or any of . _ @ + -';

/** @param places null: as many as come */
export function addRoute(
  app: FastifyInstance,
  route: AdminRoute,
  surroundings: RouteSurroundings,
  places: Places | null,
): void {
  const params = paramsOf(route.path);
  const { sessions, authentication, refusal, servers: both } = surroundings;
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
      const session = new RequestSession(sessions, authentication, reply);
      const principal = await admit(surroundings, route, session, reply);
      if (!principal) return reply;
      request.setDecorator('principal', principal);
      request.setDecorator('session', session);
      return undefined;
    },
    preValidation: async (request) => {
      if (route.bodyOptional && request.body === undefined) request.body = {};
    },
    handler: async (request, reply) => {
      const principal = request.getDecorator<Principal>('principal');
      const actor = principal.actor ?? actorOf(request);
      if (actor === null) return sendProblem(reply, { code: 'BAD_REQUEST', detail: OPERATOR_RULE });
      const unproven = route.storeless ? null : ((await refusal?.()) ?? null);
      const isRefused = unproven !== null && !(route.isBrake && unproven.allowsBrake);
      if (isRefused) return sendProblem(reply, { code: 'NOT_READY', detail: unproven.reason });
      const servers = unproven ? { ...both, database: withheldDatabase(unproven.reason) } : both;
      const refused = await refusalOf(route, servers, request);
      if (refused) return sendProblem(reply, refused);
      return answer(route, { ...surroundings, servers }, places, { principal, actor }, reply);
    },
  });
}

async function answer(
  route: AdminRoute,
  { servers, watch, metricsUrl, rehearse, report, settings, live, operators }: RouteSurroundings,
  places: Places | null,
  asker: Pick<AdminRequest, 'principal' | 'actor'>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (places && places.running >= places.max) return sendProblem(reply, { code: 'OVERLOADED' });
  if (places) places.running += 1;
  const leave = () => {
    if (places) places.running -= 1;
  };
  const { request } = reply;
  let streams = false;
  let work: Promise<unknown> = Promise.resolve();
  try {
    const { couponId, userId, rehearsalId } = request.params as Record<string, string | undefined>;
    const ids = { couponId: Number(couponId), userId: userKey(userId ?? ''), rehearsalId: Number(rehearsalId) };
    const { body: sent, query } = request;
    const session = request.getDecorator<RequestSession>('session');
    const asked = {
      ...ids,
      ...asker,
      body: sent,
      query,
      session,
      metricsUrl,
      rehearse,
      report,
      settings,
      live,
      operators,
    };
    const { status, location, body, mediaType, fileName } = await watched(route, watch, (stopped) => {
      const stores = route.heavy || !stopped ? servers : withPatience(servers, stopped);
      const handled = recordingRefusals(servers, route, asked, route.handle(stores, asked));
      work = handled;
      return handled;
    });
    if (mediaType) {
      streams = true;
      if (fileName) void reply.header('Content-Disposition', `attachment; filename="${fileName}"`);
      const texts = body as AsyncGenerator<string>;
      // A proxy that gathers an answer before it passes it on, as nginx does, would hold up what has no end.
      if (route.endless) void reply.header('X-Accel-Buffering', 'no');
      return sendStream(request, reply.type(mediaType), texts, leave, route.endless ? ENDLESS_STALL_MS : undefined);
    }
    if (location) void reply.header('Location', location);
    return reply.code(status ?? 200).send(body);
  } finally {
    // An answer that was not waited for leaves its work behind, which needs its place until it ends.
    if (!streams) void work.catch((error) => reportAbandoned(servers, route, error)).then(leave, leave);
  }
}

/** Work that has no patience of its own ends if a store falls silent. */
function watched<T>(
  { ownPatience, storeless }: AdminRoute,
  watch: StoreWatch | undefined,
  work: (stopped?: AbortSignal) => Promise<T>,
): Promise<T> {
  return watch && !ownPatience && !storeless ? watch.run(work) : work();
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

/** For the holder of the shared token; a name in X-Operator is what they say of themselves. */
function actorOf(request: FastifyRequest): string | null {
  const operator = request.headers[OPERATOR_HEADER];
  if (operator === undefined) return `api ${request.ip}`;
  return typeof operator === 'string' && OPERATOR.test(operator) ? `api ${operator} from ${request.ip}` : null;
}
