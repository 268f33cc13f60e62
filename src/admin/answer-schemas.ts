// What the admin API answers, as JSON Schema, for openapi.json. Tests hold the answers against it.
import { draftFates } from '../coupons/pause-all.ts';
import { warningMeanings, warnings as warningNames } from '../coupons/warnings.ts';
import { allEventTypes } from '../events/event-types.ts';
import { couponStates, LOADED_STATES } from '../store/tables/coupons.ts';
import { storedUserSchema } from '../user-id.ts';
import { gapNames } from '../verify/gaps.ts';
import { count, discountType, editedCoupon, flag, id, letterId, newCoupon, nullable, object, text } from './schemas.ts';

export const timeOut = { type: 'string', format: 'date-time', description: 'ISO 8601, UTC, milliseconds' } as const;
const couponFields = {
  id,
  name: text,
  state: { type: 'string', enum: couponStates },
  version: count,
  totalStock: { ...count, description: 'how many may be issued' },
  left: { ...count, description: 'how many of them MySQL has no row for' },
  stock: { ...count, deprecated: true, description: 'the same as left' },
  discountType,
  discountAmount: count,
  opensAt: nullable(timeOut),
  closesAt: nullable(timeOut),
  expiresAt: nullable(timeOut),
  expiredAt: { ...nullable(timeOut), deprecated: true, description: 'the same as expiresAt' },
  createdAt: timeOut,
  rehearsal: { ...flag, description: 'made to be rehearsed with; it never changes' },
} as const;
const loadedState = { type: 'string', enum: LOADED_STATES } as const;
const pauseMark = object({ at: timeOut, actor: text, reason: nullable(text) });
const live = object({
  loaded: { ...flag, description: 'false: Redis can not decide about it now' },
  totalStock: count,
  stock: { ...count, deprecated: true, description: 'the same as totalStock' },
  state: { ...nullable(loadedState), description: 'by which Redis decides' },
  unrecordedPause: {
    ...nullable(pauseMark),
    description: 'the oldest pause that MySQL does not have yet',
  },
  holders: count,
  left: count,
  sequence: count,
  revoked: count,
  backlog: { ...count, description: 'issued, and not in MySQL yet' },
  outboxEntries: count,
  deadLetters: count,
});
const phase = {
  type: 'string',
  enum: ['draft', 'scheduled', 'open', 'sold-out', 'paused', 'ended', 'closed', 'archived'],
} as const;

