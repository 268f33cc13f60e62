// One request and its one response. The only writer of responses: whatever happens, a request is answered at most once,
// and never after its client has left (which would abort the process).
import { type ProblemCode, problems } from '../errors.ts';
import { countAbandoned, countAnswer, type Outcome, type Route } from '../metrics/requests.ts';
import { outcomeOf } from './outcomes.ts';
import type { HttpResponse } from './uws.ts';

const PROBLEM_JSON = 'application/problem+json';
const RETRY_AFTER_MIN_SECONDS = 1;
const RETRY_AFTER_SPREAD_SECONDS = 3;

export interface ServerState {
  /** Stopping: each response closes its connection, so that clients go elsewhere. */
  draining: boolean;
  /** Requests without a response. */
  open: number;
}

export class Exchange {
  readonly method: string;
  /** When it arrived, on the monotonic clock. */
  readonly arrivedMs: number;
  readonly #response: HttpResponse;
  readonly #server: ServerState;
  readonly #route: Route;
  #over = false;

  constructor(response: HttpResponse, method: string, server: ServerState, route: Route) {
    this.method = method;
    this.arrivedMs = performance.now();
    this.#route = route;
    this.#response = response;
    this.#server = server;
    server.open += 1;
    response.onAborted(() => this.#abandon());
  }

  /** Answered, or the client has left. */
  get over(): boolean {
    return this.#over;
  }

  json(status: string, body: string, outcome: Outcome = 'ok'): void {
    this.#write(outcome, status, 'application/json', body);
  }

  /** @param detail what is particular to this request; plain text without quotes or backslashes */
  problem(
    code: ProblemCode,
    detail?: string,
    extra?: { header?: [string, string]; close?: boolean; members?: string },
  ): void {
    this.#write(
      outcomeOf[code],
      statusLines[code],
      PROBLEM_JSON,
      problemBody(code, detail, extra?.members),
      problems[code].status === 503 ? ['Retry-After', retryAfterSeconds()] : extra?.header,
      extra?.close,
    );
  }

  /**
   * Refuses a request whose end can't be told, and closes its connection. One turn later: uWebSockets.js would go on to
   * read what follows in the same packet as the next request.
   */
  refuseAndClose(code: ProblemCode, detail: string): void {
    setImmediate(() => this.problem(code, detail, { close: true }));
  }

  #write(
    outcome: Outcome,
    status: string,
    contentType: string,
    body: string,
    header?: [string, string],
    close = false,
  ): void {
    if (this.#over) return;
    this.#finish();
    const response = this.#response;
    const closing = close || this.#server.draining;
    response.cork(() => {
      response.writeStatus(status).writeHeader('Content-Type', contentType).writeHeader('Cache-Control', 'no-store');
      if (header) response.writeHeader(header[0], header[1]);
      if (closing) response.writeHeader('Connection', 'close');
      if (this.method === 'HEAD') response.endWithoutBody(Buffer.byteLength(body), closing);
      else response.end(body, closing);
    });
    countAnswer(this.#route, outcome, performance.now() - this.arrivedMs);
  }

  #abandon(): void {
    if (!this.#over) countAbandoned(this.#route);
    this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#server.open -= 1;
  }
}

/** Spread, so that those who were refused together don't come back together. */
function retryAfterSeconds(): string {
  return String(RETRY_AFTER_MIN_SECONDS + Math.floor(Math.random() * RETRY_AFTER_SPREAD_SECONDS));
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const statusLines = Object.fromEntries(
  Object.entries(problems).map(([code, { status }]) => [code, `${status} ${reasons[status]}`]),
) as Readonly<Record<ProblemCode, string>>;

const bodiesWithoutDetail = Object.fromEntries(
  Object.entries(problems).map(([code, { status, title }]) => [
    code,
    JSON.stringify({ type: `urn:couponrush:problem:${code}`, title, status, code }),
  ]),
) as Readonly<Record<ProblemCode, string>>;

function problemBody(code: ProblemCode, detail: string | undefined, members: string | undefined): string {
  const base = bodiesWithoutDetail[code];
  if (detail === undefined) return base;
  return `${base.slice(0, -1)},"detail":"${detail}"${members ? `,${members}` : ''}}`;
}
