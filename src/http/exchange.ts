// One request and its one response. The only writer of responses: in every case a request is answered at most once, and
// never after its client has left (which would abort the process).
import { type IssueProblemCode, problems } from '../errors.ts';
import type { Outcome, RequestMetrics, Route } from '../metrics/requests.ts';
import type { HttpResponse } from './engine/engine.ts';
import { outcomeOf } from './outcomes.ts';
import { dropBody } from './request-body.ts';

const JSON_TYPE = 'application/json';
const PROBLEM_JSON = 'application/problem+json';
const RETRY_AFTER_MIN_SECONDS = 1;
const RETRY_AFTER_SPREAD_SECONDS = 3;

export interface ServerState {
  /** Stopping: each response closes its connection, so that clients go elsewhere. */
  draining: boolean;
  /** Requests without a response. */
  open: number;
  readonly metrics: RequestMetrics;
}

export class Exchange {
  readonly method: string;
  /** When it arrived, on the monotonic clock. */
  readonly arrivedMs: number;
  readonly #response: HttpResponse;
  readonly #server: ServerState;
  readonly #route: Route;
  /** Lines for the answer, behind those that it has by itself; each begins with CR LF. */
  moreLines = '';
  #over = false;
  #body: Promise<void> | null = null;
  /** Its body is not read to the end, or its end is not certain: the answer closes the connection. */
  #endUncertain = false;
  /** Still within uWebSockets.js' call of the handler, which corks by itself. */
  #inHandler = true;

  constructor(response: HttpResponse, method: string, server: ServerState, route: Route) {
    this.method = method;
    this.arrivedMs = performance.now();
    this.#route = route;
    this.#response = response;
    this.#server = server;
    server.open += 1;
  }

