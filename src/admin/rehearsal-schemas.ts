// What the admin API takes and answers of rehearsals, as JSON Schema.
import { storedUserSchema } from '../user-id.ts';
import { timeOut, verification } from './answer-schemas.ts';
import { count, flag, id, nullable, object, type Schema, text } from './schemas.ts';

export const REHEARSAL_USERS_MAX = 10_000;
/** Far above the ids of real users, and below the pseudonyms of erased ones (src/user-id-number.ts). */
export const REHEARSAL_FIRST_USER = 9_000_000_000_000_001;

export const rehearsalBody: Schema = object(
  {
    users: { type: 'integer', minimum: 1, maximum: REHEARSAL_USERS_MAX, description: 'who ask at once' },
    firstUser: {
      type: 'integer',
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER - REHEARSAL_USERS_MAX,
      default: REHEARSAL_FIRST_USER,
      description:
        'number of the first of them; the others follow. New numbers are new users. They are issued to as any user ' +
        'is, and webhooks report it: take numbers that no real user has',
    },
    duplicates: { ...flag, default: false, description: 'each asks twice at the same time' },
  },
  ['firstUser', 'duplicates'],
);

const number = { type: 'number', minimum: 0 } as const;
const spread = nullable(object({ min: number, p50: number, p90: number, p99: number, max: number }));
const proof = object({
  proven: flag,
  verdict: { ...text, description: 'PROVEN, or NOT PROVEN and why, in a sentence' },
  reasons: { type: 'array', items: text, description: 'why it is not proven' },
  notes: { type: 'array', items: text, description: 'what could be misunderstood of the outcome' },
  requests: count,
  answers: { type: 'object', additionalProperties: count, description: 'how often: `201`, `400 OUT_OF_STOCK_COUPON`' },
  users: object({ granted: count, unknown: count, alreadyIssued: count, refused: count }),
  firstUserId: storedUserSchema,
  lastUserId: storedUserSchema,
  heldBefore: { ...count, description: 'of these users' },
  settled: object({ issued: count, notIssued: count, unsettled: count }),
  answersPerSecond: number,
  durationMs: { ...number, description: 'from the first connection to the last answer' },
  connectsWithinMs: number,
  latencyMs: { ...spread, description: 'from the request to its answer; null: no answer' },
  withConnectMs: spread,
  drain: object({ rowsAtLastAnswer: count, allRowsAfterMs: nullable(count), drained: flag }),
  violations: {
    type: 'array',
    description: 'where answers contradict the stores',
    items: object({ name: text, count, meaning: text, examples: { type: 'array', items: {} } }),
  },
  verification,
});

const fields = {
  id: { ...id, description: 'that of its record in the audit table' },
  couponId: id,
  actor: text,
  users: count,
  firstUser: id,
  duplicates: flag,
  holdersBefore: { ...count, description: 'users who held the coupon when it began' },
  startedAt: timeOut,
  endedAt: nullable(timeOut),
  state: { type: 'string', enum: ['running', 'done', 'failed'] },
  progress: { ...text, description: 'what happens now' },
  failure: { ...nullable(text), description: 'why it failed: nothing is proven then' },
} as const;

export const rehearsal: Schema = object({
  ...fields,
  result: { ...nullable(proof), description: 'null: it runs, or has failed' },
});
export const rehearsalList: Schema = object({
  rehearsals: {
    type: 'array',
    items: object({ ...fields, proven: { ...nullable(flag), description: 'null: it runs' } }),
  },
});
export const rehearsalPage = { type: 'string', description: 'one HTML page without script or reference' } as const;
