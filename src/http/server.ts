// The issue API's server: routes, and what every request goes through before its route.
// Promise: no request can end the process. A handler that throws, or leaves without an answer, would make
// uWebSockets.js abort; so each is entered through `guard`, and every path has a route.
// Checks in this order: framing, route, identity, ids; existence is the route's.
import { ID_MEANING, isId } from '../ids.ts';
import type { IdentityRefusal } from '../metrics/identities.ts';
import type { RequestMetrics, Route } from '../metrics/requests.ts';
import { pollUntil } from '../runtime/poll.ts';
import type { UserId } from '../user-id.ts';
import type { Cors } from './cors.ts';
import type { Edge } from './edge.ts';
import type { HttpApp, HttpEngine, HttpRequest, HttpResponse } from './engine/engine.ts';
import { Exchange, type ServerState } from './exchange.ts';
import { Fronts } from './fronts.ts';
import type { Identifier, Identity } from './identity/identity.ts';
import { replyUnidentified } from './identity/refusal-replies.ts';
import type { RequestLimits } from './limits/request-limits.ts';
import { BODY_BYTES_MAX } from './request-body.ts';
import { RequestHeaders } from './request-headers.ts';
import { routeTable } from './route-table.ts';

/** A route that anyone may ask. */
export type OpenRoute = (exchange: Exchange) => void | Promise<void>;
/** A route of an identified user and one coupon. */
export type MemberRoute = (
  exchange: Exchange,
  userId: UserId,
  couponId: number,
  /** null: malformed. */
  idempotencyKey: string | null | undefined,
) => void | Promise<void>;
/** A route of an identified user. */
export type UserRoute = (exchange: Exchange, userId: UserId, query: string) => void | Promise<void>;
/** A route of one coupon that anyone may ask. */
export type CouponRoute = (exchange: Exchange, couponId: number) => void | Promise<void>;

export interface Routes {
  readonly issue: MemberRoute;
  readonly holding: MemberRoute;
  readonly myCoupons: UserRoute;
  readonly coupon: CouponRoute;
  readonly live: OpenRoute;
  readonly ready: OpenRoute;
  readonly openapi: OpenRoute;
}

export interface HttpServerOptions extends Edge {
  readonly engine: HttpEngine;
  readonly routes: Routes;
  /** More that anyone may GET, by path: the demo page. Not part of the API. */
  readonly pages?: ReadonlyMap<string, OpenRoute>;
  readonly limits: RequestLimits;
  /** null: a browser lets no page of another origin read an answer. */
  readonly cors: Cors | null;
  /** Sockets that listen on the port, each with a queue of 512 connections. */
  readonly listenQueues: number;
  readonly reportError: (error: unknown) => void;
  /** A user could not be identified. */
  readonly onUnidentified: (reason: IdentityRefusal) => void;
  readonly metrics: RequestMetrics;
}

interface Front {
  readonly app: HttpApp;
  readonly state: ServerState;
}

const UNSOUND_BODY =
  `A body must be announced by one Content-Length of at most ${BODY_BYTES_MAX}, ` +
  'or by Transfer-Encoding: chunked alone';
const DRAIN_POLL_MS = 10;
/** Clients with an idle connection may be about to use it: they get an answer that says to go elsewhere. */
const DRAIN_QUIET_MS = 200;

export class HttpServer {
  #identifier: Identifier;
  readonly #limits: RequestLimits;
  readonly #cors: Cors | null;
  readonly #fronts: Fronts;
  readonly #headers = new RequestHeaders();
  readonly #reportError: (error: unknown) => void;
  readonly #onUnidentified: (reason: IdentityRefusal) => void;
  #lastRequestMs = 0;