  /**
   * To be called before the handler returns to uWebSockets.js, which aborts the process if there is neither an answer
   * nor a listener for the client's leaving. Most requests are answered by then, and need no listener.
   */
  leaveHandler(): void {
    this.#inHandler = false;
    if (!this.#over) this.#response.onAborted(() => this.#abandon());
  }

  /**
   * Reads and drops the body; to be called within the handler. uWebSockets.js 3.0.6 takes more for a chunked body than
   * others do (`0;a` is a size, ` 5` is the end, LF ends a line), so what follows one is never read as a request.
   */
  dropBody(framing: 'length' | 'chunked'): void {
    this.#endUncertain = true;
    this.#body = new Promise((resolve) => {
      dropBody(this.#response, (refusal) => {
        if (refusal !== null) this.problem('BAD_REQUEST', refusal);
        else this.#endUncertain = framing === 'chunked';
        resolve();
      });
    });
  }

  /** Settles when the body is read, or the request is over; null if it has none. */
  get body(): Promise<void> | null {
    return this.#body;
  }

  /** Answered, or the client has left. */
  get over(): boolean {
    return this.#over;
  }

  json(
    status: keyof typeof jsonHeads,
    body: string,
    outcome: Outcome = 'ok',
    extra?: { header?: [string, string]; cacheControl?: string },
  ): void {
    const cacheControl = extra?.cacheControl;
    const head = cacheControl === undefined ? jsonHeads[status] : headOf(status, JSON_TYPE, cacheControl);
    this.#write(outcome, head, body, extra?.header);
  }

  /** A part of a web page. @param policy its Content-Security-Policy */
  page(contentType: string, policy: string, content: string): void {
    const safety = 'X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer';
    const head = `${headOf('200 OK', contentType, 'no-cache')}\r\n${safety}\r\nContent-Security-Policy: ${policy}`;
    this.#write('ok', head, content);
  }

  /** @param detail what is particular to this request; plain text without quotes or backslashes */
  problem(
    code: IssueProblemCode,
    detail?: string,
    extra?: { header?: [string, string]; close?: boolean; members?: string },
  ): void {
    this.#write(
      outcomeOf[code],
      problemHeads[code],
      problemBody(code, detail, extra?.members),
      problems[code].status === 503 ? ['Retry-After', retryAfterSeconds()] : extra?.header,
      extra?.close,
    );
  }

  /** @param lines as `moreLines`, for this answer alone */
  noContent(lines: string): void {
    this.#write('ok', `204 No Content${lines}`, '');
  }

  /** Refuses a request of a client that asks too often, until there is room again. */
  tooMany(waitMs: number, detail: string): void {
    this.problem('TOO_MANY_REQUESTS', detail, { header: ['Retry-After', String(Math.ceil(waitMs / 1000))] });
  }

  /**
   * Refuses a request whose end is not certain, and closes its connection. One turn later: uWebSockets.js would go on
   * to read what follows in the same packet as the next request.
   */
  refuseAndClose(code: IssueProblemCode, detail: string): void {
    setImmediate(() => this.problem(code, detail, { close: true }));
  }

  #write(outcome: Outcome, head: string, body: string, header?: [string, string], close = false): void {
    if (this.#over) return;
    if (this.#inHandler && this.#endUncertain) {
      setImmediate(() => this.#write(outcome, head, body, header, close));
      return;
    }
    this.#finish();
    const closing = close || this.#endUncertain || this.#server.draining;
    if (this.#inHandler) this.#send(head, body, header, closing);
    else this.#response.cork(() => this.#send(head, body, header, closing));
    this.#server.metrics.countAnswer(this.#route, outcome, performance.now() - this.arrivedMs);
  }

  #send(head: string, body: string, header: [string, string] | undefined, closing: boolean): void {
    const response = this.#response;
    response.writeStatus(head + this.moreLines);
    if (header) response.writeHeader(header[0], header[1]);
    // A 204 has no length.
    if (body === '' && !closing) {
      response.endWithoutBody();
      return;
    }
    // end() writes `Connection: close` by itself.
    if (this.method !== 'HEAD') {
      response.end(body, closing);
      return;
    }
    // Only end() closes. It sends a length of 0, which a HEAD may.
    if (closing) {
      response.end('', true);
      return;
    }
    // With a length as its argument, endWithoutBody (3.0.6) does not count as an answer: the process aborts, or the
    // connection is dropped at the next request.
    response.writeHeader('Content-Length', String(Buffer.byteLength(body)));
    response.endWithoutBody();
  }

  #abandon(): void {
    if (!this.#over) this.#server.metrics.countAbandoned(this.#route);
    this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#server.open -= 1;
  }
}

/** Spread, so that those who were refused together don't return together. */
function retryAfterSeconds(): string {
  return String(RETRY_AFTER_MIN_SECONDS + Math.floor(Math.random() * RETRY_AFTER_SPREAD_SECONDS));
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** Status line and constant headers in one piece: each call into uWebSockets.js costs as much as a header. */
function headOf(status: string, contentType: string, cacheControl = 'no-store'): string {
  return `${status}\r\nContent-Type: ${contentType}\r\nCache-Control: ${cacheControl}`;
}

const jsonHeads = {
  '200 OK': headOf('200 OK', JSON_TYPE),
  '201 Created': headOf('201 Created', JSON_TYPE),
};

const problemHeads = Object.fromEntries(
  Object.entries(problems).map(([code, { status }]) => [code, headOf(`${status} ${reasons[status]}`, PROBLEM_JSON)]),
) as Readonly<Record<IssueProblemCode, string>>;

const bodiesWithoutDetail = Object.fromEntries(
  Object.entries(problems).map(([code, { status, title }]) => [
    code,
    JSON.stringify({ type: `urn:couponrush:problem:${code}`, title, status, code }),
  ]),
) as Readonly<Record<IssueProblemCode, string>>;

function problemBody(code: IssueProblemCode, detail: string | undefined, members: string | undefined): string {
  const base = bodiesWithoutDetail[code];
  if (detail === undefined) return base;
  return `${base.slice(0, -1)},"detail":"${detail}"${members ? `,${members}` : ''}}`;
}
