// The one caller of the admin API. Paths, bodies and answers are typed by the API's own description (api-types.ts).
// The session's cookie identifies the operator.
// Promise: whatever goes wrong arrives as an ApiError; a request ends after 40 s (a close waits up to 30), or as given.
import { type Operations, operations, type Problem } from './api-types.ts';
import { type Field, type Nothing, urlOf } from './api-url.ts';
import { endSession, operatorName } from './session-state.ts';

export { urlOf } from './api-url.ts';

/** What an operation needs; what it has no field for can't be given. */
export type Input<Id extends keyof Operations> = (Nothing extends Field<Id, 'path'>
  ? { readonly path?: Field<Id, 'path'> }
  : { readonly path: Field<Id, 'path'> }) & {
  readonly query?: Field<Id, 'query'>;
  readonly body?: Field<Id, 'body'>;
  readonly signal?: AbortSignal;
  /** Until the request is given up; without it 40 s. */
  readonly withinMs?: number;
};

export type Answer<Id extends keyof Operations> = Operations[Id]['answer'];

/** No answer: the server, or the network on the way to it, is down. */
export const UNREACHABLE = 'UNREACHABLE';
/** An answer that is not of this API: a proxy's page, for instance. */
export const UNEXPECTED = 'UNEXPECTED';
/** The operator must log in again; nothing was changed. */
const SESSION_ENDED = 'SESSION_ENDED';
const WITHIN_MS = 40_000;

/** An answer that is not a success, as docs/errors.md describes it; or none at all. */
export class ApiError extends Error {
  readonly code: string;
  /** 0: no answer. */
  readonly status: number;
  readonly detail: string | null;
  readonly fields: readonly { readonly field: string; readonly problem: string }[];

  constructor({ code, status, detail, fields }: Omit<Partial<Problem>, 'code'> & { code: string; status: number }) {
    super(detail ?? code);
    this.code = code;
    this.status = status;
    this.detail = detail ?? null;
    this.fields = fields ?? [];
  }
}

/** @throws ApiError */
export function call<Id extends keyof Operations>(
  id: Id,
  ...[input]: Nothing extends Field<Id, 'path'> ? [Input<Id>?] : [Input<Id>]
): Promise<Answer<Id>> {
  const [method] = operations[id];
  const { path = {}, query = {}, body, signal, withinMs } = (input ?? {}) as Input<keyof Operations>;
  return request(method, urlOf(id, path, query), body, signal, withinMs) as Promise<Answer<Id>>;
}

/** Of an answer that has one JSON object a line. @throws ApiError */
export async function callLines<Line>(id: 'listWinners', input: Input<'listWinners'>): Promise<Line[]> {
  const url = urlOf(id, input.path, input.query);
  const response = await send('GET', url, undefined, input.signal, WITHIN_MS);
  const text = await response.text().catch(() => null);
  if (!response.ok) throw refusalOf(url, response.status, parse(text));
  const lines = text
    ?.split('\n')
    .filter((line) => line !== '')
    .map(parse);
  if (!lines || lines.includes(undefined)) throw new ApiError({ code: UNEXPECTED, status: response.status });
  return lines as Line[];
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

export async function request(
  method: string,
  url: string,
  body?: unknown,
  signal?: AbortSignal,
  withinMs = WITHIN_MS,
): Promise<unknown> {
  const response = await send(method, url, body, signal, withinMs);
  const parsed = await response.json().catch(() => undefined);
  if (response.ok && parsed !== undefined) return parsed;
  throw refusalOf(url, response.status, parsed);
}

function send(
  method: string,
  url: string,
  body: unknown,
  signal: AbortSignal | undefined,
  withinMs: number,
): Promise<Response> {
  const name = operatorName();
  return fetch(url, {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    signal: signal ? AbortSignal.any([signal, AbortSignal.timeout(withinMs)]) : AbortSignal.timeout(withinMs),
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(name === null ? {} : { 'X-Operator': name }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError({ code: UNREACHABLE, status: 0 });
  });
}

function refusalOf(url: string, status: number, parsed: unknown): ApiError {
  const problem = problemOf(status, parsed);
  // Also of a request that was sent before the session ended: the operator logs in again, and the page stays.
  if (problem.code !== 'UNAUTHENTICATED_OPERATOR' || url.endsWith('/session')) return problem;
  endSession();
  return new ApiError({ code: SESSION_ENDED, status: problem.status });
}

function problemOf(status: number, parsed: unknown): ApiError {
  const problem = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Partial<Problem>;
  if (typeof problem.code !== 'string') return new ApiError({ code: UNEXPECTED, status, detail: `HTTP ${status}` });
  return new ApiError({ ...problem, code: problem.code, status });
}

/** What a page shows of anything that was thrown. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError({ code: UNEXPECTED, status: 0, detail: error instanceof Error ? error.message : String(error) });
}
