// Every failure of the admin API as application/problem+json. The one table from an error to its code.
import type { FastifyError, FastifyReply } from 'fastify';
import { MoveRefused } from '../coupons/move.ts';
import { OperationalError, type ProblemCode, problems } from '../errors.ts';
import { isRedisReply } from '../redis/verified-pool.ts';
import { type FieldProblem, fieldProblems, sentenceOf } from './field-problems.ts';

export interface Problem {
  readonly code: ProblemCode;
  readonly detail?: string | undefined;
  readonly fields?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number;
}

/** Thrown by a route: its answer is this problem. */
export class RefusedRequest extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.code);
    this.problem = problem;
  }
}

const RETRY_AFTER_SECONDS = 1;
/** The statement may or may not have had its effect. */
const UNSETTLED = new Set(['QUERY_TIMEOUT', 'PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE', 'ER_SERVER_SHUTDOWN']);
/** MySQL's columns can't hold a value: too long, out of range, not a text in its character set. */
const VALUE_REFUSED = new Set([
  'ER_WARN_DATA_OUT_OF_RANGE',
  'WARN_DATA_TRUNCATED',
  'ER_TRUNCATED_WRONG_VALUE',
  'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
  'ER_DATA_TOO_LONG',
  'ER_DATA_OUT_OF_RANGE',
]);
/** A rule of the database about what is in it: a CHECK, or a trigger of its owner. */
const RULE_REFUSED = new Set(['ER_CHECK_CONSTRAINT_VIOLATED', 'ER_SIGNAL_EXCEPTION']);
const REDIS_AWAY = /connection is closed|command timed out|isn't writeable|max retries|socket timeout|ECONN|ETIMEDOUT/i;

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { code, detail, fields, retryAfterSeconds = RETRY_AFTER_SECONDS } = problem;
  const { status, title } = problems[code];
  if (status === 503 || status === 429) void reply.header('Retry-After', String(retryAfterSeconds));
  const body = { type: `urn:couponrush:problem:${code}`, title, status, code, detail, fields };
  return reply.code(status).type('application/problem+json').send(JSON.stringify(body));
}

/** @param changes whether the request may have changed something */
export function problemOf(error: unknown, changes: boolean): Problem | null {
  if (error instanceof RefusedRequest) return error.problem;
  if (error instanceof MoveRefused) {
    const fields = refusedFields(error);
    return { code: error.code, detail: error.message, ...(fields.length > 0 ? { fields } : {}) };
  }
  if (error instanceof OperationalError) {
    if (error.persistence === 'permanent') return permanentProblem(error);
    if (error.code === 'NO_STORE' || error.code === 'REDIS_SILENT')
      return { code: 'STORES_AWAY', detail: error.message };
    if (error.code === 'REBUILD_INTERRUPTED') return { code: 'NOT_READY', detail: error.message };
    if (changes && UNSETTLED.has(error.code)) {
      return { code: 'OUTCOME_UNKNOWN', detail: 'MySQL did not answer: read the coupon to see what came of it' };
    }
    const detail =
      'MySQL can not be asked now ' +
      `(${error.code})${changes ? ': a move changed nothing, longer work may have begun' : ''}`;
    return { code: 'STORES_AWAY', detail };
  }
  if (isRedisReply(error)) return { code: 'STORES_AWAY', detail: `Redis refuses: ${error.message.slice(0, 100)}` };
  if (error instanceof Error && REDIS_AWAY.test(error.message)) {
    return { code: 'STORES_AWAY', detail: 'Redis can not be asked now' };
  }
  return frameworkProblem(error as FastifyError);
}

export function invalid(fields: readonly FieldProblem[]): Problem {
  return { code: 'VALIDATION_FAILED', detail: sentenceOf(fields), fields };
}

export function refusedFields({ fields }: MoveRefused): FieldProblem[] {
  return fields.map(({ field, problem }) => ({ field: `/${field}`, problem }));
}

/** Nothing was changed. MySQL's own text names columns and bytes: it goes to the log, its code to the operator. */
function permanentProblem({ code, message, cause }: OperationalError): Problem {
  // Ours, in words for the operator.
  if (cause === undefined) return { code: 'STATE_CONFLICT', detail: message };
  if (VALUE_REFUSED.has(code)) return { code: 'VALIDATION_FAILED', detail: `MySQL can not store a value (${code})` };
  if (RULE_REFUSED.has(code))
    return { code: 'STATE_CONFLICT', detail: `A rule of the database refuses this (${code})` };
  return { code: 'STORES_AWAY', detail: `MySQL refuses what its schema should accept (${code}): nothing was changed` };
}

/** What fastify itself refuses, before any of our code. */
function frameworkProblem(error: Partial<FastifyError>): Problem | null {
  if (error.validation) {
    const fields = fieldProblems(error.validation);
    return error.validationContext === 'params'
      ? { code: 'BAD_REQUEST', detail: sentenceOf(fields), fields }
      : invalid(fields);
  }
  switch (error.statusCode) {
    case 413:
      return { code: 'PAYLOAD_TOO_LARGE' };
    case 415:
      return { code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'The body must be application/json' };
    case 400:
      return { code: 'BAD_REQUEST', detail: 'The request or its JSON is malformed, or is not UTF-8' };
    default:
      return null;
  }
}