  constructor({ engine, routes, pages = new Map(), tls, listenQueues, metrics, ...options }: HttpServerOptions) {
    this.#reportError = options.reportError;
    this.#onUnidentified = options.onUnidentified;
    this.#identifier = options.identifier;
    this.#limits = options.limits;
    this.#cors = options.cors;
    this.#fronts = new Fronts((app, state) => this.#addRoutes({ app, state }, routes, pages), {
      engine,
      tls,
      listenQueues,
      metrics,
    });
    metrics.watchServer(() => ({
      requestsOpen: this.#fronts.open,
      connections: this.#fronts.connections,
      connectionsMax: this.#fronts.connectionsMax,
    }));
  }

  /** Stopping: it takes no new connection. */
  get draining(): boolean {
    return this.#fronts.draining;
  }

  /** From the next request on, and for the next connections. @throws if it can't listen with this certificate */
  async replaceEdge({ identifier, tls }: Edge): Promise<void> {
    await this.#fronts.replaceTls(tls);
    this.#identifier = identifier;
  }

  /** @throws if the address can't be bound */
  async listen(host: string, port: number): Promise<void> {
    await this.#fronts.listen(host, port);
  }

  /** Takes no new connection, and waits until all requests are answered, `limitMs` at most. */
  async drain(limitMs: number): Promise<void> {
    const startMs = performance.now();
    this.#fronts.startDrain();
    this.#lastRequestMs = Math.max(this.#lastRequestMs, startMs);
    const isQuiet = () => this.#fronts.connections === 0 || performance.now() - this.#lastRequestMs >= DRAIN_QUIET_MS;
    const isDrained = () => this.#fronts.open === 0 && isQuiet();
    await pollUntil(isDrained, { everyMs: DRAIN_POLL_MS, withinMs: limitMs });
  }

  /** Cuts what is left. */
  close(): void {
    this.#fronts.close();
  }

  #addRoutes(front: Front, routes: Routes, pages: ReadonlyMap<string, OpenRoute>): void {
    const handlers: Readonly<Record<keyof Routes, RouteWithRequest>> = {
      ...routes,
      issue: this.#member(routes.issue),
      holding: this.#member(routes.holding),
      myCoupons: this.#user(routes.myCoupons),
      coupon: (exchange, request) => {
        const couponId = readCouponId(exchange, request.getParameter(0) ?? '');
        return couponId === null ? undefined : routes.coupon(exchange, couponId);
      },
    };
    for (const { name, method, path, metric } of routeTable) {
      this.#path(front, metric, path, { [method]: handlers[name] });
    }
    for (const [path, route] of pages) this.#path(front, 'other', path, { GET: route });
    front.app.any(
      '/*',
      this.#guarded(front, 'other', null, (exchange) => exchange.problem('NOT_FOUND')),
    );
  }

  #path(front: Front, name: Route, pattern: string, methods: Partial<Record<'GET' | 'POST', RouteWithRequest>>): void {
    const { app } = front;
    const { GET, POST } = methods;
    const own = [...(GET ? ['GET', 'HEAD'] : []), ...(POST ? ['POST'] : [])].join(', ');
    const allow = this.#cors ? `${own}, OPTIONS` : own;
    if (this.#cors) {
      const { preflightLinesFor } = this.#cors;
      const preflight: RouteWithRequest = (exchange, request) =>
        exchange.noContent(`\r\nAllow: ${allow}${preflightLinesFor(request.getHeader('origin'), own)}`);
      app.options(pattern, this.#guarded(front, 'other', 'OPTIONS', preflight));
    }
    if (GET) {
      app.get(pattern, this.#guarded(front, name, 'GET', GET));
      app.head(pattern, this.#guarded(front, name, 'HEAD', GET));
    }
    if (POST) app.post(pattern, this.#guarded(front, name, 'POST', POST));
    const refuse: RouteWithRequest = (exchange) =>
      exchange.problem('METHOD_NOT_ALLOWED', undefined, { header: ['Allow', allow] });
    app.any(pattern, this.#guarded(front, name, null, refuse));
  }

  /** @param method null if it is any: read from the request, and never by getMethod(), which changes it in place */
  #guarded({ state }: Front, name: Route, method: string | null, route: RouteWithRequest) {
    return (response: HttpResponse, request: HttpRequest) =>
      this.#guard(state, name, method ?? request.getCaseSensitiveMethod(), response, request, route);
  }

  #member(route: MemberRoute): RouteWithRequest {
    const enter = (
      exchange: Exchange,
      identity: Identity,
      coupon: string,
      idempotencyKey: string | null | undefined,
    ): void | Promise<void> => {
      const userId = this.#admit(exchange, identity);
      if (userId === null) return;
      const couponId = readCouponId(exchange, coupon);
      if (couponId === null) return;
      return route(exchange, userId, couponId, idempotencyKey);
    };
    return (exchange, request) => {
      // All that is needed of the request is read now: it is gone when this function has returned.
      const coupon = request.getParameter(0) ?? '';
      const { idempotencyKey } = this.#headers;
      const identity = this.#identifier.identify(this.#headers, exchange.method, request);
      const { body } = exchange;
      if (body === null && !(identity instanceof Promise)) return enter(exchange, identity, coupon, idempotencyKey);
      return Promise.all([identity, body]).then(([found]) => {
        if (!exchange.over) return enter(exchange, found, coupon, idempotencyKey);
      });
    };
  }

  #user(route: UserRoute): RouteWithRequest {
    return (exchange, request) => {
      const query = request.getQuery() ?? '';
      const enter = (identity: Identity) => {
        const userId = this.#admit(exchange, identity);
        return userId === null ? undefined : route(exchange, userId, query);
      };
      const identity = this.#identifier.identify(this.#headers, exchange.method, request);
      return identity instanceof Promise ? identity.then(enter) : enter(identity);
    };
  }

  /** null if the request was refused. */
  #admit(exchange: Exchange, identity: Identity): string | null {
    if ('userId' in identity) {
      const waitMs = this.#limits.takeForUser(identity.userId);
      if (waitMs === 0) return identity.userId;
      exchange.tooMany(waitMs, 'This user asks too often');
      return null;
    }
    this.#onUnidentified(identity.reason);
    replyUnidentified(exchange, identity.refusal, this.#identifier);
    return null;
  }

  #guard(
    state: ServerState,
    route: Route,
    method: string,
    response: HttpResponse,
    request: HttpRequest,
    handle: RouteWithRequest,
  ): void {
    const exchange = new Exchange(response, method, state, route);
    try {
      if (state.draining) this.#lastRequestMs = performance.now();
      this.#headers.read(request);
      if (this.#cors) exchange.moreLines = this.#cors.linesFor(request.getHeader('origin'));
      if (!this.#admitFraming(exchange, route)) return;
      if (this.#headers.tooLarge) {
        exchange.problem('HEADERS_TOO_LARGE');
        return;
      }
      if (this.#limits.limitsAddresses && route !== 'health' && !this.#admitAddress(exchange, response)) return;
      const result = handle(exchange, request);
      if (result) result.catch((error: unknown) => this.#fail(exchange, error));
    } catch (error) {
      this.#fail(exchange, error);
    } finally {
      exchange.leaveHandler();
    }
  }

  /** Only an issue request may have a body: clients and gateways send one, and none of it is needed. */
  #admitFraming(exchange: Exchange, route: Route): boolean {
    const { framing } = this.#headers;
    if (framing === 'no-body') return true;
    if (route !== 'issue' || exchange.method !== 'POST') {
      exchange.refuseAndClose('BAD_REQUEST', 'The request must not have a body');
      return false;
    }
    if (framing === 'unsound') {
      exchange.refuseAndClose('BAD_REQUEST', UNSOUND_BODY);
      return false;
    }
    exchange.dropBody(framing);
    return true;
  }

  #admitAddress(exchange: Exchange, response: HttpResponse): boolean {
    const peer = Buffer.from(response.getRemoteAddressAsText()).toString('latin1');
    const waitMs = this.#limits.takeForAddress(peer, this.#headers.forwardedFor);
    if (waitMs > 0) exchange.tooMany(waitMs, 'This address asks too often');
    return waitMs === 0;
  }

  /** A defect of ours. The request may or may not have had an effect, so its outcome is answered as unknown. */
  #fail(exchange: Exchange, error: unknown): void {
    this.#reportError(error);
    exchange.problem('OUTCOME_UNKNOWN', 'Something went wrong');
  }
}

/** null if the request was refused. */
function readCouponId(exchange: Exchange, text: string): number | null {
  if (isId(text)) return Number(text);
  exchange.problem('BAD_REQUEST', `The coupon id must be ${ID_MEANING}`);
  return null;
}

type RouteWithRequest = (exchange: Exchange, request: HttpRequest) => void | Promise<void>;
