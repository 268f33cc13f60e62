// The issue API's server: routes, and what every request goes through before its route.
// Promise: no request can end the process. A handler that throws, or leaves without an answer, would make
// uWebSockets.js abort; so each is entered through `guard`, and every path has a route.
// Checks in this order: framing, route, identity, ids; existence is the route's.
import { type Route, watchServer } from '../metrics/requests.ts';
import { Exchange, type ServerState } from './exchange.ts';
import { identify } from './identity.ts';
import { isCanonicalId } from './ids.ts';
import { Listener } from './listener.ts';
import { RequestHeaders } from './request-headers.ts';
import { type HttpRequest, type HttpResponse, type TemplatedApp, uWS } from './uws.ts';

/** A route that anyone may ask. */
export type OpenRoute = (exchange: Exchange) => void | Promise<void>;
/** A route of an identified user and one coupon. */
export type MemberRoute = (
  exchange: Exchange,
  userId: string,
  couponId: number,
  /** Of this request as long as the route has not returned or awaited. */
  headers: RequestHeaders,
) => void | Promise<void>;

/** A route of an identified user. */
export type UserRoute = (exchange: Exchange, userId: string, query: string) => void | Promise<void>;
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

const DRAIN_POLL_MS = 10;
/** Clients with an idle connection may be about to use it: they get an answer that says to go elsewhere. */
const DRAIN_QUIET_MS = 200;

export class HttpServer {
  readonly state: ServerState = { draining: false, open: 0 };
  readonly #app: TemplatedApp;
  readonly #listener: Listener;
  readonly #headers = new RequestHeaders();
  readonly #reportError: (error: unknown) => void;
  #lastRequestMs = 0;

  constructor(routes: Routes, reportError: (error: unknown) => void) {
    this.#reportError = reportError;
    this.#app = uWS.App();
    this.#listener = new Listener(this.#app);
    this.#path('issue', '/api/v2/me/coupons/:couponId/issue', { POST: this.#member(routes.issue) });
    this.#path('holding', '/api/v2/me/coupons/:couponId', { GET: this.#member(routes.holding) });
    this.#path('list', '/api/v2/me/coupons', {
      GET: (exchange, request) => {
        const userId = this.#userOf(exchange);
        return userId === null ? undefined : routes.myCoupons(exchange, userId, request.getQuery() ?? '');
      },
    });
    this.#path('view', '/api/v2/coupons/:couponId', {
      GET: (exchange, request) => {
        const couponId = couponOf(exchange, request);
        return couponId === null ? undefined : routes.coupon(exchange, couponId);
      },
    });
    this.#path('health', '/livez', { GET: routes.live });
    this.#path('health', '/readyz', { GET: routes.ready });
    this.#path('other', '/openapi.json', { GET: routes.openapi });
    this.#app.any('/*', (response, request) => {
      this.#guard('other', response, request, (exchange) => exchange.problem('NOT_FOUND'));
    });
    watchServer(() => ({
      requestsOpen: this.state.open,
      connections: this.#listener.connections,
      connectionsMax: this.#listener.connectionsMax,
    }));
  }

  /** @throws if the address can't be bound */
  listen(host: string, port: number): void {
    this.#listener.open(host, port);
  }

  /** Takes no new connection, and waits until all requests are answered, `limitMs` at most. */
  async drain(limitMs: number): Promise<void> {
    const startMs = performance.now();
    this.state.draining = true;
    this.#listener.close();
    this.#lastRequestMs = Math.max(this.#lastRequestMs, startMs);
    for (;;) {
      const nowMs = performance.now();
      const quiet = this.#listener.connections === 0 || nowMs - this.#lastRequestMs >= DRAIN_QUIET_MS;
      if ((this.state.open === 0 && quiet) || nowMs - startMs >= limitMs) return;
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    }
  }

  /** Cuts what is left. */
  close(): void {
    this.#app.close();
  }

  #path(name: Route, pattern: string, methods: Partial<Record<'GET' | 'POST', RouteWithRequest>>): void {
    const allow = Object.keys(methods).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    this.#app.any(pattern, (response, request) => {
      // Before anything else reads the method: getMethod() changes it to lower case in place.
      const method = request.getCaseSensitiveMethod();
      const route = method === 'HEAD' ? methods.GET : methods[method as 'GET' | 'POST'];
      if (route) this.#guard(name, response, request, (exchange) => route(exchange, request), method);
      else {
        this.#guard(
          name,
          response,
          request,
          (exchange) => exchange.problem('METHOD_NOT_ALLOWED', undefined, { header: ['Allow', allow.join(', ')] }),
          method,
        );
      }
    });
  }

  #member(route: MemberRoute): RouteWithRequest {
    return (exchange, request) => {
      const userId = this.#userOf(exchange);
      if (userId === null) return;
      const couponId = couponOf(exchange, request);
      if (couponId === null) return;
      return route(exchange, userId, couponId, this.#headers);
    };
  }

  /** null where the request was refused. */
  #userOf(exchange: Exchange): string | null {
    const identity = identify(this.#headers);
    if (!('refusal' in identity)) return identity.userId;
    if (identity.refusal === 'missing') exchange.problem('UNAUTHENTICATED_USER');
    else exchange.problem('BAD_REQUEST', 'Commerce-User-Id must be one decimal from 1 to 9007199254740991');
    return null;
  }

  #guard(
    route: Route,
    response: HttpResponse,
    request: HttpRequest,
    handle: (exchange: Exchange) => void | Promise<void>,
    method = request.getCaseSensitiveMethod(),
  ): void {
    const exchange = new Exchange(response, method, this.state, route);
    try {
      if (this.state.draining) this.#lastRequestMs = performance.now();
      this.#headers.read(request);
      if (this.#headers.framing === 'body') {
        exchange.refuseAndClose('BAD_REQUEST', 'The request must not have a body');
        return;
      }
      if (this.#headers.framing === 'too-large') {
        exchange.problem('HEADERS_TOO_LARGE');
        return;
      }
      const result = handle(exchange);
      if (result) result.catch((error: unknown) => this.#fail(exchange, error));
    } catch (error) {
      this.#fail(exchange, error);
    } finally {
      exchange.leaveHandler();
    }
  }

  /** A defect of ours. The request may or may not have had an effect, so its outcome is told as unknown. */
  #fail(exchange: Exchange, error: unknown): void {
    this.#reportError(error);
    exchange.problem('OUTCOME_UNKNOWN', 'Something went wrong');
  }
}

/** null where the request was refused. */
function couponOf(exchange: Exchange, request: HttpRequest): number | null {
  const couponId = request.getParameter(0) ?? '';
  if (isCanonicalId(couponId)) return Number(couponId);
  exchange.problem('BAD_REQUEST', 'The coupon id must be a decimal from 1 to 9007199254740991');
  return null;
}

type RouteWithRequest = (exchange: Exchange, request: HttpRequest) => void | Promise<void>;