export const coupon = object(couponFields);
const standing = { type: 'string', enum: ['ok', 'unreachable'], description: 'whether it answers' } as const;
const standings = { mysql: standing, redis: standing };
const { id: couponId, opensAt, closesAt, expiresAt, expiredAt, ...others } = couponFields;
/** Null is what only a store knows that does not answer. */
const shownFields = {
  ...{ id: couponId, opensAt, closesAt, expiresAt, expiredAt },
  ...Object.fromEntries(Object.entries(others).map(([name, schema]) => [name, nullable(schema)])),
  phase: nullable(phase),
  live: nullable(live),
  held: { ...nullable(pauseMark), description: 'of a draft: everything was paused, so it will be loaded paused' },
};
export const overview = object(shownFields);
export const shownOverview = object({ ...shownFields, ...standings });
export const couponList = object({ ...standings, coupons: { type: 'array', items: overview } });
const dryRun = {
  const: true,
  description: 'only of a dry run: nothing was changed, and it would come out like this',
} as const;
const warnings = {
  type: 'array',
  items: { type: 'string', enum: warningNames },
  description: `only of a dry run: what may be a slip. ${Object.entries(warningMeanings)
    .map(([name, meaning]) => `${name}: ${meaning}`)
    .join(' ')}`,
} as const;
const moved = {
  changed: { ...flag, description: 'false: it was there already' },
  inEffect: { ...flag, description: 'false: MySQL has it, and Redis follows as soon as it can be reached' },
  coupon,
  dryRun,
  warnings,
};
/** Fields that only the answer to a dry run has. */
export const ofDryRun = ['dryRun', 'warnings'];
export const moveAnswer = object(moved, ofDryRun);
const { id: _id, createdAt: _createdAt, ...newFields } = couponFields;
export const createPreview = object({ dryRun, warnings, coupon: object(newFields) });
const paused = {
  couponId: id,
  changed: moved.changed,
  inEffect: {
    ...flag,
    description: 'nobody is issued the coupon any more; false: MySQL has it, and Redis follows as soon as it answers',
  },
  recorded: { ...flag, description: 'false: MySQL does not have it yet, and gets it as soon as it can be written' },
  problem: {
    ...text,
    description: 'only if the coupon is damaged in Redis (a key that it refuses), or a draft that it could not hold',
  },
};
export const pauseAnswer = object(
  { ...paused, coupon: { ...nullable(coupon), description: 'null: see recorded' }, dryRun, warnings },
  [...ofDryRun, 'problem'],
);
const held = {
  const: true,
  description: 'only of a draft: it will be loaded paused, and recorded then. A resume releases it',
} as const;
const pausedAll = object({
  changed: { ...flag, description: 'of any coupon' },
  inEffect: { ...flag, description: 'of all of them' },
  recorded: { ...flag, description: 'of all of them; a draft is recorded when it is loaded' },
  drafts: {
    type: 'string',
    enum: draftFates,
    description:
      'that would open by themselves. held: each is among the coupons. waiting: MySQL does not list them; a server ' +
      'holds them as soon as MySQL answers, before one is loaded. unknown: Redis could not note that: repeat it',
  },
  coupons: { type: 'array', items: object({ ...paused, held }, ['held', 'problem']) },
});
const pauseAllPreview = object({
  dryRun,
  drafts: { type: 'string', enum: draftFates.filter((fate) => fate !== 'unknown') },
  coupons: { type: 'array', items: object({ couponId: id, held }, ['held']) },
});
export const pauseAllAnswer = { anyOf: [pausedAll, pauseAllPreview] };
const gap = object({
  name: { type: 'string', enum: gapNames },
  meaning: text,
  count,
  examples: { type: 'array', items: { anyOf: [{ type: 'integer' }, text] } },
});
const figures = {
  type: 'object',
  additionalProperties: { anyOf: [{ type: 'number' }, text, { type: 'null' }] },
} as const;
export const verification = object({
  couponId: id,
  mode: { type: 'string', enum: ['live', 'final'] },
  ok: { ...flag, description: 'every gap has count 0' },
  gaps: { type: 'array', items: gap },
  redis: nullable(figures),
  mysql: nullable(figures),
  declaredLoss: object({ missing: count, reissued: count, ranges: { type: 'array', items: text } }),
  possibleLoss: {
    type: 'array',
    description: 'grants that Redis may have lost, and of which it can not be known',
    items: object({
      afterSequence: count,
      numbersMax: { ...count, description: 'at most so many' },
      grantedAfter: timeOut,
      grantedBefore: timeOut,
      reason: text,
      confirmed: { ...flag, description: 'false: the HTTP workers are being asked' },
    }),
  },
  looks: count,
  durationMs: count,
});
export const closeAnswer = object(
  {
    ...moved,
    drained: { ...flag, description: 'MySQL has every coupon that was issued, dead letters aside' },
    backlog: { ...count, description: 'outbox entries that are left' },
    deadLetters: count,
  },
  ofDryRun,
);
export const archiveAnswer = object({ ...moved, verification: nullable(verification) }, ofDryRun);
const rebuilt = object({ holders: count, sequence: count, restored: count, lost: count });
export const rebuildAnswer = { anyOf: [rebuilt, object({ dryRun, verification })] };
const letter = object({
  id: letterId,
  userId: nullable(storedUserSchema),
  sequence: nullable(id),
  issuedAt: nullable(timeOut),
  code: text,
  reason: text,
  attempts: count,
  at: timeOut,
  raw: nullable(text),
});
export const deadLetters = object({ letters: { type: 'array', items: letter } });
export const redriveAnswer = object({ sent: count, dryRun }, ['dryRun']);
export const resolveAnswer = object({ resolved: count, dryRun }, ['dryRun']);
const anyObject = { type: 'object', additionalProperties: true } as const;
const auditRecord = object({
  id,
  at: timeOut,
  actor: text,
  action: text,
  couponId: { ...count, description: '0: of no coupon in particular' },
  userId: nullable(storedUserSchema),
  versionBefore: nullable(count),
  versionAfter: nullable(count),
  before: nullable(anyObject),
  after: nullable(anyObject),
  result: { type: 'string', enum: ['RECORDED', 'APPLIED', 'REFUSED'] },
  detail: nullable(text),
});
export const auditList = object({ records: { type: 'array', items: auditRecord } });
const event = object({
  id: { ...id, description: 'rises from event to event; not consecutive, and never given twice' },
  type: { type: 'string', enum: allEventTypes, description: 'more may be added' },
  couponId: id,
  userId: {
    ...nullable(storedUserSchema),
    description: 'null: it concerns no user. A pseudonym if the user was erased',
  },
  sequence: { ...nullable(id), description: "of the user's coupon" },
  at: { ...timeOut, description: 'when it happened' },
});
export const eventList = object({
  events: { type: 'array', items: event, description: 'by id; may be empty even if there are more' },
  cursor: { ...count, description: 'ask for what comes after it next' },
  hasMore: { ...flag, description: 'false: this was the end of the log; ask again later' },
});
export const status = object({
  at: timeOut,
  ...standings,
  gate: { type: 'string', enum: ['open', 'rebuilding', 'shut', 'unknown'] },
  redisMemoryBytes: nullable(count),
  processes: { type: 'object', additionalProperties: count, description: 'processes connected to Redis, by title' },
  unfinishedErasures: {
    ...nullable(count),
    description: 'erasures of users that have begun and not ended; null: MySQL does not answer',
  },
  heldDrafts: {
    ...nullable({ type: 'array', items: id }),
    description: 'ids of coupons that are not loaded, and will be loaded paused; null: Redis does not answer',
  },
  coupons: {
    type: 'array',
    items: object({ ...shownFields, issuedPerSecond: nullable({ type: 'number' }) }),
  },
});
export const clock = object({ at: { ...timeOut, description: "by Redis' clock, which opens and closes coupons" } });
export const winnerLines = { type: 'string', description: 'one line for each, by sequence' } as const;
export const liveness = object({ status: { const: 'live' } });

/** Shown once in openapi.json, under these names. */
export const named: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [coupon, 'Coupon'],
  [overview, 'CouponOverview'],
  [live, 'LiveFigures'],
  [moveAnswer, 'MoveAnswer'],
  [verification, 'Verification'],
  [gap, 'Gap'],
  [letter, 'DeadLetter'],
  [event, 'CouponEvent'],
  [auditRecord, 'AuditRecord'],
  [status, 'Status'],
  [newCoupon, 'NewCoupon'],
  [editedCoupon, 'EditedCoupon'],
]);
